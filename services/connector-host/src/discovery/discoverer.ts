import { isClassifiedError } from '@tutti/plugin-sdk';
import { DiscoveryStore, type DueDiscovery } from '@tutti/store';
import type { DataSource } from 'typeorm';
import type { AttemptParts } from '../calls/attempt.js';
import { askPlugin, AskTimeout } from '../connections/ask-plugin.js';
import type { Connection } from '../connections/connection.js';
import type { ConnectionDirectory } from '../connections/connection-directory.service.js';
import { LIMITS } from '../limits.js';
import type { PluginRegistry } from '../plugins/plugin-registry.service.js';
import { nameCapabilities } from './name-capabilities.js';

/** How a look ended. */
export interface Looked {
  ok: boolean;
  detail: string;
}

export interface DiscovererParts extends AttemptParts {
  directory: ConnectionDirectory;
  registry: PluginRegistry;
  database: Pick<DataSource, 'query' | 'transaction'>;
}

/** Asks connections what they can do, and keeps what they say. */
export class Discoverer {
  readonly #parts: DiscovererParts;
  readonly #store: DiscoveryStore;

  constructor(parts: DiscovererParts) {
    this.#parts = parts;
    this.#store = new DiscoveryStore(parts.database);
  }

  /** Connections of the plugins of this host that are to be asked; nobody else asks them meanwhile. */
  takeDue(max: number): Promise<DueDiscovery[]> {
    const plugins = this.#parts.registry
      .list()
      .filter(({ plugin }) => plugin.discovery !== undefined)
      .map(({ plugin }) => plugin.name);
    return this.#store.takeDue({ plugins, leaseMs: 4 * LIMITS.discoveryTimeoutMs, max });
  }

  /** Asks one connection. Never rejects because of the other side: that is kept as the reason. */
  async look(of: DueDiscovery): Promise<Looked> {
    const { directory } = this.#parts;
    directory.notify();
    const found = await directory.find(of.workspaceId, of.connection);
    const looked =
      'error' in found ? { ok: false, detail: found.error } : await this.#ask(of, found.connection);
    if (!looked.ok) await this.#store.fail(of, looked.detail, LIMITS.discoveryRetryMs);
    directory.notify();
    return looked;
  }

  async #ask(of: DueDiscovery, connection: Connection): Promise<Looked> {
    const { plugin } = connection.plugin;
    const { discovery } = plugin;
    if (discovery === undefined)
      return { ok: false, detail: `The plugin "${plugin.name}" finds no capabilities by itself.` };
    await this.#store.align([plugin.name]);
    let named;
    try {
      const told = await askPlugin(this.#parts, connection, {
        what: 'look for capabilities',
        timeoutMs: LIMITS.discoveryTimeoutMs,
        ask: (context) => discovery.find(context),
      });
      const prefix = await this.#store.prefixOf(of);
      named = nameCapabilities(connection.redactor.value(told), prefix ?? connection.name);
    } catch (error) {
      const expected = isClassifiedError(error) || error instanceof AskTimeout;
      const message = error instanceof Error ? error.message : String(error);
      const detail = `${expected ? '' : 'The look for capabilities failed unexpectedly: '}${message}`;
      return { ok: false, detail: connection.redactor.text(detail).slice(0, LIMITS.errorTextLengthMax) };
    }
    await this.#store.keep(of, { ...named, nextMs: LIMITS.discoveryIntervalMs });
    return { ok: true, detail: `${named.found.length} capabilities` };
  }
}
