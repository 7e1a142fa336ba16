import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EventSink, fromHttp, HttpEventSink } from '@tutti/bus';
import { type CloudEvent, TOPICS, uuidv7 } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { TestHubDatabase, TestOrchestrator } from '../testing.js';

/** A sink by somebody else: it notes what it gets, and answers as the test says. */
class Receiver {
  readonly events: CloudEvent[] = [];
  readonly authorizations: (string | undefined)[] = [];
  status = 204;
  private readonly server: Server = createServer((request, response) => {
    void this.take(request).then(() => response.writeHead(this.status).end());
  });

  async start(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async take(request: IncomingMessage): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    this.authorizations.push(request.headers.authorization);
    const read = fromHttp(request.headers, Buffer.concat(parts));
    if ('event' in read) this.events.push(read.event);
  }
}

/** A sink that takes events and does not say whether it has them until it is told to. */
class SilentSink implements EventSink {
  readonly name = 'silent';
  batches = 0;
  answer: () => void = () => undefined;

  async send(events: readonly unknown[]): Promise<(Error | null)[]> {
    this.batches += 1;
    await new Promise<void>((done) => (this.answer = done));
    return events.map(() => new Error('No.'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A workflow that ends with so many events of a type. */
const listener = (type: string, count: number) => `
document: { dsl: '1.0.3', namespace: events, name: hear-${type}, version: '1.0.0' }
do:
  - hear: { listen: { to: { any: [ { with: { type: ${type} } } ], until: 'length == ${count}' } } }
`;
const WORKFLOW = `
document: { dsl: '1.0.3', namespace: events, name: tell, version: '1.0.0' }
do:
  - tell: { emit: { event: { with: { source: 'https://x.y', type: placed, data: '\${ . }' } } } }
`;

describe('an event that a run emits', () => {
  let database: TestHubDatabase;
  let receiver: Receiver;
  let url: string;
  let workflow: Awaited<ReturnType<TestHubDatabase['apply']>>;
  const orchestrators: TestOrchestrator[] = [];

  beforeAll(async () => {
    database = await TestHubDatabase.open();
    workflow = await database.apply(WORKFLOW);
  });
  beforeEach(async () => {
    receiver = new Receiver();
    url = await receiver.start();
  });
  afterEach(async () => {
    for (const one of orchestrators.splice(0)) {
      await one.stop();
      await one.events.onApplicationShutdown();
    }
    await receiver.stop();
    await database.dataSource.query('DELETE FROM event_outbox');
  });
  afterAll(() => database.close());

  async function orchestrator(sinks?: EventSink[]): Promise<TestOrchestrator> {
    const one = new TestOrchestrator(database, () => undefined, sinks);
    orchestrators.push(one);
    await one.start();
    return one;
  }
  async function run(on: TestOrchestrator, input: unknown): Promise<string> {
    const accepted = await database.accept(workflow, input);
    await on.bus.publish(TOPICS.runInbox, [accepted]);
    await eventually(() => database.ended(accepted.runId));
    return accepted.runId;
  }
  /** A run that waits for events. */
  async function listening(
    on: TestOrchestrator,
    { type, count }: { type: string; count: number },
  ): Promise<string> {
    const accepted = await database.accept(await database.apply(listener(type, count)), {});
    await on.bus.publish(TOPICS.runInbox, [accepted]);
    await eventually(async () => (await database.run(accepted.runId))?.status === 'waiting', 60_000);
    return accepted.runId;
  }
  const rows = async () =>
    (await database.dataSource.query(`SELECT event FROM event_outbox WHERE sink <> 'hub'`)) as {
      event: string;
    }[];
  const none = async () => ((await rows()).length === 0 ? true : undefined);

  it('reaches the sink with the position of the run, and is deleted once it is acknowledged', async () => {
    const one = await orchestrator([new HttpEventSink({ url, token: 'to-the-sink' })]);
    const runId = await run(one, { total: '12.50' });
    await eventually(none);
    const { output } = (await database.run(runId)) as { output: string };
    expect(receiver.events).toEqual([
      {
        ...(JSON.parse(output) as CloudEvent),
        datacontenttype: 'application/json',
        partitionkey: runId,
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
      },
    ]);
    expect(receiver.authorizations).toEqual(['Bearer to-the-sink']);
    expect(one.counters.read()['events.sent']).toBe(1);
  });

  it('is in the journal alone where there is no sink', async () => {
    const one = await orchestrator();
    await run(one, {});
    expect(await rows()).toEqual([]);
    // What is for the hub itself goes although nobody listens.
    await eventually(async () =>
      (await database.dataSource.query('SELECT 1 FROM event_outbox')).length === 0 ? true : undefined,
    );
    expect(await database.dataSource.query('SELECT 1 FROM events')).toEqual([]);
  });

  it('is kept while its sink refuses it, and sent again with the same id by whoever looks next', async () => {
    receiver.status = 503;
    const one = await orchestrator([new HttpEventSink({ url })]);
    await run(one, {});
    await eventually(() => (one.counters.read()['events.retried'] ? true : undefined));
    expect(await rows()).toHaveLength(1);
    await one.stop();
    await one.events.onApplicationShutdown();

    receiver.status = 200;
    await database.dataSource.query('UPDATE event_outbox SET leased_until = NULL');
    const other = await orchestrator([new HttpEventSink({ url })]);
    other.events.wake();
    await eventually(none);
    expect(new Set(receiver.events.map(({ id }) => id)).size).toBe(1);
    expect(receiver.events.length).toBeGreaterThan(1);
  });

  it('is sent once by several publishers that look at the same time', async () => {
    const several = [1, 2, 3].map(() => orchestrator([new HttpEventSink({ url })]));
    const [first, ...others] = (await Promise.all(several)) as [TestOrchestrator, ...TestOrchestrator[]];
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        await run(first, { n });
        for (const other of others) other.events.wake();
      }),
    );
    await eventually(none);
    expect(receiver.events).toHaveLength(20);
    expect(new Set(receiver.events.map(({ id }) => id)).size).toBe(20);
  });

  it('reaches who listens, and other sinks, while a sink does not answer', async () => {
    const silent = new SilentSink();
    const one = await orchestrator([silent, new HttpEventSink({ url })]);
    const runId = await listening(one, { type: 'placed', count: 2 });
    await run(one, { n: 1 });
    await eventually(() => silent.batches === 1, 60_000);
    await run(one, { n: 2 });
    const { output } = await eventually(() => database.ended(runId), 60_000);
    expect(JSON.parse(output ?? '')).toEqual([{ n: 1 }, { n: 2 }]);
    await eventually(() => receiver.events.length === 2, 60_000);
    expect(silent.batches).toBe(1);
    await one.stop();
    const stopped = one.events.onApplicationShutdown();
    silent.answer();
    await stopped;
  });

  it('goes to who listens in one transaction with others', async () => {
    const one = await orchestrator();
    const runId = await listening(one, { type: 'many', count: 100 });
    const event = (n: number) =>
      JSON.stringify({ specversion: '1.0', id: `${n}`, source: '/x', type: 'many', data: n });
    await database.dataSource.query(
      `INSERT INTO event_outbox (id, workspace_id, run_id, sink, event)
       SELECT unnest($1::uuid[]), 'default', $2, 'hub', unnest($3::text[])`,
      [Array.from({ length: 100 }, uuidv7), runId, Array.from({ length: 100 }, (_, n) => event(n))],
    );
    one.events.wake();
    const { output } = await eventually(() => database.ended(runId), 60_000);
    expect(JSON.parse(output ?? '')).toHaveLength(100);
    const taken = await database.dataSource.query(
      `SELECT count(*)::int AS events, count(DISTINCT xmin::text)::int AS transactions FROM events WHERE type = 'many'`,
    );
    expect(taken).toEqual([{ events: 100, transactions: 1 }]);
  });

  it('is given up and counted when too many wait for a sink, the oldest first', async () => {
    receiver.status = 503;
    const one = await orchestrator([new HttpEventSink({ url })]);
    one.outbox.bound = { ...one.outbox.bound, events: 2 };
    for (const n of [1, 2, 3]) await run(one, { n });
    await one.events.trim();
    const left = (await rows()).map(({ event }) => (JSON.parse(event) as CloudEvent).data);
    expect(left).toEqual(expect.arrayContaining([{ n: 2 }, { n: 3 }]));
    expect(left).toHaveLength(2);
    expect(one.counters.read()['events.dropped']).toBe(1);
    one.outbox.bound = { events: 10, bytes: 1 };
    await one.events.trim();
    expect(await rows()).toEqual([]);
  });

  it('waits with a sink that is away without losing its place', async () => {
    await receiver.stop();
    const one = await orchestrator([new HttpEventSink({ url })]);
    await run(one, {});
    await eventually(() => (one.counters.read()['events.retried'] ? true : undefined));
    expect(await rows()).toHaveLength(1);
    receiver = new Receiver();
    await receiver.start();
  });
});
