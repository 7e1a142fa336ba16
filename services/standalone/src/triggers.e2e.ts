import { jest } from '@jest/globals';
import { eventually, testKafka, type TestKafka } from '@tutti/testing';
import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { Client } from 'pg';
import { DistributedHub } from './testing/distributed-hub.js';

jest.setTimeout(300_000);

const KEYS = 8;
const RECORDS = 240;

const workflowText = (name: string, hints = '{}') => `
document:
  dsl: '1.0.3'
  namespace: test
  name: ${name}
  version: '1.0.0'
  metadata: { tutti: ${hints} }
do:
  - pause: { wait: { milliseconds: 15 } }
  - done: { set: { n: '\${ $workflow.input.n }' } }
`;

interface RunTimes {
  id: string;
  key: string;
  n: number;
  status: string;
  began: number;
  ended: number;
}

describe('triggers over several processes', () => {
  let kafka: TestKafka;
  let hub: DistributedHub;
  let admin: Admin;
  let producer: Producer;
  let database: Client;
  beforeAll(async () => {
    kafka = await testKafka();
    const client = new kafkajs.Kafka({
      clientId: 'producer',
      brokers: kafka.bootstrap.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
    });
    admin = client.admin();
    producer = client.producer();
    hub = await DistributedHub.start({ kafka, apis: 2, orchestrators: 2 });
    await Promise.all([admin.connect(), producer.connect()]);
    database = new Client({ connectionString: hub.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await Promise.all([admin.disconnect(), producer.disconnect()]);
    await hub?.stop();
  });

  const apply = async (path: string, text: string) => {
    const { status, body } = await hub.call('PUT', path, { text });
    expect([status, body]).toEqual([200, expect.anything()]);
  };
  const makeTopic = async (name: string) => {
    const topic = `${kafka.prefix}${name}`;
    await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
    return topic;
  };

  /** When each run was begun (its first turn) and ended, by the database's clock. */
  async function timesOf(name: string): Promise<RunTimes[]> {
    const { rows } = await database.query<RunTimes>(
      `SELECT r.id, r.input::jsonb ->> 'key' AS key, (r.input::jsonb ->> 'n')::int AS n, r.status,
        extract(epoch FROM j.at)::float8 AS began, extract(epoch FROM r.ended_at)::float8 AS ended
      FROM runs r JOIN workflows w ON w.id = r.workflow_id AND w.name = $1
      LEFT JOIN journal j ON j.run_id = r.id AND j.sequence = 1 ORDER BY n`,
      [name],
    );
    return rows;
  }

  const allEnded = (name: string, count: number) =>
    eventually(async () => {
      const runs = await timesOf(name);
      return runs.filter(({ status }) => status === 'completed').length === count ? runs : null;
    }, 200_000);

  it('has the runs of one key go one after another, whatever dies meanwhile', async () => {
    const topic = await makeTopic('ordered');
    await apply('/v1/workflows', workflowText('ordered'));
    await apply(
      '/v1/triggers',
      `{ kind: Trigger, metadata: { name: ordered }, spec: { workflow: { namespace: test, name: ordered },
        kafka: { topic: ${topic}, from: earliest }, input: '{ key: .key, n: .value }', order: key } }`,
    );
    for (let n = 0; n < RECORDS; n += 20) {
      const numbers = Array.from({ length: 20 }, (_, i) => n + i);
      await producer.send({
        topic,
        messages: numbers.map((one) => ({ key: `k${one % KEYS}`, value: String(one) })),
      });
    }
    await eventually(async () => (await timesOf('ordered')).length > 20, 60_000);
    await Promise.all([hub.kill('api', 1), hub.kill('orchestrator', 1)]);
    const runs = await allEnded('ordered', RECORDS);
    expect(runs.map(({ n }) => n)).toEqual(Array.from({ length: RECORDS }, (_, n) => n));
    for (let k = 0; k < KEYS; k++) {
      const ofKey = runs.filter(({ key }) => key === `k${k}`);
      const pairs = ofKey.slice(1).map((run, i) => ({ run, before: ofKey[i] as RunTimes }));
      for (const { run, before } of pairs) expect(run.began).toBeGreaterThanOrEqual(before.ended);
    }
    await Promise.all([hub.restart('api', 1), hub.restart('orchestrator', 1)]);
  });

  it('has as many runs of a workflow under way as it allows, from the API and from a topic', async () => {
    const topic = await makeTopic('limited');
    await apply('/v1/workflows', workflowText('limited', '{ concurrency: 3 }'));
    await apply(
      '/v1/triggers',
      `{ kind: Trigger, metadata: { name: limited }, spec: { workflow: { namespace: test, name: limited },
        kafka: { topic: ${topic}, from: earliest }, input: '{ n: .value }' } }`,
    );
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    await producer.send({ topic, messages: numbers.map((n) => ({ value: String(n) })) });
    const started = await Promise.all(
      numbers.map((n) =>
        hub.call('POST', '/v1/workflows/test/limited/runs', {
          body: { n: n + 40 },
          api: hub.apis[n % 2] as string,
        }),
      ),
    );
    expect(new Set(started.map(({ status }) => status))).toEqual(new Set([202]));
    const runs = await allEnded('limited', 80);
    const marks = runs.flatMap(({ began, ended }) => [
      { at: began, step: 1 },
      { at: ended, step: -1 },
    ]);
    let under = 0;
    const most = marks
      .sort((a, b) => a.at - b.at || a.step - b.step)
      .reduce((max, { step }) => Math.max(max, (under += step)), 0);
    expect(most).toBe(3);
  });
});
