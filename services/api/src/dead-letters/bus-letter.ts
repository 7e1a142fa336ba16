import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { BROADCAST_TOPICS, type CallRequest, type Problem, TOPICS, type Topic } from '@tutti/contracts';
import { decodeLifecycle, type TopicMessages } from '@tutti/bus';
import { readDocument } from '@tutti/routing';
import { BUS_MESSAGES } from './bus-message.schema.js';

const FINDINGS_MAX = 50;
/** What one message may hold; larger ones could not be sent. */
export const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

type Places = NonNullable<Problem['errors']>;

/** A payload that its topic does not take: where, and what is wrong. */
export interface Unreadable {
  detail: string;
  errors: Places;
}

/** A message of the bus, ready to be published. */
export type BusMessage = { [T in Topic]: { topic: T; message: TopicMessages[T] } }[Topic];

/** Names the hub's own topic behind a topic of the broker, whatever prefix the brokers know it by. */
export function hubTopicOf(brokerTopic: string): Topic | undefined {
  return Object.values(TOPICS).find((topic) => brokerTopic.endsWith(topic.slice('tutti'.length)));
}

/** Decodes the payload of a letter for its topic. Never throws. */
export function readBusMessage(
  topic: Topic,
  headers: Record<string, string>,
  payload: Buffer,
): BusMessage | Unreadable {
  if (topic === TOPICS.spans) return { topic, message: payload };
  if (topic === TOPICS.lifecycle || topic === TOPICS.control) return readEvent(topic, headers, payload);
  if (!isUtf8(payload)) return { detail: 'The payload is not UTF-8 text.', errors: [] };
  const read = readJson(topic, payload.toString());
  if ('detail' in read) return read;
  if (topic === TOPICS.runInbox)
    return { topic, message: read.value as TopicMessages[typeof TOPICS.runInbox] };
  // Nobody knows whether the call was begun before: marked so, a write is reconciled and not repeated.
  return { topic, message: { ...(read.value as CallRequest), redelivered: true } };
}

function readJson(topic: keyof typeof BUS_MESSAGES, text: string): { value: unknown } | Unreadable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { detail: 'The payload is not JSON.', errors: [placeOfSyntax(text, error as Error)] };
  }
  const schema = BUS_MESSAGES[topic];
  if (schema.safeParse(value).success) return { value };
  const read = readDocument(text, {
    schema,
    word: 'message',
    bytesMax: PAYLOAD_BYTES_MAX,
    findingsMax: FINDINGS_MAX,
  });
  const errors = read.findings.map(({ message, pointer = '', line, column }) => ({
    pointer,
    detail: message,
    ...(line === undefined ? {} : { line, column }),
  }));
  return { detail: `The payload is not a message that ${topic} takes.`, errors };
}

function placeOfSyntax(text: string, error: Error): Places[number] {
  const before = text.slice(0, positionIn(error.message) ?? firstWrong(text)).split('\n');
  return {
    pointer: '',
    detail: error.message,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  };
}

/** V8 tells the position of most errors, but not that of an unexpected token. */
function positionIn(message: string): number | undefined {
  const told = /at position (\d+)/.exec(message)?.[1];
  return told === undefined ? undefined : Number(told);
}

/** The character behind the longest beginning of the text that more text could still make valid. */
function firstWrong(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBeginning(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    return message.includes('Unexpected end') || (positionIn(message) ?? -1) >= text.length;
  }
}

function readEvent(
  topic: typeof TOPICS.lifecycle | typeof TOPICS.control,
  headers: Record<string, string>,
  payload: Buffer,
): BusMessage | Unreadable {
  try {
    const message = decodeLifecycle(headers, payload);
    if (message !== null) return { topic, message } as BusMessage;
    return { detail: 'The event is of a type that the hub does not read.', errors: [] };
  } catch (error) {
    return { detail: `The event cannot be read: ${(error as Error).message}`, errors: [] };
  }
}

/** By what a message is recognised when it comes back as a letter: the bytes that the bus makes of it. */
export function sentHashOf({ topic, message }: BusMessage): Buffer | null {
  if (BROADCAST_TOPICS.has(topic)) return null;
  const bytes = topic === TOPICS.spans ? message : JSON.stringify(message);
  return createHash('sha256').update(bytes).digest();
}

/** Whose a message says it is; undefined: it does not say. */
export function ownerOf({ topic, message }: BusMessage): { workspaceId?: string; runId?: string } {
  if (topic === TOPICS.spans) return {};
  const { workspaceId, runId } = message as { workspaceId?: string; runId?: string };
  return { ...(workspaceId === undefined ? {} : { workspaceId }), ...(runId === undefined ? {} : { runId }) };
}
