import { eventually, testKafka, type TestKafka } from '@tutti/testing';
import {
  WORKFLOW_ERROR_BASE,
  type AsyncApiSubscription,
  type CallOutcome,
  type CallRequest,
} from '@tutti/contracts';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { HttpStub, json } from '../testing/http-stub.js';
import { ProtocolBench } from '../testing/protocol-bench.js';
import { callRequest, failed, output } from '../testing/requests.js';

const error = (kind: string, status: number) => ({ type: WORKFLOW_ERROR_BASE + kind, status });

let stub: HttpStub;
let bench: ProtocolBench;
let servers: Record<string, unknown>;

beforeEach(async () => {
  stub = await HttpStub.start();
  bench = new ProtocolBench();
  servers = { web: { host: stub.host, protocol: 'http' } };
});

afterEach(async () => {
  await bench.close();
  await stub.stop();
});

/** Serves the document, and what else is asked for by `behaviour`. */
function serve(address: string, behaviour: HttpStub['behaviour'] = () => undefined): void {
  const channels = { inbox: { address } };
  const operations = { read: { action: 'receive', channel: { $ref: '#/channels/inbox' } } };
  stub.behaviour = (asked, response) =>
    asked.url === '/asyncapi.json'
      ? json(response, 200, { asyncapi: '3.0.0', servers, channels, operations })
      : behaviour(asked, response);
}

function request(subscription: Partial<AsyncApiSubscription>, about: Partial<CallRequest> = {}): CallRequest {
  const document = { uri: `${stub.origin}/asyncapi.json` };
  const input = { document, operation: 'read', subscription: { variables: {}, ...subscription } };
  return callRequest({ effect: 'read', timeoutMs: 120_000, ...about, target: { kind: 'asyncapi' }, input });
}

const perform = (...about: Parameters<typeof request>): Promise<CallOutcome> =>
  bench.calls.perform(request(...about));

describe('call: asyncapi subscribes over HTTP', () => {
  /** A stream that stays open after its events. */
  const events = (...data: unknown[]) =>
    serve('/inbox', (_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const one of data) response.write(`event: chat\nid: 7\ndata: ${JSON.stringify(one)}\n\n`);
    });
  const payloads = (outcome: CallOutcome) =>
    (output(outcome) as { payload: unknown }[]).map(({ payload }) => payload);

  it('and collects so many messages that pass the filter', async () => {
    events({ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 });
    const filter = '.payload.n % 2 == $input.rest';
    const outcome = await perform({ amount: 2, filter, variables: { input: { rest: 0 } } });
    expect(output(outcome)).toEqual([
      { payload: { n: 2 }, headers: { event: 'chat', id: '7' } },
      { payload: { n: 4 }, headers: { event: 'chat', id: '7' } },
    ]);
    expect(stub.last.headers.accept).toBe('text/event-stream');
  });

  it('while or until an expression says so', async () => {
    events(1, 2, 3, 4);
    expect(payloads(await perform({ while: 'length < 3' }))).toEqual([1, 2, 3]);
    expect(payloads(await perform({ until: 'length == 2' }))).toEqual([1, 2]);
    const until = '$context.consumedMessages | length == 1';
    expect(payloads(await perform({ until, variables: { context: {} } }))).toEqual([1]);
    expect(payloads(await perform({ until: 'true' }))).toEqual([]);
  });

  it('for so long, and gives what came by then', async () => {
    events('one');
    const outcome = await perform({ amount: 2, forMs: 3_000 });
    expect(payloads(outcome)).toEqual(['one']);
  });

  it('and fails when its time is over before', async () => {
    events();
    expect(failed(await perform({ amount: 1 }, { timeoutMs: 500 })).error).toMatchObject(
      error('timeout', 408),
    );
  });

  it('and tells of an expression that fails', async () => {
    events('text');
    const outcome = failed(await perform({ amount: 1, filter: '.payload.x' }));
    expect(outcome).toMatchObject({ fate: 'permanent', error: error('expression', 400) });
  });

  it('and of a server that gives no events', async () => {
    serve('/inbox', (_asked, response) => json(response, 200, {}));
    expect(failed(await perform({ amount: 1 })).error).toMatchObject(error('communication', 502));
    serve('/inbox', (_asked, response) => json(response, 403, {}));
    expect(failed(await perform({ amount: 1 })).error).toMatchObject(error('authorization', 403));
  });
});

describe('call: asyncapi subscribes over Kafka', () => {
  let kafka: TestKafka;
  let client: Kafka;
  let producer: Producer;
  let topic: string;

  beforeAll(async () => {
    kafka = await testKafka();
    client = new kafkajs.Kafka({ brokers: kafka.bootstrap.split(','), logCreator: () => () => undefined });
    topic = `${kafka.prefix}inbox`;
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    producer = client.producer();
    await producer.connect();
    await send('before');
  }, 120_000);

  afterAll(() => producer.disconnect());

  const send = (...values: string[]) =>
    producer.send({
      topic,
      messages: values.map((value) => ({ value, headers: { correlationId: 'c-1' } })),
    });

  /** The group of the call knows where it began: from there on nothing is missed. */
  async function begun(count: number): Promise<void> {
    const admin = client.admin();
    await admin.connect();
    await eventually(async () => {
      const { groups } = await admin.listGroups();
      const ours = groups.filter(({ groupId }) => groupId.startsWith('tutti-call-'));
      const offsets = await Promise.all(
        ours.map(({ groupId }) => admin.fetchOffsets({ groupId, topics: [topic] })),
      );
      const known = offsets.filter(([one]) => one?.partitions.some(({ offset }) => offset !== '-1'));
      return known.length >= count;
    }, 60_000);
    await admin.disconnect();
  }

  it('to what comes after it began, and a repeated attempt gets the same again', async () => {
    servers = { main: { host: kafka.bootstrap, protocol: 'kafka' } };
    serve(topic);
    const call = request({ amount: 2, filter: '.payload | startswith("h")' });
    const first = bench.calls.perform(call);
    await begun(1);
    await send('hello', 'other', 'here');
    const expected = ['hello', 'here'].map((payload) => ({
      payload,
      headers: { correlationId: 'c-1' },
      correlationId: 'c-1',
    }));
    expect(output(await first)).toEqual(expected);
    expect(bench.span).toMatchObject({
      name: `receive ${topic}`,
      kind: 'client',
      attributes: { 'messaging.operation.type': 'receive', 'messaging.destination.name': topic },
    });
    const again = await bench.calls.perform({ ...call, attempt: 2, redelivered: true });
    expect(output(again)).toEqual(expected);
  }, 180_000);

  it('to nothing when its time is over first', async () => {
    servers = { main: { host: kafka.bootstrap, protocol: 'kafka' } };
    serve(topic);
    expect(output(await perform({ amount: 1, forMs: 100 }))).toEqual([]);
  }, 180_000);
});
