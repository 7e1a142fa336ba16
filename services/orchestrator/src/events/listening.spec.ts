import { type CloudEvent, TOPICS, uuidv7 } from '@tutti/contracts';
import { ensurePartition, EVENT_RETENTION, EventStore, type TakenEvent } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { TestHubDatabase, TestOrchestrator } from '../testing.js';

/** Tests wait for what another process finds by itself, on a machine that may be busy. */
const TIMEOUT_MS = 60_000;

const document = (name: string, tasks: string) =>
  `document: { dsl: '1.0.3', namespace: events, name: ${name}, version: '1.0.0' }\ndo:\n${tasks}\n`;
const listen = (to: string) => `  - wait: { listen: { to: ${to} } }`;

describe('a run that listens', () => {
  let database: TestHubDatabase;
  let events: EventStore;
  const orchestrators: TestOrchestrator[] = [];
  let named = 0;

  beforeAll(async () => {
    database = await TestHubDatabase.open();
    events = new EventStore(database.pool);
  });
  afterEach(async () => {
    await stopAll();
  });
  afterAll(() => database.close());

  async function stopAll(): Promise<void> {
    for (const one of orchestrators.splice(0)) {
      await one.stop();
      await one.events.onApplicationShutdown();
    }
  }
  async function orchestrator(): Promise<TestOrchestrator> {
    const one = new TestOrchestrator(database, () => undefined);
    one.events.onModuleInit();
    orchestrators.push(one);
    await one.start();
    return one;
  }
  const apply = (tasks: string) => database.apply(document(`w${(named += 1)}`, tasks));
  async function start(on: TestOrchestrator, workflow: Awaited<ReturnType<typeof apply>>): Promise<string> {
    const accepted = await database.accept(workflow, {});
    await on.bus.publish(TOPICS.runInbox, [accepted]);
    return accepted.runId;
  }
  async function waiting(runId: string): Promise<void> {
    await eventually(
      async () => ((await database.run(runId))?.status === 'waiting' ? true : undefined),
      TIMEOUT_MS,
    );
  }
  const ended = (runId: string) => eventually(() => database.ended(runId), TIMEOUT_MS);
  const output = async (runId: string) => JSON.parse((await ended(runId)).output ?? 'null') as unknown;
  const event = (type: string, data: unknown, more: Partial<CloudEvent> = {}): CloudEvent => ({
    specversion: '1.0',
    id: uuidv7(),
    source: '/test',
    type,
    data,
    ...more,
  });
  const take = (one: CloudEvent, runId?: string) =>
    events.take({ workspaceId: 'default', event: one, by: 'test', runId, keep: true });
  async function ring(on: TestOrchestrator, taken: TakenEvent): Promise<void> {
    if (taken.kind !== 'taken') throw new Error(taken.kind);
    const command = { kind: 'event' as const, by: 'test' };
    await on.bus.publish(
      TOPICS.runInbox,
      taken.bells.map((bell) => ({ kind: 'run.commanded' as const, ...bell, command })),
    );
  }
  const subscriptions = (runId: string) =>
    database.dataSource.query('SELECT type FROM event_subscriptions WHERE run_id = $1 ORDER BY type', [
      runId,
    ]) as Promise<{ type: string }[]>;

  it('is subscribed from the commit that began it, gets the event once, and is no more', async () => {
    const one = await orchestrator();
    const runId = await start(one, await apply(listen('{ one: { with: { type: paid.1 } } }')));
    await waiting(runId);
    expect(await subscriptions(runId)).toEqual([{ type: 'paid.1' }]);
    const paid = event('paid.1', { n: 1 });
    const taken = await take(paid);
    expect(taken).toMatchObject({ kind: 'taken', bells: [{ runId }] });
    expect(await take({ ...paid, data: 'another' })).toEqual({ kind: 'repeated' });
    expect(await take(event('other', 1))).toMatchObject({ kind: 'taken', bells: [] });
    await ring(one, taken);
    await ring(one, taken);
    expect(await output(runId)).toEqual([{ n: 1 }]);
    expect(await subscriptions(runId)).toEqual([]);
    expect(await take(event('paid.1', 2))).toMatchObject({ bells: [] });
  });

  it('gets an event whose bell was lost, also from another owner that never saw the run', async () => {
    const one = await orchestrator();
    const workflow = await apply(listen("{ any: [ { with: { type: many.1 } } ], until: 'length == 3' }"));
    const runId = await start(one, workflow);
    await waiting(runId);
    await take(event('many.1', 1));
    await stopAll();
    await take(event('many.1', 2));
    const other = await orchestrator();
    await ring(other, await take(event('many.1', 3)));
    expect(await output(runId)).toEqual([1, 2, 3]);
    expect(await database.dataSource.query('SELECT 1 FROM run_commands')).toEqual([]);
  });

  it('keeps to its own, and what does not meet the filter is left', async () => {
    const one = await orchestrator();
    const to = '{ one: { with: { type: paid.2 }, correlate: { o: { from: .data.order, expect: "7" } } } }';
    const runId = await start(one, await apply(listen(to)));
    await waiting(runId);
    await ring(one, await take(event('paid.2', { order: 8 })));
    await ring(one, await take(event('paid.2', { order: 7 })));
    expect(await output(runId)).toEqual([{ order: 7 }]);
  });

  it('gets what another run emits, by the outbox, once', async () => {
    const one = await orchestrator();
    const listener = await start(one, await apply(listen('{ one: { with: { type: told } } }')));
    await waiting(listener);
    const told = "{ source: 'https://x.y', type: told, data: { n: 1 } }";
    const tell = `  - tell: { emit: { event: { with: ${told} } } }`;
    await ended(await start(one, await apply(tell)));
    expect(await output(listener)).toEqual([{ n: 1 }]);
    expect(await database.dataSource.query(`SELECT 1 FROM events WHERE type = 'told'`)).toHaveLength(1);
  });

  it('gets what comes behind an event that the database refuses, which is given up and counted', async () => {
    const one = await orchestrator();
    const listener = await start(one, await apply(listen('{ one: { with: { type: behind } } }')));
    await waiting(listener);
    for (const each of [event('a\u0000b', 1), event('behind', { text: 'a\u0000b' })])
      await database.dataSource.query(
        `INSERT INTO event_outbox (id, workspace_id, run_id, sink, event) VALUES ($1, 'default', $2, 'hub', $3)`,
        [uuidv7(), listener, JSON.stringify(each)],
      );
    one.events.wake();
    expect(await output(listener)).toEqual([{ text: 'a\u0000b' }]);
    const left = () => database.dataSource.query('SELECT 1 FROM event_outbox') as Promise<unknown[]>;
    await eventually(async () => ((await left()).length === 0 ? true : undefined), TIMEOUT_MS);
    expect(one.counters.read()['events.refused']).toBe(1);
  });

  it('an event that is for more than the limit is refused whole', async () => {
    const one = await orchestrator();
    const workflow = await apply(listen('{ any: [ { with: { type: wide } } ] }'));
    const runs = [await start(one, workflow), await start(one, workflow)];
    for (const runId of runs) await waiting(runId);
    const narrow = new EventStore(database.pool);
    narrow.fanOutMax = 1;
    const wide = event('wide', 1);
    const of = { workspaceId: 'default', event: wide, by: 'test', keep: true };
    expect(await narrow.take(of)).toEqual({ kind: 'too-many', listeners: 2 });
    await ring(one, await take(wide));
    for (const runId of runs) expect(await output(runId)).toEqual([1]);
  });

  it('a signal goes to one run and waits until it listens', async () => {
    const one = await orchestrator();
    const workflow = await apply(`  - pause: { wait: PT1S }\n${listen('{ one: { with: { type: go } } }')}`);
    const runs = [await start(one, workflow), await start(one, workflow)] as const;
    const go = event('go', { n: 1 });
    await ring(one, await take(go, runs[0]));
    expect(await output(runs[0])).toEqual([{ n: 1 }]);
    await waiting(runs[1]);
    expect(await subscriptions(runs[1])).toEqual([{ type: 'go' }]);
    await ring(one, await take(go, runs[1]));
    expect(await output(runs[1])).toEqual([{ n: 1 }]);
  });

  it('a run that ends or is cancelled leaves no subscription', async () => {
    const one = await orchestrator();
    const runId = await start(one, await apply(listen('{ any: [] }')));
    await waiting(runId);
    expect(await subscriptions(runId)).toEqual([{ type: '' }]);
    const command = { kind: 'cancel' as const, by: 'ann' };
    const commandId = await database.store.submitCommand({ workspaceId: 'default', runId }, command);
    await one.bus.publish(TOPICS.runInbox, [{ kind: 'run.commanded', runId, commandId, command }]);
    await ended(runId);
    expect(await subscriptions(runId)).toEqual([]);
  });

  describe('old events', () => {
    const dayMs = 24 * 3_600_000;
    const left = (type: string) =>
      database.dataSource.query(
        "SELECT run_id, day < (clock_timestamp() AT TIME ZONE 'UTC')::date - 1 AS old FROM events WHERE type = $1",
        [type],
      ) as Promise<{ run_id: string | null; old: boolean }[]>;
    /** As if they had come so many days ago. */
    async function age(type: string, days: number): Promise<void> {
      await ensurePartition(database.dataSource, 'events', Date.now() - days * dayMs);
      await database.dataSource.query(
        `UPDATE events SET day = (clock_timestamp() AT TIME ZONE 'UTC')::date - $2::int WHERE type = $1`,
        [type, days],
      );
    }

    it('are forgotten, but not one that somebody is yet to get', async () => {
      const runId = uuidv7();
      const one = event('old', 1);
      await take(one);
      await take(event('old', 2), runId);
      await age('old', 9);
      expect(await take(one)).toEqual({ kind: 'repeated' });
      expect(await events.applyRetention()).toHaveLength(1);
      expect(await left('old')).toEqual([{ run_id: runId, old: false }]);
      expect(await events.applyRetention()).toEqual([]);
      await database.dataSource.query('DELETE FROM run_commands');
    });

    it('make room for new ones when all take too many bytes', async () => {
      await take(event('large', 'x'.repeat(100_000)));
      await age('large', 2);
      await take(event('large', 'y'));
      const few = { ...EVENT_RETENTION, eventBytesMax: 1 };
      expect(await events.applyRetention({ ...few, eventBytesMax: 1024 ** 4 })).toEqual([]);
      expect((await events.applyRetention(few)).length).toBeGreaterThan(0);
      expect(await left('large')).toEqual([{ run_id: null, old: false }]);
    });
  });
});
