import { jest } from '@jest/globals';
import { createKafkaClient, KafkaConfig } from '@tutti/bus';
import type { RunAccepted, TriggerDetail } from '@tutti/contracts';
import { eventually, testKafka, type TestKafka } from '@tutti/testing';
import type { Admin, Producer } from 'kafkajs';
import { RunStore } from '@tutti/store';
import { acceptedBy } from '../testing/accepted-runs.js';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';
import { TriggerActivity } from './trigger.activity.js';

jest.setTimeout(90_000);

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
    const made = await admin.listTopics();
    await admin.deleteTopics({ topics: topics.filter((topic) => made.includes(topic)) });
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
    // Partitions go their own ways.
    expect(inputsOf('first')).toEqual(
      expect.arrayContaining([
        { amount: 1, note: topic },
        { amount: 3, note: topic },
      ]),
    );
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

  it('makes dead letters of what cannot be handled, with the reason, and goes on', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    const spec = {
      filter: '.value.skip != true',
      input: 'if .value.bad then error("no such supplier") else { amount: .value.n } end',
      schema: { type: 'object', properties: { n: {} }, required: ['n'] },
    };
    await put(triggerText('dead', { workflow, topic, spec }));
    await send(topic, ['{', { skip: true }, { m: 1 }, { n: 1, bad: true }, { n: 'x' }, { n: 5 }]);
    await eventually(() => inputsOf('dead').length === 1);
    expect(inputsOf('dead')).toEqual([{ amount: 5 }]);
    const letters = await eventually(async () => {
      const rows = await api.query<{
        record_offset: string;
        reason: string;
        detail: string;
        payload: Buffer;
      }>(
        `SELECT record_offset, reason, detail, payload FROM dead_letters WHERE topic = $1 ORDER BY record_offset`,
        [topic],
      );
      return rows.length === 4 ? rows : null;
    });
    expect(letters.map(({ record_offset: at, reason }) => [Number(at), reason])).toEqual([
      [0, 'malformed'],
      [2, 'schema'],
      [3, 'mapping'],
      [4, 'input'],
    ]);
    expect(letters[0]?.payload.toString()).toBe('{');
    expect(letters[1]?.detail).toContain('/n "n" is missing');
    expect(letters[2]?.detail).toContain('no such supplier');
    expect(letters[3]?.detail).toContain('/amount must be number');
  });

  it('holds its records while the workflow is disabled, and says why', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    await put(triggerText('held', { workflow, topic, spec: { input: '{ amount: .value }' } }));
    await send(topic, [1]);
    await eventually(() => inputsOf('held').length === 1);
    const body = { reason: 'it double-pays' };
    await api.call('POST', `/v1/workflows/test/${workflow}/disable`, { body });
    await send(topic, [7, 8]);
    const status = await eventually(async () => {
      const found = await detail('held');
      return found.state === 'failing' ? found : null;
    });
    expect(status.error).toMatch(
      /^The records are held: .*disabled by admin.*it double-pays.*workflows enable/,
    );
    expect(status.records).toMatchObject({ taken: 1, dead: 0 });
    await api.call('POST', `/v1/workflows/test/${workflow}/enable`);
    await eventually(() => inputsOf('held').length === 3);
    const letters = await api.query('SELECT id FROM dead_letters WHERE topic = $1', [topic]);
    expect(letters).toHaveLength(0);
    await eventually(async () => (await detail('held')).state === 'running');
  });

  it('takes a record that is delivered again for the run that it started', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    await put(triggerText('again', { workflow, topic, spec: { input: '{ amount: .value }' } }));
    await send(topic, [1, 2, 3]);
    await eventually(() => inputsOf('again').length === 3);
    const { consumerGroup } = await detail('again');
    await api.call('PATCH', '/v1/triggers/again', { body: { enabled: false } });
    // As after a crash between the commit of the runs and the one of the offsets.
    await eventually(async () => {
      await admin.setOffsets({
        groupId: consumerGroup ?? '',
        topic,
        partitions: [{ partition: 0, offset: '0' }],
      });
      return true;
    });
    await send(topic, [4]);
    await api.call('PATCH', '/v1/triggers/again', { body: { enabled: true } });
    await eventually(async () => (await detail('again')).records.repeated === 3);
    await eventually(async () => (await detail('again')).runsStarted === 4);
    const rows = await api.query<{ input: string }>(
      `SELECT input FROM runs WHERE trigger = 'kafka:again' ORDER BY id`,
    );
    expect(rows.map(({ input }) => JSON.parse(input) as unknown)).toEqual(
      [1, 2, 3, 4].map((amount) => ({ amount })),
    );
  });

  it('begins where it began to work, though nothing was committed before a restart', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    await send(topic, [1, 2]);
    const kafkaOf = { from: 'latest' };
    await put(
      triggerText('latest', { workflow, topic, kafka: kafkaOf, spec: { input: '{ amount: .value }' } }),
    );
    await eventually(async () => (await detail('latest')).state === 'running');
    await api.call('PATCH', '/v1/triggers/latest', { body: { enabled: false } });
    await send(topic, [3]);
    await api.call('PATCH', '/v1/triggers/latest', { body: { enabled: true } });
    await eventually(() => inputsOf('latest').length === 1);
    expect(inputsOf('latest')).toEqual([{ amount: 3 }]);
  });

  it("goes on with its producer's trace", async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    await put(triggerText('traced', { workflow, topic, spec: { input: '{ amount: .value }' } }));
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    await send(topic, [1], { headers: { traceparent: `00-${traceId}-${spanId}-01` } });
    await send(topic, [2], { headers: { traceparent: 'nonsense' } });
    await eventually(() => inputsOf('traced').length === 2);
    const [first, second] = accepted.filter(({ trigger }) => trigger === 'kafka:traced');
    expect(first).toMatchObject({ traceId, parentSpanId: spanId });
    expect(second?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.parentSpanId).toBeUndefined();
  });

  it('reads CloudEvents in binary and in structured mode', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    const spec = {
      filter: '.event.type == "shop.order"',
      input: '{ amount: .value.n, note: .event.subject }',
    };
    await put(triggerText('events', { workflow, topic, kafka: { format: 'cloudevent' }, spec }));
    const attributes = { specversion: '1.0', id: '1', source: '/shop', type: 'shop.order', subject: 'o-1' };
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]),
    );
    await send(topic, [{ n: 1 }], { headers: { ...headers, 'content-type': 'application/json' } });
    await send(
      topic,
      [{ ...attributes, subject: 'o-2', datacontenttype: 'application/json', data: { n: 2 } }],
      {
        headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
      },
    );
    await send(topic, [{ n: 3 }]);
    await eventually(() => inputsOf('events').length === 2);
    expect(inputsOf('events')).toEqual([
      { amount: 1, note: 'o-1' },
      { amount: 2, note: 'o-2' },
    ]);
    await eventually(async () => (await detail('events')).records.dead === 1);
  });

  it('says why it cannot work, and works as soon as it can', async () => {
    const workflow = await applyWorkflow(api);
    const topic = `${kafka.prefix}later`;
    topics.push(topic);
    await put(triggerText('later', { workflow, topic, spec: { input: '{ amount: .value }' } }));
    const failing = await eventually(async () => {
      const found = await detail('later');
      return found.state === 'failing' ? found : null;
    });
    expect(failing.error).toContain(`There is no topic "${topic}"`);
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await send(topic, [9]);
    await eventually(() => inputsOf('later').length === 1);
    await eventually(async () => (await detail('later')).state === 'running');
  });

  it('reads none of the topics that carry the messages of all workspaces', async () => {
    const workflow = await applyWorkflow(api);
    await put(triggerText('curious', { workflow, topic: `${kafka.prefix}calls.v1` }));
    const failing = await eventually(async () => {
      const found = await detail('curious');
      return found.state === 'failing' ? found : null;
    });
    expect(failing.error).toContain("carries the hub's own messages");
  });

  it('shares its partitions among the processes of the API, and loses nothing when one goes', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic(4)];
    await put(triggerText('shared', { workflow, topic, spec: { input: '{ amount: .value }' } }));
    const other = await ApiHarness.start({ kafka: config, beside: api });
    const both = async () => {
      const { partitions } = await detail('shared');
      return partitions.length === 4 && new Set(partitions.map(({ process }) => process)).size === 2;
    };
    await eventually(both, 60_000);
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    await Promise.all(numbers.map((n) => send(topic, [n], { key: `k${n}` })));
    await other.close();
    await send(topic, [200]);
    const started = async () => {
      const rows = await api.query<{ input: string }>(
        `SELECT input FROM runs WHERE trigger = 'kafka:shared'`,
      );
      return rows.length >= 201 ? rows : null;
    };
    const rows = await eventually(started, 60_000);
    const amounts = rows.map(({ input }) => (JSON.parse(input) as { amount: number }).amount);
    expect(amounts.sort((a, b) => a - b)).toEqual([...numbers, 200]);
  });

  it('waits while the database is away, and stays in its group', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    await put(triggerText('away', { workflow, topic, spec: { input: '{ amount: .value }' } }));
    await eventually(async () => (await detail('away')).state === 'running');
    const store = api.app.get(RunStore, { strict: false });
    let refused = 0;
    const away = jest.spyOn(store, 'acceptRuns').mockImplementation(() => {
      refused += 1;
      return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    });
    await send(topic, [1, 2]);
    await eventually(() => refused >= 3);
    await eventually(async () => (await detail('away')).error === 'connect ECONNREFUSED');
    away.mockRestore();
    await eventually(() => inputsOf('away').length === 2);
    expect((await detail('away')).records.dead).toBe(0);
  });

  it('keeps counts of processes that are gone, in one row', async () => {
    const before = await detail('again');
    await api.query(
      `UPDATE trigger_activity SET seen_at = clock_timestamp() - interval '2 days' WHERE trigger_id = $1`,
      [before.id],
    );
    const activity = api.app.get(TriggerActivity, { strict: false });
    await activity.fold();
    await activity.fold();
    const rows = await api.query<{ started: string; repeated: string }>(
      `SELECT started, repeated FROM trigger_activity WHERE trigger_id = $1 AND seen_at = '-infinity'`,
      [before.id],
    );
    expect(rows).toEqual([
      { started: String(before.runsStarted), repeated: String(before.records.repeated) },
    ]);
    // The process of this test lives and writes its counts again, so the sum is not looked at.
  });

  it('keeps an offset of its own: pause, remove and change say so in the audit', async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    const text = triggerText('kept', { workflow, topic });
    expect((await put(text)).body).toMatchObject({ change: 'created' });
    expect((await put(text)).body).toMatchObject({ change: 'unchanged', version: '1' });
    const changed = triggerText('kept', { workflow, topic, spec: { filter: 'true' } });
    expect((await put(changed)).body).toMatchObject({ change: 'updated', version: '2' });
    expect((await api.call('PATCH', '/v1/triggers/kept', { body: { enabled: false } })).body).toMatchObject({
      state: 'paused',
      enabled: false,
    });
    expect((await api.call('DELETE', '/v1/triggers/kept')).status).toBe(204);
    expect((await api.call('GET', '/v1/triggers/kept')).status).toBe(404);
    const rows = await api.query<{ action: string }>(
      `SELECT action FROM audit_events WHERE target = 'trigger:kept' ORDER BY id`,
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'trigger.created',
      'trigger.updated',
      'trigger.paused',
      'trigger.removed',
    ]);
  });

  it("reads a company's Kafka through a connection, and tries that out", async () => {
    const [workflow, topic] = [await applyWorkflow(api), await makeTopic()];
    const body = { plugin: 'kafka', settings: { brokers: kafka.bootstrap } };
    expect((await api.call('PUT', '/v1/connections/company', { body })).status).toBe(200);
    expect((await api.call('POST', '/v1/connections/company/test')).body).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^Connected; \d+ topics? can be seen\.$/),
    });
    const connection = { connection: 'company' };
    await put(
      triggerText('foreign', { workflow, topic, kafka: connection, spec: { input: '{ amount: .value }' } }),
    );
    await send(topic, [1]);
    await eventually(() => inputsOf('foreign').length === 1);
    const closed = { plugin: 'kafka', settings: { brokers: '127.0.0.1:1' } };
    await api.call('PUT', '/v1/connections/company', { body: closed });
    expect((await api.call('POST', '/v1/connections/company/test')).body).toMatchObject({ ok: false });
    await eventually(async () => (await detail('foreign')).state === 'failing');
  });
});
