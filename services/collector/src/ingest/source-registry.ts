import type { SpanStore } from '@tutti/store';
import type { SpanAttributes, SpanSource } from '@tutti/telemetry';
import { type KnownSource, toSourceRow } from './span-mapper.js';

/**
 * Sources remembered; one is a few hundred bytes. Over it the memory starts anew and asks the database again.
 */
const SOURCES_MAX = 10_000;

/** Knows the ids of sources, so that a span carries four bytes instead of its sender's whole description. */
export class SourceRegistry {
  readonly #known = new Map<string, Promise<KnownSource>>();
  /** The same resource object comes with every span of the hub; its JSON is made once. */
  readonly #keys = new WeakMap<SpanAttributes, string>();

  constructor(private readonly store: SpanStore) {}

  resolve(source: SpanSource, fromHub: boolean): Promise<KnownSource> {
    const key = `${fromHub} ${source.scopeName} ${source.scopeVersion} ${this.#resourceKey(source.resource)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= SOURCES_MAX) this.#known.clear();
    const found = this.#find(source, fromHub);
    this.#known.set(key, found);
    // A failure must not be remembered: the next batch asks again.
    found.catch(() => this.#known.delete(key));
    return found;
  }

  async #find(source: SpanSource, fromHub: boolean): Promise<KnownSource> {
    const row = toSourceRow(source, fromHub);
    return { id: await this.store.sourceId(row), workspaceId: row.workspaceId };
  }

  #resourceKey(resource: SpanAttributes): string {
    let key = this.#keys.get(resource);
    if (key === undefined) this.#keys.set(resource, (key = JSON.stringify(resource)));
    return key;
  }
}
