import { jest } from '@jest/globals';
import type { EventsTaken } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { RunDoor } from '../runs/run-door.js';
import { ApiHarness } from '../testing/api-harness.js';
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

  it.each([
    ['{ on: { all: [ { with: { type: a } } ] } }', '/schedule/on/all'],
    ["{ on: { any: [ { with: { type: a } } ], until: 'length > 1' } }", '/schedule/on/until'],
    ['{ on: { one: { with: { type: a } } }, every: PT1H }', '/schedule/on'],
    ["{ on: { one: { with: { data: '${ $context.x }' } } } }", '/schedule/on/one/with/data'],
  ])('is refused with %s', async (schedule, pointer) => {
    await expect(apply(api, schedule)).rejects.toThrow(`"pointer":"${pointer}"`);
  });
});
