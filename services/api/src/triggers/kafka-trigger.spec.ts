import { jest } from '@jest/globals';
import { createKafkaClient, KafkaConfig } from '@tutti/bus';
import { type RunAccepted, type TriggerDetail, TOPICS } from '@tutti/contracts';
import { eventually, testKafka, type TestKafka } from '@tutti/testing';
import type { Admin, Producer } from 'kafkajs';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

jest.setTimeout(90_000);

/** A run as it was sent to the orchestrators of the process that it came in by. */
function acceptedBy(api: ApiHarness): RunAccepted[] {
  const accepted: RunAccepted[] = [];
  api.bus.subscribe(TOPICS.runInbox, (messages) => {
    for (const message of messages) if (message.kind === 'run.accepted') accepted.push(message);
  });
  return accepted;
}

describe('a Kafka trigger', () => {
  let kafka: TestKafka;
  let config: KafkaConfig;
  let api: ApiHarness;
  let accepted: RunAccepted[];
  let admin: Admin;
  let producer: Producer;
  const topics: string[] = [];
  beforeAll(async () => {
    kafka = await testKafka();
    config = KafkaConfig.parse({
      brokers: kafka.bootstrap.split(','),
      prefix: kafka.prefix.replace(/\.$/, ''),
    });
    const client = createKafkaClient(config, 'test');
    admin = client.admin();
    producer = client.producer();
    await Promise.all([admin.connect(), producer.connect()]);
    api = await ApiHarness.start({ kafka: config });
    accepted = acceptedBy(api);
  });
  afterAll(async () => {
    await api.close();
    await admin.deleteTopics({ topics });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });

  async function makeTopic(partitions = 1): Promise<string> {
    const topic = `${kafka.prefix}t${topics.length}`;
    topics.push(topic);
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
    return topic;
  }

  const triggerText = (
    name: string,
    more: { workflow: string; topic: string; spec?: object; kafka?: object },
  ) =>
    JSON.stringify({
      apiVersion: 'tutti/v1',
      kind: 'Trigger',
      metadata: { name },
      spec: {
        workflow: { namespace: 'test', name: more.workflow },
        kafka: { topic: more.topic, from: 'earliest', ...more.kafka },
        ...more.spec,
      },
    });
  const put = (raw: string) =>
    api.call('PUT', '/v1/triggers', { raw, headers: { 'content-type': 'application/json' } });
  const detail = async (name: string) => (await api.call<TriggerDetail>('GET', `/v1/triggers/${name}`)).body;
  const send = (topic: string, values: unknown[], more: object = {}) =>
    producer.send({
      topic,
      messages: values.map((value) => ({
        value: typeof value === 'string' ? value : JSON.stringify(value),
        ...more,
      })),
    });
  const inputsOf = (name: string) =>
    accepted.filter(({ trigger }) => trigger === `kafka:${name}`).map(({ input }) => input);

  it('starts a run of each record, filtered and mapped', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic(3)];
    await send(topic, [
      { kind: 'order', n: 1 },
      { kind: 'note', n: 2 },
      { kind: 'order', n: 3 },
    ]);
    const spec = { filter: '.value.kind == "order"', input: '{ amount: .value.n, note: .topic }' };
    expect((await put(triggerText('first', { workflow, topic, spec }))).body).toMatchObject({
      kind: 'Trigger',
      change: 'created',
      version: '1',
    });
    await eventually(() => inputsOf('first').length === 2);
    expect(inputsOf('first')).toEqual([
      { amount: 1, note: topic },
      { amount: 3, note: topic },
    ]);
    const status = await eventually(async () => {
      const found = await detail('first');
      return found.lag === 0 && found.records.taken === 3 ? found : null;
    });
    expect(status).toMatchObject({
      state: 'running',
      error: null,
      runsStarted: 2,
      records: { taken: 3, filtered: 1, dead: 0 },
    });
    expect(status.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2]);
  });
});
