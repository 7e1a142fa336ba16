import type { ServerResponse } from 'node:http';
import { uuidv7 } from '@tutti/contracts';
import { switchPluginTrigger } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { feedPlugin } from '../testing/feed-plugin.js';
import { json } from '../testing/http-stub.js';
import { TriggerBench } from '../testing/trigger-bench.js';

const bench = TriggerBench.use(feedPlugin);
const STREAMED = { trigger: 'util.thing.streamed' };

/** Requests that wait for news, as with long polling. */
let waiting: { after: string | null; response: ServerResponse }[];
beforeEach(() => {
  waiting = [];
  bench.stub.behaviour = ({ url }, response) => {
    waiting.push({ after: new URL(url, 'http://stub').searchParams.get('after'), response });
  };
});

async function tell(n: number): Promise<void> {
  const { response } = await eventually(() => waiting.shift());
  json(response, 200, { items: [{ n }], next: n });
}

it('keeps each batch with its cursor before the next is read', async () => {
  const id = await bench.bind(STREAMED);
  bench.work();
  await tell(1);
  await tell(2);
  const next = await eventually(() => waiting[0]);
  expect(next.after).toBe('2');
  expect(await bench.status(id)).toMatchObject({ kind: 'stream', state: 'running', cursor: '2', events: 2 });
  expect((await bench.events(id)).map((event) => event.id)).toEqual(['thing-1', 'thing-2']);
});

it('is held by one host, and goes on in another where it was', async () => {
  const id = await bench.bind(STREAMED);
  const first = bench.work();
  await tell(1);
  await eventually(() => waiting.length === 1);
  bench.work();
  // The second host finds nothing to do while the first holds it.
  expect(await bench.store.takeDue({ owner: uuidv7(), leaseMs: 1_000, limit: 5 })).toEqual([]);
  expect(waiting).toHaveLength(1);
  waiting.length = 0;
  await first.close();
  const next = await eventually(() => waiting[0]);
  expect(next.after).toBe('1');
  await tell(2);
  await eventually(async () => (await bench.status(id)).cursor === '2');
});

it('ends when the trigger is paused, and is begun again when it is resumed', async () => {
  const id = await bench.bind(STREAMED);
  bench.work();
  await eventually(() => waiting.length === 1);
  await switchPluginTrigger(bench.host.database, id, false);
  // What comes meanwhile is dropped with the cursor behind it.
  await tell(1);
  await switchPluginTrigger(bench.host.database, id, true);
  const again = await eventually(() => waiting[0]);
  expect(again.after).toBeNull();
  expect(await bench.events(id)).toEqual([]);
});

it('waits longer after each failure, and says why', async () => {
  bench.stub.behaviour = (_request, response) => json(response, 503, {});
  const id = await bench.bind(STREAMED);
  bench.work();
  await eventually(async () => (await bench.status(id)).state === 'failing');
  await bench.store.lookAgain();
  const nextIn = await eventually(async () => {
    const { nextAt, lookedAt, error } = await bench.status(id);
    const ms = nextAt.getTime() - (lookedAt?.getTime() ?? 0);
    return error?.includes('answered 503') === true && ms >= 9_900 && ms;
  });
  expect(nextIn).toBeGreaterThanOrEqual(9_900);
});
