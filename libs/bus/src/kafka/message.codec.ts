import {
  BROADCAST_TOPICS,
  type CallRequest,
  type ControlMessage,
  type LifecycleMessage,
  type RunInboxMessage,
  TOPICS,
  type Topic,
} from '@tutti/contracts';
import { TRACEPARENT_HEADER, formatTraceparent } from '@tutti/telemetry';
import type { TopicMessages } from '../bus.js';
import {
  type LifecycleLevel,
  type RecordHeaders,
  decodeLifecycle,
  encodeLifecycle,
} from '../cloud-events/lifecycle.codec.js';

export const KIND_HEADER = 'tutti-kind';

/** A message as the broker keeps it. */
export interface EncodedMessage {
  /** The run; null for spans, which belong to no partition. */
  key: string | null;
  headers: Record<string, string>;
  value: Buffer;
}

/** What a record of the broker is: a message, nothing for this hub's processes, or unreadable. */
export type DecodedMessage =
  { message: unknown } | { skip: true } | { reason: 'malformed' | 'unknown-kind'; detail: string };

/** A lifecycle message is several records: one for each of its events. */
export function encodeMessage<T extends Topic>(
  topic: T,
  message: TopicMessages[T],
  level?: LifecycleLevel,
): EncodedMessage[] {
  if (topic === TOPICS.spans) {
    const bytes = message as Uint8Array;
    const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return [{ key: null, headers: { 'content-type': 'application/octet-stream' }, value }];
  }
  if (BROADCAST_TOPICS.has(topic))
    return encodeLifecycle(message as LifecycleMessage | ControlMessage, level).map(
      ({ key, headers, value }) => ({
        key,
        headers: { ...headers, [KIND_HEADER]: (message as LifecycleMessage | ControlMessage).kind },
        value: Buffer.from(value),
      }),
    );
  const keyed = message as RunInboxMessage | CallRequest;
  const headers: Record<string, string> = {
    [KIND_HEADER]: keyed.kind,
    'content-type': 'application/json',
  };
  const traceparent = traceparentOf(keyed);
  if (traceparent !== undefined) headers[TRACEPARENT_HEADER] = traceparent;
  return [{ key: keyed.runId, headers, value: Buffer.from(JSON.stringify(keyed)) }];
}

function traceparentOf(message: RunInboxMessage | CallRequest): string | undefined {
  if (message.kind === 'call.request') return formatTraceparent(message.trace);
  if (message.kind !== 'run.accepted') return undefined;
  return formatTraceparent({ traceId: message.traceId, spanId: message.rootSpanId });
}

/** Never throws. */
export function decodeMessage(topic: Topic, headers: RecordHeaders, value: Buffer): DecodedMessage {
  if (topic === TOPICS.spans) return { message: value };
  try {
    if (BROADCAST_TOPICS.has(topic)) {
      const message = decodeLifecycle(headers, value);
      return message === null ? { skip: true } : { message };
    }
    return check(topic, JSON.parse(value.toString()) as unknown);
  } catch (error) {
    return { reason: 'malformed', detail: `The message cannot be read: ${(error as Error).message}` };
  }
}

type Shape = Readonly<Record<string, 'string' | 'number' | 'object'>>;

/** Of each kind, what has to be there before anyone can say whose message it is. */
const SHAPES: Readonly<Partial<Record<Topic, Readonly<Record<string, Shape>>>>> = {
  [TOPICS.runInbox]: {
    'run.accepted': {
      runId: 'string',
      workspaceId: 'string',
      workflowId: 'string',
      workflow: 'object',
      traceId: 'string',
      rootSpanId: 'string',
    },
    'call.settled': { runId: 'string', callId: 'string', attempt: 'number', outcome: 'object' },
    'run.due': { runId: 'string' },
    'run.commanded': { runId: 'string', commandId: 'string', command: 'object' },
  },
  [TOPICS.calls]: {
    'call.request': {
      runId: 'string',
      callId: 'string',
      attempt: 'number',
      task: 'string',
      target: 'object',
      effect: 'string',
      idempotencyKey: 'string',
      timeoutMs: 'number',
      trace: 'object',
    },
  },
};

function check(topic: Topic, message: unknown): DecodedMessage {
  if (typeof message !== 'object' || message === null)
    return { reason: 'malformed', detail: `The message is ${JSON.stringify(message)}, not an object.` };
  const fields = message as Record<string, unknown>;
  const shape = SHAPES[topic]?.[String(fields.kind)];
  if (shape === undefined)
    return {
      reason: 'unknown-kind',
      detail: `The message is of the kind "${String(fields.kind)}", which ${topic} does not have.`,
    };
  for (const name in shape) {
    const value = fields[name];
    if (typeof value !== shape[name] || value === null || value === '')
      return {
        reason: 'malformed',
        detail: `The field ${name} of the message of the kind ${String(fields.kind)} is not a ${shape[name]}.`,
      };
  }
  return { message };
}
