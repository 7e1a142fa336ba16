import { type EventsTaken, type Problem, type RunAccepted, TOPICS } from '@tutti/contracts';
import { CloudEvent, HTTP, Mode } from 'cloudevents';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

type Json = Record<string, unknown>;

const EVENT = {
  specversion: '1.0',
  id: '1',
  source: '/shop',
  type: 'com.example.order.placed',
  datacontenttype: 'application/json',
  data: { amount: 12.5 },
};
const BATCH = 'application/cloudevents-batch+json';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('POST /v1/events', () => {
  let api: ApiHarness;
  const accepted: RunAccepted[] = [];
  let next = 0;
  let workflow: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    api.bus.subscribe(TOPICS.runInbox, (messages) => {
      for (const message of messages) if (message.kind === 'run.accepted') accepted.push(message);
    });
    workflow = await applyWorkflow(api);
    await trigger('orders', {
      cloudevents: { type: 'com.example.order.*' },
      schema: { type: 'object', required: ['amount'] },
    });
  });
  afterAll(() => api.close());

  async function trigger(name: string, spec: Json): Promise<void> {
    const document = {
      apiVersion: 'tutti/v1',
      kind: 'Trigger',
      metadata: { name },
      spec: { workflow: { namespace: 'test', name: workflow }, ...spec },
    };
    const headers = { 'content-type': 'application/json' };
    const { status } = await api.call('PUT', '/v1/triggers', { raw: JSON.stringify(document), headers });
    expect(status).toBe(200);
  }
  const event = (more: Json = {}) => ({ ...EVENT, id: `e${next++}`, ...more });
  function send<T = EventsTaken>(body: unknown, type = 'application/cloudevents+json', more: Json = {}) {
    const headers = { 'content-type': type, ...more } as Record<string, string>;
    return api.call<T & Json>('POST', '/v1/events', {
      raw: typeof body === 'string' ? body : JSON.stringify(body),
      headers,
    });
  }

  it('starts the runs of the triggers that want an event, with its data as their input', async () => {
    const sent = event();
    const { status, body } = await send(sent, undefined, { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
    expect(status).toBe(202);
    expect(body.events).toMatchObject([
      { id: sent.id, source: '/shop', runs: [{ trigger: 'orders', repeated: false }] },
    ]);
    const run = accepted.find(({ runId }) => runId === body.events[0]?.runs[0]?.runId);
    expect(run).toMatchObject({ input: { amount: 12.5 }, traceId: TRACE });
  });

  it('starts one run for an event that comes twice, also at the same time', async () => {
    const sent = event();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(sent)));
    const runs = answers.flatMap(({ body }) => body.events.flatMap((one) => one.runs));
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(1);
    expect(runs.filter(({ repeated }) => !repeated)).toHaveLength(1);
    const { body } = await send(event({ id: sent.id, source: '/another-shop' }));
    expect(body.events[0]?.runs[0]).toMatchObject({ repeated: false });
  });

  it.each([Mode.BINARY, Mode.STRUCTURED])(
    'takes what the SDK of the project sends in %s mode',
    async (mode) => {
      const written = new CloudEvent(event());
      const { headers, body } = mode === Mode.BINARY ? HTTP.binary(written) : HTTP.structured(written);
      const { status, body: answer } = await api.call<EventsTaken & Json>('POST', '/v1/events', {
        raw: body as string,
        headers: headers as Record<string, string>,
      });
      expect(status).toBe(202);
      expect(answer.events[0]?.runs).toHaveLength(1);
    },
  );

  it('takes a batch, and an event that no trigger wants', async () => {
    const { status, body } = await send([event(), event({ type: 'com.example.other' }), event()], BATCH);
    expect(status).toBe(202);
    expect(body.events.map(({ runs }) => runs.length)).toEqual([1, 0, 1]);
    expect((await send([], BATCH)).body).toEqual({ events: [] });
  });

  it('starts nothing of a batch in which one is no event, and names it', async () => {
    const before = accepted.length;
    const { status, body } = await send<Problem>([event(), event({ source: undefined }), 7], BATCH);
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { pointer: '/1', detail: expect.stringContaining('source') as string },
      { pointer: '/2', detail: 'A CloudEvent is a JSON object.' },
    ]);
    expect(accepted.length).toBe(before);
  });

  it('says which event a trigger refuses, and what started beside it', async () => {
    const good = event();
    const { status, body } = await send<Problem & EventsTaken>([good, event({ data: {} })], BATCH);
    expect(status).toBe(422);
    expect(body.detail).toContain('/1 The trigger orders refused it');
    expect(body.detail).toContain('1 run started');
    expect(body.errors).toMatchObject([{ pointer: '/1' }]);
    expect((await send(good)).body.events[0]?.runs[0]).toMatchObject({ repeated: true });
  });

  it.each([
    ['no event at all', '{}', 'application/json', 400, 'specversion'],
    ['what is no JSON', '{', 'application/cloudevents+json', 400, 'JSON'],
    ['a format that is not read', 'x', 'application/cloudevents+avro', 400, 'avro'],
    ['a batch that is too long', JSON.stringify(Array(101).fill(EVENT)), BATCH, 413, 'at most 100'],
    [
      'an event that is too large',
      JSON.stringify({ ...EVENT, data: 'x'.repeat(300_000) }),
      'application/cloudevents+json',
      400,
      'larger than',
    ],
    ['a body that is too large', 'x'.repeat(1_100_000), 'application/cloudevents+json', 413, ''],
  ])('refuses %s', async (_what, raw, type, status, says) => {
    const answer = await send<Problem>(raw, type);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(says);
  });

  it('needs a token', async () => {
    const { status } = await api.call('POST', '/v1/events', { raw: '{}', token: null });
    expect(status).toBe(401);
  });
});
