import { jest } from '@jest/globals';
import type { DeadLetterItem, EventScheduleItem, EventsTaken } from '@tutti/contracts';
import { Counters } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { RunDoor } from '../runs/run-door.js';
import { ApiHarness } from '../testing/api-harness.js';
import { EventStarts } from './event.starts.js';
import { ScheduleFiring } from './schedule.firing.js';
import { shopEvent } from '../testing/fixtures.js';
import { applySchedule as apply, runsOf } from '../testing/schedules.js';

type Json = Record<string, unknown>;

/** Several processes of the API on one database, each of which looks for events that start workflows. */
describe('a workflow that events start', () => {
  let api: ApiHarness;
  let other: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
    other = await ApiHarness.start({ beside: api });
  });
  afterAll(async () => {
    await other.close();
    await api.close();
  });
  afterEach(() => jest.restoreAllMocks());

  async function send(one: Json, to = api): Promise<EventsTaken['events'][number] | undefined> {
    const headers = { 'content-type': 'application/cloudevents+json' };
    const answer = await to.call<EventsTaken>('POST', '/v1/events', { raw: JSON.stringify(one), headers });
    if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
    return answer.body.events[0];
  }
  const waiting = async () => (await api.query('SELECT 1 FROM event_starts')).length;
  /** Every event was looked at. */
  const settled = () => eventually(async () => (await waiting()) === 0, 60_000);
  const inputs = async (name: string) =>
    (await runsOf(api, name)).map(({ input }) => JSON.parse(input) as unknown);

  it('starts one run for an event, with it in an array, however often and wherever it comes', async () => {
    const name = await apply(api, '{ on: { one: { with: { type: one.1 } } } }');
    const sent = shopEvent('one.1');
    await Promise.all([send(sent), send(sent, other), send(sent)]);
    await send(shopEvent('one.2'));
    await settled();
    expect(await inputs(name)).toEqual([[sent]]);
    expect((await runsOf(api, name))[0]?.trigger).toBe('event:one.1');
  });

  it('starts only for what meets the filter', async () => {
    const name = await apply(
      api,
      "{ on: { any: [ { with: { type: big, data: '${ .n > 5 }' } }, { with: { type: 'small.*' } } ] } }",
    );
    const wanted = [shopEvent('big', { data: { n: 6 } }), shopEvent('small.x')];
    for (const one of [shopEvent('big'), ...wanted, shopEvent('xsmall')]) await send(one);
    await settled();
    const found = (await inputs(name)) as [{ id: string }][];
    expect(found.map(([{ id }]) => id).sort()).toEqual(wanted.map(({ id }) => id).sort());
  });

  it('starts each of many events once, with several processes that look', async () => {
    const name = await apply(api, '{ on: { one: { with: { type: many } } } }');
    await Promise.all(Array.from({ length: 60 }, (_, n) => send(shopEvent('many'), n % 2 ? api : other)));
    await settled();
    const found = (await inputs(name)) as [{ id: string }][];
    expect(new Set(found.map(([{ id }]) => id)).size).toBe(60);
    expect(found).toHaveLength(60);
  });

  it('starts none while it is disabled, and goes by its current version', async () => {
    const name = await apply(api, '{ on: { one: { with: { type: first } } } }');
    await api.call('POST', `/v1/workflows/test/${name}/disable`, { body: { reason: 'for the test' } });
    await send(shopEvent('first'));
    await settled();
    expect(await runsOf(api, name)).toEqual([]);
    await api.call('POST', `/v1/workflows/test/${name}/enable`);
    await apply(api, '{ on: { one: { with: { type: second } } } }', { name, version: '1.1.0' });
    await send(shopEvent('first'));
    await send(shopEvent('second'));
    await settled();
    expect(await inputs(name)).toMatchObject([[{ type: 'second' }]]);
    await apply(api, null, { name, version: '1.2.0' });
    await send(shopEvent('second'));
    await settled();
    expect(await runsOf(api, name)).toHaveLength(1);
  });

  it('loses no event when a process dies before its commit', async () => {
    const name = await apply(api, '{ on: { one: { with: { type: late } } } }');
    let died = 0;
    for (const one of [api, other]) {
      const door = one.app.get(RunDoor, { strict: false });
      const store = door.storeIn.bind(door);
      jest.spyOn(door, 'storeIn').mockImplementation(async (...args) => {
        await store(...args);
        died += 1;
        throw new Error('died');
      });
    }
    await send(shopEvent('late'));
    await eventually(() => died > 0, 60_000);
    expect(await runsOf(api, name)).toEqual([]);
    jest.restoreAllMocks();
    await settled();
    expect(await runsOf(api, name)).toHaveLength(1);
  });

  describe('together', () => {
    const sets = (name: string) =>
      api.query<{ events: string }>(
        'SELECT s.events FROM event_sets s JOIN workflows w ON w.id = s.workflow_id WHERE w.name = $1',
        [name],
      );
    const both = (prefix: string) =>
      `{ on: { all: [ { with: { type: ${prefix}.a } }, { with: { type: ${prefix}.b } } ] } }`;

    it('start one run of all, with them in the order of the filters, wherever they come', async () => {
      const name = await apply(api, both('pair'));
      const [a, b] = [shopEvent('pair.a'), shopEvent('pair.b')];
      await Promise.all([send(b), send(a, other), send(b, other)]);
      await settled();
      expect(await inputs(name)).toEqual([[a, b]]);
      expect(await sets(name)).toEqual([]);
    });

    it('start each run once, with many events and several processes', async () => {
      const name = await apply(api, both('crowd'));
      const events = Array.from({ length: 40 }, (_, n) => shopEvent(n % 2 ? 'crowd.a' : 'crowd.b'));
      await Promise.all(events.map((one, n) => send(one, n % 3 ? api : other)));
      await settled();
      const found = (await inputs(name)) as [{ id: string; type: string }, { id: string; type: string }][];
      expect(found).toHaveLength(20);
      expect(new Set(found.flat().map(({ id }) => id)).size).toBe(40);
      for (const [a, b] of found) expect([a.type, b.type]).toEqual(['crowd.a', 'crowd.b']);
      expect(await sets(name)).toEqual([]);
    });

    it('lose nothing when the processes die between the first and the second', async () => {
      const name = await apply(api, both('kill'));
      const [a, b] = [shopEvent('kill.a'), shopEvent('kill.b')];
      await send(a);
      await settled();
      expect(await sets(name)).toHaveLength(1);
      let died = 0;
      for (const one of [api, other]) {
        const door = one.app.get(RunDoor, { strict: false });
        const store = door.storeIn.bind(door);
        jest.spyOn(door, 'storeIn').mockImplementation(async (...args) => {
          await store(...args);
          died += 1;
          throw new Error('died');
        });
      }
      await send(b);
      await eventually(() => died > 0, 60_000);
      expect(await runsOf(api, name)).toEqual([]);
      expect(await sets(name)).toHaveLength(1);
      jest.restoreAllMocks();
      await settled();
      expect(await inputs(name)).toEqual([[a, b]]);
    });

    it('belong together by their correlation', async () => {
      const filter = (type: string) =>
        `{ with: { type: ${type} }, correlate: { order: { from: .data.order } } }`;
      const name = await apply(api, `{ on: { all: [ ${filter('paid')}, ${filter('packed')} ] } }`);
      const of = (type: string, order: number) => shopEvent(type, { data: { order } });
      const [paid1, paid2, packed2, packed1] = [
        of('paid', 1),
        of('paid', 2),
        of('packed', 2),
        of('packed', 1),
      ];
      for (const one of [paid1, paid2, packed2, of('packed', 3)]) await send(one);
      await settled();
      expect(await inputs(name)).toEqual([[paid2, packed2]]);
      await send(packed1);
      await settled();
      expect(await inputs(name)).toEqual(expect.arrayContaining([[paid1, packed1]]));
      expect(await sets(name)).toHaveLength(1);
    });

    it('start a run when those collected are enough, or when others say so', async () => {
      const enough = await apply(api, "{ on: { any: [ { with: { type: item } } ], until: 'length == 3' } }");
      const until = await apply(
        api,
        '{ on: { any: [ { with: { type: item } } ], until: { one: { with: { type: closed } } } } }',
      );
      const items = Array.from({ length: 4 }, () => shopEvent('item'));
      for (const one of [shopEvent('closed'), ...items]) {
        await send(one);
        await settled();
      }
      expect(await inputs(enough)).toEqual([items.slice(0, 3)]);
      expect(await inputs(until)).toEqual([]);
      await send(shopEvent('closed'));
      await settled();
      expect(await inputs(until)).toEqual([items]);
    });

    it('are dead letters when one does not come, and can be sent again', async () => {
      const name = await apply(api, both('alone'));
      const [a, b] = [shopEvent('alone.a'), shopEvent('alone.b')];
      await send(a);
      await settled();
      await api.query(
        `UPDATE event_sets SET created_at = created_at - interval '8 days'
         WHERE workflow_id = (SELECT id FROM workflows WHERE name = $1)`,
        [name],
      );
      await send(b);
      await settled();
      expect(await runsOf(api, name)).toEqual([]);
      await api.app.get(EventStarts, { strict: false }).expireSets();
      expect((await sets(name)).map(({ events }) => JSON.parse(events) as unknown)).toEqual([[b]]);
      const { body } = await api.call<{ items: DeadLetterItem[] }>('GET', '/v1/dead-letters?reason=half-met');
      expect(body.items).toMatchObject([
        { key: `test/${name}`, detail: expect.stringContaining('eventSetAge') as string },
      ]);
      await api.call('POST', `/v1/dead-letters/${body.items[0]?.id}/redrive`);
      await settled();
      expect(await inputs(name)).toEqual([[a, b]]);
    });

    it('wait on when the run finds no room, and begin anew with another strategy', async () => {
      const name = await apply(api, both('full'));
      const [a, b] = [shopEvent('full.a'), shopEvent('full.b')];
      for (const one of [api, other])
        jest.spyOn(one.app.get(ScheduleFiring, { strict: false }), 'place').mockResolvedValue('It is full.');
      await send(a);
      await settled();
      await send(b);
      await eventually(
        async () => (await api.query('SELECT 1 FROM event_starts WHERE attempts > 0')).length === 1,
        60_000,
      );
      expect(await sets(name)).toHaveLength(1);
      jest.restoreAllMocks();
      await api.query('UPDATE event_starts SET due_at = clock_timestamp()');
      await settled();
      expect(await inputs(name)).toEqual([[a, b]]);
      await send(shopEvent('full.a'));
      await settled();
      const swapped = '{ on: { all: [ { with: { type: full.b } }, { with: { type: full.a } } ] } }';
      await apply(api, swapped, { name, version: '1.1.0' });
      await send(shopEvent('full.b'));
      await settled();
      expect(await runsOf(api, name)).toHaveLength(1);
      expect(await sets(name)).toHaveLength(2);
    });
  });

  it('is listed with what waits', async () => {
    const list = async (token?: string) => {
      const query = '/v1/event-schedules?limit=200';
      const { body } = await api.call<{ items: EventScheduleItem[] }>(
        'GET',
        query,
        token === undefined ? {} : { token },
      );
      return body.items;
    };
    const names: string[] = [];
    for (const on of [
      '{ one: { with: { type: l.1 } } }',
      '{ any: [] }',
      '{ all: [ { with: { type: l.1 } }, { with: { type: l.2 } } ] }',
      "{ any: [ { with: { type: l.1 } } ], until: 'length == 9' }",
    ])
      names.push(await apply(api, `{ on: ${on} }`));
    for (const one of [api, other])
      jest.spyOn(one.app.get(ScheduleFiring, { strict: false }), 'place').mockResolvedValue('It is full.');
    await send(shopEvent('l.1'));
    await eventually(
      async () => (await api.query('SELECT 1 FROM event_starts WHERE attempts > 0')).length === 2,
      60_000,
    );
    const items = await list();
    const nothing = { waiting: 0, oldestWaitingAt: null, waitsFor: null };
    const waits = { waiting: 1, oldestWaitingAt: expect.any(String) as string, waitsFor: 'It is full.' };
    const noSet = { sets: 0, oldestSetAt: null, state: 'active' };
    const oneSet = { sets: 1, oldestSetAt: expect.any(String) as string, state: 'active' };
    expect(names.map((name) => items.find(({ workflow }) => workflow.name === name))).toMatchObject([
      { on: 'one', types: ['l.1'], ...waits, ...noSet },
      { on: 'any', types: null, ...waits, ...noSet },
      { on: 'all', types: ['l.1', 'l.2'], ...nothing, ...oneSet },
      { on: 'until', types: ['l.1'], ...nothing, ...oneSet },
    ]);
    expect(await list(await api.tokenOf('elsewhere'))).toEqual([]);
    jest.restoreAllMocks();
    await api.query('UPDATE event_starts SET due_at = clock_timestamp()');
    await settled();
    await apply(api, null, { name: names[1] as string, version: '2.0.0' });
  });

  describe('without room', () => {
    /** No process has room. */
    function full(): void {
      for (const one of [api, other])
        jest.spyOn(one.app.get(ScheduleFiring, { strict: false }), 'place').mockResolvedValue('It is full.');
    }
    const starts = (name: string) =>
      api.query<{ attempts: number; reason: string | null; later: boolean }>(
        `SELECT s.attempts, s.reason, s.due_at > clock_timestamp() + interval '1 minute' AS later
         FROM event_starts s JOIN workflows w ON w.id = s.workflow_id WHERE w.name = $1`,
        [name],
      );
    /** As if the start had waited for so long already. */
    const age = (name: string, attempts: number, hours: number) =>
      api.query(
        `UPDATE event_starts SET attempts = $2, due_at = clock_timestamp(), created_at = created_at - make_interval(hours => $3)
         WHERE workflow_id = (SELECT id FROM workflows WHERE name = $1)`,
        [name, attempts, hours],
      );

    it('waits longer each time', async () => {
      full();
      const name = await apply(api, '{ on: { one: { with: { type: patient } } } }');
      await send(shopEvent('patient'));
      await eventually(async () => ((await starts(name))[0]?.attempts ?? 0) > 0, 60_000);
      await age(name, 6, 0);
      await eventually(async () => (await starts(name))[0]?.attempts === 7, 60_000);
      expect(await starts(name)).toEqual([{ attempts: 7, reason: 'It is full.', later: true }]);
      jest.restoreAllMocks();
      await age(name, 0, 0);
      await settled();
      expect(await runsOf(api, name)).toHaveLength(1);
    });

    it('becomes a dead letter after the limit, which starts the run when it is sent again', async () => {
      full();
      const name = await apply(api, '{ on: { one: { with: { type: late.2 } } } }');
      const sent = shopEvent('late.2');
      await send(sent);
      await eventually(async () => ((await starts(name))[0]?.attempts ?? 0) > 0, 60_000);
      await age(name, 0, 25);
      await settled();
      const { body } = await api.call<{ items: DeadLetterItem[] }>(
        'GET',
        '/v1/dead-letters?reason=not-started',
      );
      expect(body.items).toMatchObject([
        {
          topic: 'schedule.on',
          key: `test/${name}`,
          detail: expect.stringMatching(/eventStartAge.*It is full/),
        },
      ]);
      const counted = [api, other].map(
        (one) => one.app.get(Counters, { strict: false }).read()['events.not-started'] ?? 0,
      );
      expect((counted[0] as number) + (counted[1] as number)).toBe(1);
      expect(await runsOf(api, name)).toEqual([]);
      jest.restoreAllMocks();
      const again = await api.call('POST', `/v1/dead-letters/${body.items[0]?.id}/redrive`);
      expect(again.status).toBe(200);
      await settled();
      expect(await inputs(name)).toEqual([[sent]]);
    });
  });

  it.each([
    ['{ on: { all: [] } }', '/schedule/on/all'],
    ["{ on: { any: [ { with: { type: a } } ], until: '$context.x' } }", '/schedule/on/until'],
    ['{ on: { one: { with: { type: a } } }, every: PT1H }', '/schedule/on'],
    ["{ on: { one: { with: { data: '${ $context.x }' } } } }", '/schedule/on/one/with/data'],
  ])('is refused with %s', async (schedule, pointer) => {
    await expect(apply(api, schedule)).rejects.toThrow(`"pointer":"${pointer}"`);
  });
});
