import type { SecretBox } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { LIMITS } from '../limits.js';
import type { KnownSecrets } from '../redaction/known-secrets.js';

/** A text, or an object of which workflows name a part or which holds credentials. */
export type SecretValue = string | Record<string, unknown>;

export interface SecretDirectoryParts {
  database: Pick<DataSource, 'query'>;
  secretBox: SecretBox;
  knownSecrets: KnownSecrets;
}

const PROTECTED_PART_LENGTH_MIN = 8;

interface Entry {
  value: SecretValue | undefined;
  readAtMs: number;
}

/** The secrets of workspaces, opened, for a moment: a change counts within a second. */
export class SecretDirectory {
  readonly #parts: SecretDirectoryParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: SecretDirectoryParts) {
    this.#parts = parts;
  }

  /** The secrets of these names; those that are not there are missing. Throws when one cannot be opened. */
  async read(workspaceId: string, names: readonly string[]): Promise<Map<string, SecretValue>> {
    const oldestMs = performance.now() - LIMITS.secretsAgeMsMax;
    const old = names.filter(
      (name) => !((this.#entries.get(keyOf(workspaceId, name))?.readAtMs ?? 0) > oldestMs),
    );
    if (old.length > 0) await this.#load(workspaceId, old);
    return new Map(
      names.flatMap((name): [string, SecretValue][] => {
        const value = this.#entries.get(keyOf(workspaceId, name))?.value;
        return value === undefined ? [] : [[name, value]];
      }),
    );
  }

  async #load(workspaceId: string, names: readonly string[]): Promise<void> {
    const readAtMs = performance.now();
    const rows = (await this.#parts.database.query(
      'SELECT name, sealed FROM secrets WHERE workspace_id = $1 AND name = ANY ($2::text[])',
      [workspaceId, names],
    )) as { name: string; sealed: Buffer }[];
    const sealed = new Map(rows.map((row) => [row.name, row.sealed]));
    if (this.#entries.size > LIMITS.secretsMax) this.#entries.clear();
    for (const name of names) {
      const bytes = sealed.get(name);
      const value = bytes && this.#open(bytes, { workspaceId, secret: name });
      const key = keyOf(workspaceId, name);
      this.#entries.set(key, { value, readAtMs });
      if (value === undefined) this.#parts.knownSecrets.delete(key);
      else this.#parts.knownSecrets.set(key, protectedTexts(value));
    }
  }

  #open(bytes: Buffer, owner: { workspaceId: string; secret: string }): SecretValue {
    return JSON.parse(this.#parts.secretBox.open(bytes, owner).value as string) as SecretValue;
  }
}

function keyOf(workspaceId: string, name: string): string {
  return `${workspaceId}/secret:${name}`;
}

/**
 * What the hub's own spans and logs are redacted with. Of an object only the longer texts: it may hold a
 * region or a scheme, which stand in the spans of everybody.
 */
function protectedTexts(value: SecretValue): string[] {
  return textsOf(value).filter(
    (text) => typeof value === 'string' || text.length >= PROTECTED_PART_LENGTH_MIN,
  );
}

/** Every text inside of a secret. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
