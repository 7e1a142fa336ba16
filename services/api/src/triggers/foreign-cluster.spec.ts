import { jest } from '@jest/globals';
import { createKafkaClient, KafkaConfig } from '@tutti/bus';
import type { TriggerDetail } from '@tutti/contracts';
import {
  eventually,
  foreignKafka,
  kcat,
  type LocalKafka,
  startTestKafkaCluster,
  testKafka,
  type TestKafka,
} from '@tutti/testing';
import type { Admin } from 'kafkajs';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

jest.setTimeout(180_000);

const applyTrigger = async (
  api: ApiHarness,
  of: { name: string; workflow: string; kafka: object; input?: string; order?: string },
) => {
  const { name, workflow, kafka, input = '{ amount: .value.n }', order = 'none' } = of;
  const raw = JSON.stringify({
    kind: 'Trigger',
    metadata: { name },
    spec: {
      workflow: { namespace: 'test', name: workflow },
      kafka: { from: 'earliest', ...kafka },
      input,
      order,
    },
  });
  const answer = await api.call('PUT', '/v1/triggers', {
    raw,
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
};
const runsOf = (api: ApiHarness, name: string) =>
  api.query<{ id: string; input: string; trace_id: string; parent_span_id: string | null; status: string }>(
    `SELECT id, input, trace_id, parent_span_id, status FROM runs WHERE trigger = $1 ORDER BY id`,
    [`kafka:${name}`],
  );
const detail = async (api: ApiHarness, name: string) =>
  (await api.call<TriggerDetail>('GET', `/v1/triggers/${name}`)).body;

describe('records of clients that are not ours', () => {
  let kafka: TestKafka;
  let api: ApiHarness;
  let admin: Admin;
  let topic: string;
  beforeAll(async () => {
    kafka = await testKafka();
    const config = KafkaConfig.parse({
      brokers: kafka.bootstrap.split(','),
      prefix: kafka.prefix.replace(/\.$/, ''),
    });
    admin = createKafkaClient(config, 'test').admin();
    await admin.connect();
    topic = `${kafka.prefix}foreign`;
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    api = await ApiHarness.start({ kafka: config });
  });
  afterAll(async () => {
    await api.close();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  });

  it('start runs with their key, headers and trace, from Python and from kcat', async () => {
    const input = '{ amount: .value.n, note: "\\(.key) \\(.headers.kind) \\(.partition)-\\(.offset)" }';
    await applyTrigger(api, { name: 'foreign', workflow: await applyWorkflow(api), kafka: { topic }, input });
    const trace = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
    const python = await foreignKafka(kafka.bootstrap);
    const headers = { kind: 'order', traceparent: `00-${trace.traceId}-${trace.spanId}-01` };
    await python.produce(topic, [{ key: 'a', value: '{"n": 1}', headers }]);
    await kcat(['-P', '-b', kafka.bootstrap, '-t', topic, '-k', 'b', '-H', 'kind=note'], '{"n": 2}');
    const runs = await eventually(async () => {
      const found = await runsOf(api, 'foreign');
      return found.length === 2 ? found : null;
    }, 60_000);
    expect(runs.map((run) => JSON.parse(run.input) as unknown)).toEqual([
      { amount: 1, note: 'a order 0-0' },
      { amount: 2, note: 'b note 0-1' },
    ]);
    expect(runs[0]).toMatchObject({ trace_id: trace.traceId, parent_span_id: trace.spanId });
    expect(runs[1]?.parent_span_id).toBeNull();
  });
});

describe("a company's cluster behind TLS and SASL", () => {
  let cluster: LocalKafka;
  let api: ApiHarness;
  beforeAll(async () => {
    cluster = await startTestKafkaCluster({ security: 'sasl-tls' });
    api = await ApiHarness.start();
  });
  afterAll(async () => {
    await api.close();
    await cluster.stop();
  });

  const connect = (mechanism: string, password: string) =>
    api.call('PUT', '/v1/connections/company', {
      body: {
        plugin: 'kafka',
        settings: {
          brokers: cluster.bootstrap,
          tls: true,
          ca: cluster.security?.ca,
          mechanism,
          username: cluster.security?.users[0]?.username,
          password,
        },
      },
    });

  it('is read through a connection, whose secret never comes out again', async () => {
    const { users = [], ca = '' } = cluster.security ?? {};
    const { username, password } = users[0] as { username: string; password: string };
    const config = KafkaConfig.parse({
      brokers: cluster.bootstrap.split(','),
      tls: { ca },
      sasl: { mechanism: 'plain', username, password },
    });
    const client = createKafkaClient(config, 'test');
    const [admin, producer] = [client.admin(), client.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }], waitForLeaders: true });

    await connect('scram-sha-512', 'wrong');
    const refused = await api.call<{ ok: boolean; detail: string }>('POST', '/v1/connections/company/test');
    expect(refused.body).toMatchObject({ ok: false, detail: expect.stringMatching(/authentication/i) });
    const workflow = await applyWorkflow(api);
    await applyTrigger(api, { name: 'secure', workflow, kafka: { topic: 'orders', connection: 'company' } });
    await eventually(async () => (await detail(api, 'secure')).state === 'failing');

    for (const mechanism of ['scram-sha-512', 'plain']) {
      const saved = await connect(mechanism, password);
      expect(JSON.stringify(saved.body)).not.toContain(password);
      expect((await api.call('POST', '/v1/connections/company/test')).body).toMatchObject({
        ok: true,
        detail: 'Connected; 1 topic can be seen.',
      });
    }
    await producer.send({ topic: 'orders', messages: [{ value: '{"n": 3}' }] });
    const [run] = await eventually(async () => {
      const found = await runsOf(api, 'secure');
      return found.length === 1 ? found : null;
    }, 60_000);
    expect(JSON.parse(run?.input ?? '')).toEqual({ amount: 3 });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });

  it('is missed with a clear reason where the hub has no Kafka of its own and none is named', async () => {
    await applyTrigger(api, { name: 'none', workflow: await applyWorkflow(api), kafka: { topic: 'x' } });
    const failing = await eventually(async () => {
      const found = await detail(api, 'none');
      return found.state === 'failing' ? found : null;
    });
    expect(failing.error).toContain('The hub has no Kafka of its own');
  });
});
