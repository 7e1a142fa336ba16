import { type CallRequest, type RunAccepted, TOPICS, uuidv7 } from '@tutti/contracts';
import { decodeMessage, encodeMessage } from './message.codec.js';

const runId = uuidv7();
const traceId = 'a'.repeat(32);
const spanId = 'b'.repeat(16);
const workflow = { namespace: 'n', name: 'w', version: '1', versionId: 'v' };
const accepted: RunAccepted = {
  kind: 'run.accepted',
  runId,
  workspaceId: 'default',
  workflowId: 'w1',
  workflow,
  trigger: 'api',
  input: { text: 'größer' },
  acceptedAt: 1,
  traceId,
  rootSpanId: spanId,
};
const call: CallRequest = {
  kind: 'call.request',
  runId,
  workspaceId: 'default',
  workflow,
  callId: 'c',
  attempt: 1,
  task: '/do/0',
  taskName: 'a',
  target: { kind: 'http' },
  input: {},
  effect: 'read',
  idempotencyKey: 'k',
  timeoutMs: 1,
  redelivered: false,
  trace: { traceId, spanId },
};

describe('the codec of messages', () => {
  it.each([
    [TOPICS.runInbox, accepted],
    [TOPICS.runInbox, { kind: 'run.due' as const, runId }],
    [TOPICS.calls, call],
  ])('keeps a message of %s as it is', (topic, message) => {
    const [record] = encodeMessage(topic, message as never);
    expect(record?.key).toBe(runId);
    expect(record?.headers).toMatchObject({ 'tutti-kind': message.kind, 'content-type': 'application/json' });
    expect(decodeMessage(topic, record?.headers ?? {}, record?.value ?? Buffer.alloc(0))).toEqual({
      message,
    });
  });

  it('carries the trace position of what begins work', () => {
    const traceparent = `00-${traceId}-${spanId}-01`;
    expect(encodeMessage(TOPICS.runInbox, accepted)[0]?.headers).toMatchObject({ traceparent });
    expect(encodeMessage(TOPICS.calls, call)[0]?.headers).toMatchObject({ traceparent });
  });

  it('carries spans as they are, for any partition', () => {
    const [record] = encodeMessage(TOPICS.spans, Uint8Array.of(1, 2, 3));
    expect(record).toMatchObject({ key: null, value: Buffer.of(1, 2, 3) });
    expect(decodeMessage(TOPICS.spans, {}, Buffer.of(1, 2, 3))).toEqual({ message: Buffer.of(1, 2, 3) });
  });

  it.each([
    ['{', 'malformed', 'The message cannot be read'],
    ['null', 'malformed', 'The message is null, not an object.'],
    ['[1]', 'unknown-kind', 'of the kind "undefined"'],
    ['{"kind":"run.paused","runId":"r"}', 'unknown-kind', 'The message is of the kind "run.paused"'],
    [
      '{"kind":"run.due"}',
      'malformed',
      'The field runId of the message of the kind run.due is not a string.',
    ],
    ['{"kind":"run.due","runId":""}', 'malformed', 'The field runId'],
    ['{"kind":"call.settled","runId":"r","callId":"c","attempt":"1","outcome":{}}', 'malformed', 'attempt'],
  ])('says what is wrong with %s', (text, reason, detail) => {
    expect(decodeMessage(TOPICS.runInbox, {}, Buffer.from(text))).toEqual({
      reason,
      detail: expect.stringContaining(detail) as string,
    });
  });
});
