import type { Effect } from '@tutti/contracts';
import { objectOf, recordIn, textIn } from './call-template.js';
import { inside, type Place } from './compilation.js';
import { AGENT, AGENT_CARD, compileDocument } from './compile-document.js';
import type { CompiledTemplate, ProtocolTask } from './compiled.types.js';
import { taskHints } from './hints.js';
import { unsupported, type TaskJob } from './task-job.js';
import { constantTemplate } from './template.js';

interface A2aDefinition {
  method: string;
  agentCard?: { endpoint: unknown };
  server?: unknown;
  parameters?: unknown;
}

/** What the methods do to the agent; those that are not here only read. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  'message/send': 'idempotent-write',
  'message/stream': 'idempotent-write',
  'tasks/cancel': 'idempotent-write',
  'tasks/pushNotificationConfig/set': 'idempotent-write',
  'tasks/pushNotificationConfig/delete': 'idempotent-write',
};

/** Agents think for longer than other servers. */
const TIMEOUT = { evaluateMs: () => 300_000 };

/** Compiles `call: a2a`. The agent card is read when the call is performed. */
export function compileA2a(job: TaskJob): ProtocolTask {
  const { method, parameters, agentCard, server } = job.definition.with as A2aDefinition;
  const { compilation } = job;
  const place = inside(job.place, 'with');
  if (agentCard === undefined && server === undefined) {
    unsupported(job, 'A call of an agent without "agentCard" and "server" is not supported');
    compilation.fix('Give the address of the agent under server, or of its card under agentCard.');
  }
  const call = objectOf({
    method: constantTemplate(method),
    parameters: recordIn(compilation.optional(parameters, inside(place, 'parameters')), 'The parameters'),
    ...agentOf(job, { agentCard, server }, place),
  });
  const effect = taskHints(job.definition).effect ?? EFFECTS[method] ?? 'read';
  return {
    ...job.common,
    type: 'call',
    target: { kind: 'a2a' },
    protocol: { call, effect, timeout: TIMEOUT },
  };
}

/** The card goes before the address, as the DSL reference has it. */
function agentOf(
  { compilation }: TaskJob,
  { agentCard, server }: Pick<A2aDefinition, 'agentCard' | 'server'>,
  place: Place,
): Record<string, CompiledTemplate | undefined> {
  if (agentCard !== undefined) {
    const at = inside(place, 'agentCard/endpoint');
    const card = compileDocument(compilation, agentCard.endpoint, { place: at, kind: AGENT_CARD });
    return { document: objectOf({ ...card, uri: textIn(card.uri, 'The endpoint') }) };
  }
  if (server === undefined) return {};
  const agent = compileDocument(compilation, server, { place: inside(place, 'server'), kind: AGENT });
  return { ...agent, uri: textIn(agent.uri, 'The server') };
}
