import { uuidv7 } from '@tutti/contracts';
import { type HeldTrigger, switchPluginTrigger } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { feedPlugin } from '../testing/feed-plugin.js';
import { json, type SeenRequest } from '../testing/http-stub.js';
import { TriggerBench } from '../testing/trigger-bench.js';

const bench = TriggerBench.use(feedPlugin);
const MADE = { trigger: 'util.thing.made' };
/** So long that no second poll comes by itself. */
const ONCE = { ...MADE, intervalMs: 3_600_000 };

/** Things 1 to `count`, `size` at a time; the cursor is the last one given. */
function feed(count: number, size = count): void {
  bench.stub.behaviour = (request, response) => {
    const after = Number(afterOf(request) ?? 0);
    const next = Math.min(count, after + size);
    const items = Array.from({ length: next - after }, (_, i) => ({
      n: after + i + 1,
      about: `k${after + i + 1}`,
    }));
    json(response, 200, { items, next, more: next < count });
  };
}

const afterOf = ({ url }: SeenRequest) => new URL(url, 'http://stub').searchParams.get('after');

it('keeps each event once with the cursor behind it, and polls on while there is more', async () => {
  feed(5, 2);
  const id = await bench.bind(ONCE);
  bench.work();
  await eventually(async () => (await bench.status(id)).cursor === '5');
  expect(await bench.events(id)).toEqual(
    [1, 2, 3, 4, 5].map((n) => ({ id: `thing-${n}`, key: `k${n}`, data: { n }, problem: null })),
  );
  expect(bench.stub.seen.map(afterOf)).toEqual([null, '2', '4']);
  expect(await bench.status(id)).toMatchObject({ kind: 'poll', state: 'running', error: null, events: 5 });
});

it('looks again after its interval, from where it was, with the options of its document', async () => {
  feed(3);
  await bench.bind({ ...MADE, options: { list: 'vip' }, intervalMs: 1_000 });
  bench.work();
  await eventually(() => bench.stub.seen.length >= 2);
  expect(bench.stub.seen.slice(0, 2).map(({ url }) => url)).toEqual([
    '/feed?list=vip',
    '/feed?after=3&list=vip',
  ]);
});

it('is looked at by one of several hosts at a time, and given to another when its host is gone', async () => {
  const id = await bench.bind(ONCE);
  const [owner, other] = [uuidv7(), uuidv7()];
  const [held] = await bench.store.takeDue({ owner, leaseMs: 600_000, limit: 5 });
  expect(held).toMatchObject({ id });
  expect(await bench.store.takeDue({ owner: other, leaseMs: 600_000, limit: 5 })).toEqual([]);
  // That host was killed, and its time is over.
  await bench.host.database.query(
    `UPDATE plugin_triggers SET lease_until = clock_timestamp() - interval '1 second'`,
  );
  feed(4);
  bench.work();
  bench.work();
  await eventually(async () => (await bench.status(id)).cursor === '4');
  // What the first host found meanwhile is dropped, cursor and events.
  const late = { kind: 'poll', events: [], cursor: '1', nextInMs: 0, hold: false };
  await expect(bench.store.keep(held as HeldTrigger, owner, late)).rejects.toThrow('another host has it');
  expect((await bench.status(id)).cursor).toBe('4');
  expect(await bench.events(id)).toHaveLength(4);
});

it('polls once while two hosts race for it', async () => {
  feed(1);
  const ids = await Promise.all(Array.from({ length: 10 }, () => bench.bind(ONCE)));
  bench.work();
  bench.work();
  for (const id of ids) await eventually(async () => (await bench.status(id)).cursor === '1');
  expect(bench.stub.seen).toHaveLength(10);
});

it.each([
  [503, 'transient', 5],
  [401, 'permanent', 60],
])('waits after an answer of %i (%s), keeps its cursor and says why', async (status, _fate, seconds) => {
  feed(2);
  const id = await bench.bind({ ...MADE, intervalMs: 1_000 });
  bench.work();
  await eventually(async () => (await bench.status(id)).cursor === '2');
  bench.stub.behaviour = (_request, response) => json(response, status, {});
  const failing = await eventually(async () => {
    const now = await bench.status(id);
    return now.state === 'failing' && now;
  });
  expect(failing).toMatchObject({ cursor: '2', error: expect.stringContaining(`answered ${status}`) });
  expect(failing.nextAt.getTime() - (failing.lookedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(
    seconds * 1_000 - 50,
  );
  expect(failing.error).not.toContain('feed-canary');
});

it('takes the word of the other system for when to come back', async () => {
  bench.stub.behaviour = (_request, response) => json(response, 429, {}, { 'retry-after': '120' });
  const id = await bench.bind(MADE);
  bench.work();
  const failing = await eventually(async () => {
    const now = await bench.status(id);
    return now.state === 'failing' && now;
  });
  expect(failing.nextAt.getTime() - (failing.lookedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(119_000);
});

it('keeps an event that breaks the schema with what is wrong, and those behind it', async () => {
  bench.stub.behaviour = (_request, response) =>
    json(response, 200, { items: [{ n: 'one' }, { n: 2 }], next: 2 });
  const id = await bench.bind(ONCE);
  bench.work();
  await eventually(async () => (await bench.events(id)).length === 2);
  expect(await bench.events(id)).toEqual([
    { id: 'thing-one', key: null, data: { n: 'one' }, problem: expect.stringContaining('/n') },
    { id: 'thing-2', key: null, data: { n: 2 }, problem: null },
  ]);
});

it('takes secrets out of what it found', async () => {
  bench.stub.behaviour = (_request, response) =>
    json(response, 200, { items: [{ n: 'feed-canary-token' }], next: 1 });
  const id = await bench.bind(ONCE);
  bench.work();
  await eventually(async () => (await bench.events(id)).length === 1);
  const rows = await bench.host.database.query('SELECT data, problem FROM trigger_events');
  expect(JSON.stringify(rows)).not.toContain('canary');
});

it('is left alone while it is paused, and what a host found meanwhile is dropped', async () => {
  const id = await bench.bind(ONCE);
  let answer = () => undefined as void;
  bench.stub.behaviour = (_request, response) => {
    answer = () => json(response, 200, { items: [{ n: 1 }], next: 1 });
  };
  bench.work();
  await eventually(() => bench.stub.seen.length === 1);
  await switchPluginTrigger(bench.host.database, id, false);
  answer();
  await bench.endWorkers();
  expect(await bench.status(id)).toMatchObject({ cursor: null, events: 0 });
  expect(await bench.events(id)).toEqual([]);
});

it('says that the plugin has no such trigger, or that there is no connection', async () => {
  const unknown = await bench.bind({ trigger: 'util.thing.lost' });
  await bench.host.database.query(`UPDATE connections SET enabled = false WHERE name = 'main'`);
  const off = await bench.bind(ONCE);
  await bench.host.database.query(`UPDATE plugin_triggers SET connection = 'none' WHERE trigger_id = $1`, [
    off,
  ]);
  bench.host.host.directory.notify();
  const error = async (id: string) => (await bench.status(id)).error;
  bench.work();
  expect(await eventually(() => error(off))).toBe('There is no connection "none".');
  expect(await eventually(() => error(unknown))).toContain('is switched off');
  await bench.endWorkers();
  await bench.host.database.query(`UPDATE connections SET enabled = true, revision = revision + 1`);
  await bench.store.lookAgain();
  bench.host.host.directory.notify();
  bench.work();
  await eventually(async () => (await error(unknown))?.includes('has no trigger "util.thing.lost"'));
});
