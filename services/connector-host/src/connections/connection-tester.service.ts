import type { DataSource } from 'typeorm';
import { isClassifiedError } from '@tutti/plugin-sdk';
import type { AttemptParts } from '../calls/attempt.js';
import { LIMITS } from '../limits.js';
import type { PluginRegistry } from '../plugins/plugin-registry.service.js';
import { askPlugin, AskTimeout } from './ask-plugin.js';
import { openConnection, type Connection } from './connection.js';
import type { ConnectionDirectory } from './connection-directory.service.js';

export interface ConnectionHealth {
  ok: boolean;
  detail: string;
  durationMs: number;
}

export interface ConnectionTesterParts extends AttemptParts {
  directory: ConnectionDirectory;
  registry: PluginRegistry;
  database: Pick<DataSource, 'query'>;
}

/** Asks plugins whether their connections work. */
export class ConnectionTester {
  readonly #parts: ConnectionTesterParts;

  constructor(parts: ConnectionTesterParts) {
    this.#parts = parts;
  }

  /** Tests a stored connection and records the result in its row. */
  async test(workspaceId: string, name: string): Promise<ConnectionHealth> {
    this.#parts.directory.notify();
    const found = await this.#parts.directory.find(workspaceId, name);
    const health =
      'error' in found
        ? { ok: false, detail: found.error, durationMs: 0 }
        : await this.#check(found.connection);
    await this.#parts.database.query(
      `UPDATE connections SET health = $3, health_detail = $4, checked_at = clock_timestamp()
         WHERE workspace_id = $1 AND name = $2`,
      [workspaceId, name, health.ok ? 'ok' : 'failing', health.detail],
    );
    return health;
  }

  /** Tests settings before they are stored. */
  async testSettings(of: {
    workspaceId: string;
    name: string;
    plugin: string;
    values: Record<string, unknown>;
  }): Promise<ConnectionHealth> {
    const plugin = this.#parts.registry.get(of.plugin);
    if (plugin === undefined)
      return { ok: false, detail: `There is no plugin "${of.plugin}".`, durationMs: 0 };
    const opened = openConnection({ ...of, plugin });
    return 'error' in opened ? { ok: false, detail: opened.error, durationMs: 0 } : this.#check(opened);
  }

  async #check(connection: Connection): Promise<ConnectionHealth> {
    const { plugin } = connection.plugin;
    const started = performance.now();
    const done = (ok: boolean, detail: string): ConnectionHealth => ({
      ok,
      detail: connection.redactor.text(detail),
      durationMs: Math.round((performance.now() - started) * 10) / 10,
    });
    if (plugin.health === undefined)
      return done(true, 'The settings are valid; the plugin has no further check.');
    try {
      const detail = await askPlugin(this.#parts, connection, {
        what: 'check',
        timeoutMs: LIMITS.healthTimeoutMs,
        ask: async (context) => plugin.health?.(context),
      });
      return done(true, detail ?? 'The connection works.');
    } catch (error) {
      const prefix =
        isClassifiedError(error) || error instanceof AskTimeout ? '' : 'The check failed unexpectedly: ';
      return done(false, prefix + (error instanceof Error ? error.message : String(error)));
    }
  }
}
