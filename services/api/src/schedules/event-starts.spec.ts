import { jest } from '@jest/globals';
import type { DeadLetterItem, EventsTaken } from '@tutti/contracts';
import { Counters } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { RunDoor } from '../runs/run-door.js';
import { ApiHarness } from '../testing/api-harness.js';
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
    ['{ on: { all: [ { with: { type: a } } ] } }', '/schedule/on/all'],
    ["{ on: { any: [ { with: { type: a } } ], until: 'length > 1' } }", '/schedule/on/until'],
    ['{ on: { one: { with: { type: a } } }, every: PT1H }', '/schedule/on'],
    ["{ on: { one: { with: { data: '${ $context.x }' } } } }", '/schedule/on/one/with/data'],
  ])('is refused with %s', async (schedule, pointer) => {
    await expect(apply(api, schedule)).rejects.toThrow(`"pointer":"${pointer}"`);
  });
});
