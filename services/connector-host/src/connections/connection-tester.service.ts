import { newSpanId, newTraceId } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { isClassifiedError } from '@tutti/plugin-sdk';
import type { AttemptParts } from '../calls/attempt.js';
import { pluginLog } from '../calls/plugin-log.js';
import { ArtifactFiles } from '../files/artifact-files.js';
import { portOf } from '../http/connection-port.js';
import { LIMITS } from '../limits.js';
import type { PluginHealthContext } from '../plugins/hosted-plugin.js';
import type { PluginRegistry } from '../plugins/plugin-registry.service.js';
import type { Reach } from '../plugins/reach.js';
import { logOriginOf, openConnection, type Connection } from './connection.js';
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
      const detail = await withTimeout(this.#askedIn(connection, started + LIMITS.healthTimeoutMs));
      return done(true, detail ?? 'The connection works.');
    } catch (error) {
      const prefix =
        isClassifiedError(error) || error instanceof TimeoutError ? '' : 'The check failed unexpectedly: ';
      return done(false, prefix + (error instanceof Error ? error.message : String(error)));
    }
  }

  async #askedIn(connection: Connection, dueMs: number): Promise<string | void> {
    const reach = await connection.reach();
    return connection.plugin.plugin.health?.(this.#context(connection, reach, dueMs));
  }

  #context(connection: Connection, reach: Reach, dueMs: number): PluginHealthContext {
    const { plugin } = connection.plugin;
    const { pools, spans, database, pluginDatabases, log, tokens, watch } = this.#parts;
    const signal = AbortSignal.timeout(LIMITS.healthTimeoutMs);
    const parent = { traceId: newTraceId(), spanId: newSpanId() };
    const { hosts, http: defaults } = reach;
    const files = new ArtifactFiles(database, connection.workspaceId);
    return {
      settings: connection.settings,
      http: portOf(connection, {
        pools,
        spans,
        parent,
        hosts,
        defaults,
        files,
        signal,
        dueMs,
        onMayHaveHappened: () => undefined,
        replied: watch?.repliesOf(connection),
        authorization: tokens.of(connection, reach, { trace: parent, timeoutMs: LIMITS.healthTimeoutMs }),
        repeatsWrites: true,
      }),
      files,
      database: plugin.database && pluginDatabases.portOf(plugin.database.schema),
      signal,
      log: pluginLog(log, {
        plugin: plugin.name,
        connection: connection.name,
        of: logOriginOf(connection),
        redact: (text) => connection.redactor.text(text),
      }),
    };
  }
}

class TimeoutError extends Error {}

async function withTimeout<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const message = `The check did not end within ${LIMITS.healthTimeoutMs} ms.`;
    timer = setTimeout(() => {
      reject(new TimeoutError(message));
    }, LIMITS.healthTimeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
