import { jest } from '@jest/globals';
import { type CloudEvent, EVENTS_TOPIC, type JournalEntry, type RunChanged, uuidv7 } from '@tutti/contracts';
import { type ForeignKafka, foreignKafka, kcat, testKafka, type TestKafka } from '@tutti/testing';
import { Kafka } from 'cloudevents';
import type { Admin, Producer } from 'kafkajs';
import { createKafkaClient } from '../kafka/kafka-client.js';
import { KafkaConfig } from '../kafka/kafka-config.js';
import { fromKafka } from './kafka-binding.js';
import { eventsTopicName, KafkaEventSink } from './kafka-event-sink.js';
import { encodeLifecycle } from './lifecycle.codec.js';

// The first time, the foreign clients are installed.
jest.setTimeout(300_000);

const AT = Date.UTC(2026, 10, 22, 4, 30);
const trace = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const of = { task: '/do/0/pay', name: 'pay', position: '/do/0/pay', at: AT, type: 'call' };
const ENTRIES: JournalEntry[] = [
  { kind: 'run.started', at: AT },
  { kind: 'task.started', ...of },
  { kind: 'task.completed', ...of, output: { receipt: 'Zürich-7' } },
  { kind: 'run.completed', at: AT },
];

describe('clients that know nothing of the hub', () => {
  let kafka: TestKafka;
  let config: KafkaConfig;
  let admin: Admin;
  let producer: Producer;
  let python: ForeignKafka;
  const topics: string[] = [];

  beforeAll(async () => {
    kafka = await testKafka();
    config = KafkaConfig.parse({
      brokers: kafka.bootstrap.split(','),
      prefix: kafka.prefix.replace(/\.$/, ''),
      partitions: 2,
    });
    const client = createKafkaClient(config, 'test');
    admin = client.admin();
    producer = client.producer();
    await Promise.all([admin.connect(), producer.connect()]);
    python = await foreignKafka(kafka.bootstrap);
  });
  afterAll(async () => {
    const made = await admin.listTopics();
    await admin.deleteTopics({ topics: topics.filter((topic) => made.includes(topic)) });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });

  /** Beside the hub's own topics, which begin with its prefix and a dot. */
  async function topic(name: string): Promise<string> {
    const full = `${config.prefix}-${name}`;
    topics.push(full);
    await admin.createTopics({ topics: [{ topic: full, numPartitions: 2 }], waitForLeaders: true });
    return full;
  }

  /** The lifecycle of a run on a topic of its own, written as the hub writes it. */
  async function lifecycle(name: string): Promise<{ on: string; message: RunChanged }> {
    const on = await topic(name);
    const message: RunChanged = {
      kind: 'run.changed',
      runId: uuidv7(),
      workspaceId: 'default',
      workflow: { namespace: 'finance', name: 'invoice', version: '1.0.0', versionId: uuidv7() },
      status: 'completed',
      revision: 1,
      entries: ENTRIES,
      output: { receipt: 'Zürich-7' },
      trace,
    };
    await producer.send({ topic: on, messages: encodeLifecycle(message) });
    return { on, message };
  }

  it('read the lifecycle of a run in Python: all of it, in order, in one partition', async () => {
    const { on, message } = await lifecycle('lifecycle-python');
    const records = await python.consume(on, { count: 5 });
    expect(records.map(({ headers }) => headers.ce_type)).toEqual([
      'io.serverlessworkflow.workflow.started.v1',
      'io.serverlessworkflow.task.created.v1',
      'io.serverlessworkflow.task.started.v1',
      'io.serverlessworkflow.task.completed.v1',
      'io.serverlessworkflow.workflow.completed.v1',
    ]);
    expect(new Set(records.map(({ partition }) => partition)).size).toBe(1);
    for (const { key, headers, value } of records) {
      expect(key).toBe(message.runId);
      expect(headers.traceparent).toBe(`00-${trace.traceId}-${trace.spanId}-01`);
      const seen = Kafka.toEvent({ headers, key, value: value?.toString() } as never) as { subject?: string };
      expect(seen.subject).toBe(message.runId);
    }
    expect(JSON.parse(String(records.at(-1)?.value))).toMatchObject({ output: { receipt: 'Zürich-7' } });
  });

  it('read it with kcat', async () => {
    const { on, message } = await lifecycle('lifecycle-kcat');
    const text = await kcat(['-C', '-b', kafka.bootstrap, '-t', on, '-e', '-q', '-J']);
    const records = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { key: string; headers: string[]; payload: string });
    expect(records).toHaveLength(5);
    const [first] = records;
    expect(first?.key).toBe(message.runId);
    expect(first?.headers).toEqual(expect.arrayContaining(['ce_specversion', '1.0', 'ce_id']));
    expect(JSON.parse(first?.payload ?? '')).toMatchObject({ startedAt: '2026-11-22T04:30:00.000Z' });
  });

  it('get the events that runs emit on the topic of all events or the one that the task named', async () => {
    const named = await topic('orders');
    const all = eventsTopicName(config.prefix);
    topics.push(all);
    expect(all).toBe(`${config.prefix}${EVENTS_TOPIC.slice('tutti'.length)}`);
    const event: CloudEvent = {
      specversion: '1.0',
      id: '1',
      source: 'https://x.y',
      type: 'order.placed',
      partitionkey: 'run-1',
      data: { total: '12.50' },
    };
    const sink = new KafkaEventSink(config);
    const inbox = `${config.prefix}.run-inbox.v1`;
    const sent = await sink.send([
      { event, topic: null },
      { event: { ...event, id: '2' }, topic: named },
      { event: { ...event, id: '3' }, topic: inbox },
    ]);
    await sink.close();
    expect(sent).toEqual([null, null, null]);
    const read = async (on: string, count: number) =>
      (await python.consume(on, { count })).map(({ headers, value }) => fromKafka(headers, value));
    const expected = { ...event, datacontenttype: 'application/json' };
    expect(await read(named, 1)).toEqual([{ ...expected, id: '2' }]);
    expect(await read(all, 2)).toEqual([expected, { ...expected, id: '3' }]);
    expect(await admin.listTopics()).not.toContain(inbox);
  });

  it('send events that the hub reads, in binary and in structured mode', async () => {
    const on = await topic('in');
    const event = {
      specversion: '1.0',
      id: '1',
      source: '/shop',
      type: 'order.placed',
      data: { grüße: 'süß' },
    };
    const { data, ...attributes } = event;
    await python.produce(on, [
      {
        key: 'a',
        partition: 0,
        headers: {
          ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value])),
          'content-type': 'application/json',
        },
        value: JSON.stringify(data),
      },
      {
        key: 'a',
        partition: 0,
        headers: { 'content-type': 'application/cloudevents+json' },
        value: JSON.stringify(event),
      },
    ]);
    const read = (await python.consume(on, { count: 2 })).map(({ headers, value }) =>
      fromKafka(headers, value),
    );
    expect(read).toEqual([{ ...event, datacontenttype: 'application/json' }, event]);
  });
});
