import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { testKafka, type TestKafka } from '@tutti/testing';
import { WORKFLOW_ERROR_BASE, type AsyncApiCall, type CallOutcome, type CallRequest } from '@tutti/contracts';
import kafkajs, { type Kafka } from 'kafkajs';
import { AddressGuard } from '../http/address-guard.js';
import { OriginPools } from '../http/origin-pools.js';
import { HttpStub, json } from '../testing/http-stub.js';
import { ProtocolBench } from '../testing/protocol-bench.js';
import { callRequest, failed, output } from '../testing/requests.js';
import { KafkaConnection } from './kafka-connection.js';
import type { Route } from './route.js';

let kafka: TestKafka;
let client: Kafka;
let stub: HttpStub;
let bench: ProtocolBench;
/** The documents, by their path. */
let documents: Record<string, unknown>;

beforeAll(async () => {
  kafka = await testKafka();
  client = new kafkajs.Kafka({ brokers: kafka.bootstrap.split(','), logCreator: () => () => undefined });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: topic('greetings'), numPartitions: 3 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
}, 120_000);

beforeEach(async () => {
  stub = await HttpStub.start();
  bench = new ProtocolBench();
  documents = { '/v2.json': version2(), '/v3.json': version3() };
  stub.behaviour = ({ url }, response) =>
    url in documents ? json(response, 200, documents[url]) : json(response, 200, { taken: url });
});

afterEach(async () => {
  await bench.close();
  await stub.stop();
});

const topic = (name: string) => `${kafka.prefix}${name}`;

function version2(): unknown {
  return {
    asyncapi: '2.6.0',
    servers: {
      mqtt: { url: 'mqtt.example.com', protocol: 'mqtt' },
      cluster: { url: `kafka://${kafka.bootstrap}`, protocol: 'kafka' },
      web: {
        url: `${stub.origin}/{stage}`,
        protocol: 'http',
        variables: { stage: { default: 'dev', enum: ['dev', 'live'] } },
      },
    },
    channels: {
      greetings: {
        bindings: { kafka: { topic: topic('greetings') } },
        publish: { operationId: 'greet', message: { $ref: '#/components/messages/Greeting' } },
      },
      'rooms/{room}': {
        servers: ['web'],
        parameters: { room: { location: '$message.payload#/room' } },
        publish: { bindings: { http: { method: 'PUT' } }, message: {} },
      },
      absent: { bindings: { kafka: { topic: topic('absent') } }, publish: {} },
      sensors: { servers: ['mqtt'], publish: {} },
      inbox: { subscribe: {} },
    },
    components: { messages: { Greeting: { contentType: 'application/json' } } },
  };
}

function version3(): unknown {
  return {
    asyncapi: '3.0.0',
    servers: {
      cluster: { host: '{broker}', protocol: 'kafka', variables: { broker: { default: kafka.bootstrap } } },
      web: { host: new URL(stub.origin).host, pathname: '/v3', protocol: 'http' },
    },
    channels: {
      greetings: {
        address: topic('greetings'),
        servers: [{ $ref: '#/servers/cluster' }],
        messages: { m: { contentType: 'text/plain' } },
      },
      rooms: { address: '/rooms', servers: [{ $ref: '#/servers/web' }] },
    },
    operations: {
      greet: { action: 'send', channel: { $ref: '#/channels/greetings' } },
      enter: { action: 'send', channel: { $ref: '#/channels/rooms' } },
    },
  };
}

function request(call: Partial<AsyncApiCall>, about: Partial<CallRequest> = {}): CallRequest {
  const input: AsyncApiCall = {
    document: { uri: `${stub.origin}/v2.json` },
    message: { payload: { text: 'hello', room: 'blue room' }, headers: { foo: 'bar' } },
    ...call,
  };
  return callRequest({ effect: 'idempotent-write', ...about, target: { kind: 'asyncapi' }, input });
}

const perform = (...about: Parameters<typeof request>): Promise<CallOutcome> =>
  bench.calls.perform(request(...about));
const error = (kind: string, status: number) => ({ type: WORKFLOW_ERROR_BASE + kind, status });

/** What stands at a place of a topic. */
async function read(place: { topic: string; partition: number; offset: string }) {
  const consumer = client.consumer({ groupId: `${kafka.prefix}${place.partition}-${place.offset}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [place.topic], fromBeginning: true });
  const found = await new Promise<{ key: string; value: string; headers: Record<string, string> }>(
    (resolve) => {
      void consumer.run({
        eachMessage: ({ partition, message }) => {
          if (partition !== place.partition || message.offset !== place.offset) return Promise.resolve();
          const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
          resolve({
            key: String(message.key),
            value: String(message.value),
            headers: Object.fromEntries(headers) as Record<string, string>,
          });
          return Promise.resolve();
        },
      });
    },
  );
  await consumer.disconnect();
  return found;
}

describe('call: asyncapi publishes over Kafka', () => {
  it('the message of a channel of AsyncAPI 2, under the key of the call', async () => {
    const call = request({ channel: 'greetings' });
    const place = output(await bench.calls.perform(call)) as {
      topic: string;
      partition: number;
      offset: string;
    };
    expect(place).toEqual({
      topic: topic('greetings'),
      partition: expect.any(Number),
      offset: expect.any(String),
    });
    expect(await read(place)).toEqual({
      key: call.idempotencyKey,
      value: '{"text":"hello","room":"blue room"}',
      headers: {
        'content-type': 'application/json',
        foo: 'bar',
        'idempotency-key': call.idempotencyKey,
        traceparent: expect.stringContaining(call.trace.traceId),
      },
    });
    expect(bench.span).toMatchObject({
      name: `send ${topic('greetings')}`,
      kind: 'producer',
      parentSpanId: call.trace.spanId,
      attributes: {
        'messaging.system.name': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': topic('greetings'),
        'messaging.destination.partition.id': String(place.partition),
      },
    });
  });

  it('the message of an operation of AsyncAPI 3', async () => {
    const document = { uri: `${stub.origin}/v3.json` };
    const place = output(await perform({ document, operation: 'greet' })) as { topic: string };
    expect(place.topic).toBe(topic('greetings'));
  });

  it('where the egress map says, and its brokers too', async () => {
    await bench.close();
    bench = new ProtocolBench({
      egress: new Map(
        kafka.bootstrap.split(',').map((broker) => ['http://kafka.example.com:9092', `http://${broker}`]),
      ),
    });
    documents['/v2.json'] = {
      ...(version2() as object),
      servers: { cluster: { url: 'kafka.example.com', protocol: 'kafka' } },
    };
    expect(await perform({ channel: 'greetings' })).toMatchObject({ status: 'succeeded' });
  });

  it('not to a topic that is not there', async () => {
    const outcome = failed(await perform({ channel: 'absent' }));
    expect(outcome).toMatchObject({ fate: 'permanent', error: error('communication', 404) });
  });

  it('not to private addresses where those are blocked', async () => {
    const guard = new AddressGuard({ blockPrivateAddresses: true });
    for (const host of ['127.0.0.1', 'localhost']) {
      const server = `${host}:${kafka.bootstrap.split(':').at(-1)}`;
      const route = { protocol: 'kafka', secure: false, server, mechanism: 'plain' } as Route;
      const connection = new KafkaConnection({ pools: new OriginPools(guard), guard }, route);
      const producer = (await connection.client(undefined)).producer();
      await expect(producer.connect()).rejects.toThrow();
      expect(connection.refusal?.message).toContain('TUTTI_BLOCK_PRIVATE_ADDRESSES');
      await producer.disconnect();
      connection.close();
    }
  });

  it('and is transient when nobody listens, also as a write', async () => {
    const gone = await HttpStub.start();
    documents['/v2.json'] = {
      ...(version2() as object),
      servers: { cluster: { url: gone.host, protocol: 'kafka' } },
    };
    await gone.stop();
    const outcome = failed(await perform({ channel: 'greetings' }, { effect: 'write' }));
    expect(outcome).toMatchObject({ fate: 'transient', error: error('communication', 503) });
  });

  it('in the time that the call has', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    documents['/v2.json'] = {
      ...(version2() as object),
      servers: { cluster: { url: `127.0.0.1:${port}`, protocol: 'kafka' } },
    };
    const outcome = failed(await perform({ channel: 'greetings' }, { timeoutMs: 300 }));
    silent.close();
    expect(outcome).toMatchObject({ fate: 'transient', error: error('timeout', 408) });
  });
});

describe('call: asyncapi publishes over HTTP', () => {
  it('with the method of the binding, to the address that the message fills in', async () => {
    const call = request({ channel: 'rooms/{room}', server: { name: 'web', variables: { stage: 'live' } } });
    expect(output(await bench.calls.perform(call))).toEqual({ taken: '/live/rooms/blue%20room' });
    expect(stub.last).toMatchObject({ method: 'PUT', body: '{"text":"hello","room":"blue room"}' });
    expect(stub.last.headers).toMatchObject({
      foo: 'bar',
      'content-type': 'application/json',
      'idempotency-key': call.idempotencyKey,
    });
  });

  it('with POST where the document says nothing, and with credentials', async () => {
    const document = { uri: `${stub.origin}/v3.json` };
    await perform({ document, operation: 'enter', authorization: 'Bearer t' });
    expect(stub.last).toMatchObject({ method: 'POST', url: '/v3/rooms' });
    expect(stub.last.headers.authorization).toBe('Bearer t');
  });

  it('and fails as call: http does', async () => {
    const { behaviour } = stub;
    stub.behaviour = (asked, response) =>
      asked.method === 'GET' ? behaviour(asked, response) : json(response, 503, {});
    const outcome = failed(await perform({ channel: 'greetings', protocol: 'http' }));
    expect(outcome).toMatchObject({ fate: 'transient', error: error('communication', 503) });
  });
});

describe('call: asyncapi sends nothing', () => {
  it.each<[string, Partial<AsyncApiCall>, string]>([
    ['an unknown channel', { channel: 'x' }, 'no channel "x". It has: greetings, rooms/{room}'],
    ['an unknown operation', { operation: 'x' }, 'no operation "x"'],
    ['a channel that only gives', { channel: 'inbox' }, 'has no "publish"'],
    ['an unknown server', { channel: 'greetings', server: { name: 'x' } }, 'There is: mqtt, cluster, web'],
    ['a protocol that is not spoken', { channel: 'sensors' }, 'the servers of the document have: mqtt'],
    ['a named server like that', { channel: 'sensors', server: { name: 'mqtt' } }, 'have: mqtt'],
    [
      'a protocol that the channel has not',
      { channel: 'rooms/{room}', protocol: 'kafka' },
      'no server of the protocol "kafka"',
    ],
    [
      'a variable out of its values',
      { channel: 'rooms/{room}', server: { name: 'web', variables: { stage: 'x' } } },
      'one of dev, live, not "x"',
    ],
    [
      'a part of the address that is not there',
      { channel: 'rooms/{room}', message: {} },
      '{room} of the address',
    ],
    ['a part that leads out', { channel: 'rooms/{room}', message: { payload: { room: '..' } } }, 'is ".."'],
    [
      'digest credentials',
      { channel: 'greetings', authorization: { scheme: 'digest', username: 'a', password: 'b' } },
      'digest is not a part of Kafka',
    ],
  ])('for %s', async (_what, call, detail) => {
    const outcome = failed(await perform(call, { effect: 'write' }));
    expect(outcome).toMatchObject({ fate: 'permanent', effect: 'read', error: error('configuration', 400) });
    expect(outcome.error.detail).toContain(detail);
    expect(stub.seen.map(({ url }) => url)).toEqual(['/v2.json']);
  });

  it('for a document of another kind', async () => {
    documents['/v2.json'] = { openapi: '3.0.0' };
    expect(failed(await perform({ channel: 'x' })).error.detail).toContain('no AsyncAPI document');
  });
});
