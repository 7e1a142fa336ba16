import { newSpanId, newTraceId } from '@tutti/contracts';
import { PermanentError, TransientError } from '@tutti/plugin-sdk';
import type { HookedTrigger } from '@tutti/store';
import type { AttemptParts } from '../calls/attempt.js';
import { pluginLog } from '../calls/plugin-log.js';
import { logOriginOf, type Connection } from '../connections/connection.js';
import type { ConnectionDirectory } from '../connections/connection-directory.service.js';
import { portOf } from '../http/connection-port.js';
import type { PluginHttpParts } from '../http/plugin-http.js';
import { LIMITS } from '../limits.js';
import { issuesOf, tellIssues } from '../validation/issues.js';
import { foundEvents, type FoundEvents } from './found-events.js';
import type { HostedTrigger, HostedTriggerContext } from './hosted-trigger.js';

/** What triggers are worked on with. */
export interface BoundTriggerParts extends AttemptParts {
  directory: ConnectionDirectory;
}

/** A trigger of a document, with the connection and the code that it names. */
export class BoundTrigger {
  readonly #parts: BoundTriggerParts;
  readonly #options: Record<string, unknown>;

  private constructor(
    parts: BoundTriggerParts,
    readonly of: Pick<HookedTrigger, 'id' | 'name' | 'workspaceId'>,
    bound: { connection: Connection; trigger: HostedTrigger; options: Record<string, unknown> },
  ) {
    this.#parts = parts;
    this.connection = bound.connection;
    this.trigger = bound.trigger;
    this.#options = bound.options;
  }

  readonly connection: Connection;
  readonly trigger: HostedTrigger;

  /** Rejects with what keeps it from working, and whether waiting helps. */
  static async bind(
    parts: BoundTriggerParts,
    of: Pick<HookedTrigger, 'id' | 'name' | 'workspaceId' | 'connection' | 'options'>,
  ): Promise<BoundTrigger> {
    const found = await parts.directory.find(of.workspaceId, of.connection);
    // A connection may come or be mended, and a plugin released.
    if ('error' in found) throw new TransientError(found.error, { reason: 'unavailable' });
    const { connection } = found;
    const { plugin } = connection.plugin;
    const trigger = Object.hasOwn(plugin.triggers, of.name) ? plugin.triggers[of.name] : undefined;
    if (trigger === undefined)
      throw new PermanentError(`The plugin "${plugin.name}" has no trigger "${of.name}".`, { status: 404 });
    return new BoundTrigger(parts, of, { connection, trigger, options: optionsOf(trigger, of.options) });
  }

  /** What its functions work with, until the signal says otherwise. */
  async context(signal: AbortSignal): Promise<HostedTriggerContext> {
    const reach = await this.connection.reach();
    const { hosts, http: defaults } = reach;
    const { pools, spans, pluginDatabases, log, tokens, watch } = this.#parts;
    const { plugin } = this.connection.plugin;
    const parent = { traceId: newTraceId(), spanId: newSpanId() };
    const http: PluginHttpParts = {
      pools,
      spans,
      parent,
      hosts,
      defaults,
      signal,
      // A stream has no deadline, but each of its requests has one.
      get dueMs() {
        return performance.now() + LIMITS.triggerRequestTimeoutMs;
      },
      onMayHaveHappened: () => undefined,
      replied: watch?.repliesOf(this.connection),
      authorization: tokens.of(this.connection, reach, {
        trace: parent,
        timeoutMs: LIMITS.triggerRequestTimeoutMs,
      }),
      repeatsWrites: true,
    };
    const about = { plugin: plugin.name, connection: this.connection.name, trigger: this.of.name };
    return {
      settings: this.connection.settings,
      options: this.#options,
      http: portOf(this.connection, http),
      database: plugin.database && pluginDatabases.portOf(plugin.database.schema),
      signal,
      log: pluginLog(log, {
        ...about,
        of: logOriginOf(this.connection),
        redact: (text) => this.connection.redactor.text(text),
      }),
    };
  }

  /** What the plugin gave, checked. */
  found(given: unknown): FoundEvents {
    const redact = (data: unknown) => this.connection.redactor.value(data);
    return foundEvents(given, { event: this.trigger.event, redact });
  }
}

function optionsOf(trigger: HostedTrigger, text: string): Record<string, unknown> {
  const values = JSON.parse(text) as Record<string, unknown>;
  if (trigger.options === undefined) return {};
  const parsed = trigger.options.safeParse(values);
  if (parsed.success) return parsed.data as Record<string, unknown>;
  const told = tellIssues(issuesOf(parsed.error, '/spec/plugin/options'));
  throw new PermanentError(`The trigger's options do not fit the plugin: ${told}`);
}
