import { newSpanId, newTraceId } from '@tutti/contracts';
import type { AttemptParts } from '../calls/attempt.js';
import { pluginLog } from '../calls/plugin-log.js';
import { ArtifactFiles } from '../files/artifact-files.js';
import { portOf } from '../http/connection-port.js';
import type { PluginHealthContext } from '../plugins/hosted-plugin.js';
import type { Reach } from '../plugins/reach.js';
import { logOriginOf, type Connection } from './connection.js';

/** What a plugin was asked did not end in time. */
export class AskTimeout extends Error {}

export interface Question<Answer> {
  /** How it is called in the sentence about its timeout. */
  what: string;
  timeoutMs: number;
  ask: (context: PluginHealthContext) => Promise<Answer>;
}

/** Asks a plugin something beside its calls. Throws `AskTimeout`, or what the plugin throws. */
export function askPlugin<Answer>(
  parts: AttemptParts,
  connection: Connection,
  { what, timeoutMs, ask }: Question<Answer>,
): Promise<Answer> {
  const dueMs = performance.now() + timeoutMs;
  const asked = async () => {
    const reach = await connection.reach();
    return ask(contextOf(parts, connection, { reach, dueMs, timeoutMs }));
  };
  return withTimeout(asked(), timeoutMs, `The ${what} did not end within ${timeoutMs} ms.`);
}

function contextOf(
  { pools, spans, database, pluginDatabases, log, tokens, watch, programs }: AttemptParts,
  connection: Connection,
  { reach, dueMs, timeoutMs }: { reach: Reach; dueMs: number; timeoutMs: number },
): PluginHealthContext {
  const { plugin } = connection.plugin;
  const signal = AbortSignal.timeout(timeoutMs);
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
      authorization: tokens.of(connection, reach, { trace: parent, timeoutMs }),
      repeatsWrites: true,
    }),
    files,
    programs: programs.of({ signal, dueMs, name: `${connection.workspaceId}/${connection.name}` }),
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

async function withTimeout<T>(work: Promise<T>, timeoutMs: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new AskTimeout(message));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
