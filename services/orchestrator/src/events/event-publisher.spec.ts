import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromHttp, HttpEventSink } from '@tutti/bus';
import { type CloudEvent, TOPICS } from '@tutti/contracts';
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

const WORKFLOW = `
document: { dsl: '1.0.3', namespace: events, name: tell, version: '1.0.0' }
do:
  - tell: { emit: { event: { with: { source: 'https://x.y', type: order.placed, data: '\${ . }' } } } }
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

  async function orchestrator(sinks?: HttpEventSink[]): Promise<TestOrchestrator> {
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
