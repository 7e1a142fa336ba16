import { changedRecords, type Change } from './changes.js';
import type { Polled } from './trigger.js';

interface Record_ {
  id: string;
  at: number;
  text: string;
}

const HOUR_MS = 3_600_000;
const BEGIN = Date.now() + HOUR_MS;

/** A system with records, which is polled with the cursor that the poll before gave. */
class Polls {
  readonly records = new Map<string, Record_>();
  readonly asked: number[] = [];
  cursor: unknown = null;

  /** Seconds after the beginning. */
  put(id: string, seconds: number, text = 'x'): void {
    this.records.set(id, { id, at: BEGIN + seconds * 1_000, text });
  }

  async poll(more: { eventsMax?: number; overlapMs?: number } = {}): Promise<Polled<string>> {
    const polled = await changedRecords({ cursor: this.cursor, list: (from) => this.#list(from), ...more });
    // As the database gives it back.
    this.cursor = JSON.parse(JSON.stringify(polled.cursor)) as unknown;
    return polled;
  }

  async told(more: { eventsMax?: number; overlapMs?: number } = {}): Promise<(string | undefined)[]> {
    return (await this.poll(more)).events.map(({ key }) => key);
  }

  async *#list(from: Date): AsyncGenerator<Change<string>[]> {
    await Promise.resolve();
    this.asked.push(from.getTime());
    const found = [...this.records.values()]
      .filter(({ at }) => at >= from.getTime())
      .sort((one, other) => one.at - other.at || one.id.localeCompare(other.id))
      .map(({ id, at, text }) => ({ id, at: new Date(at).toISOString(), data: text }));
    for (let i = 0; i < found.length; i += 3) yield found.slice(i, i + 3);
  }
}

let polls: Polls;
beforeEach(() => {
  polls = new Polls();
});

it('gives out what changes after the first look, once', async () => {
  polls.put('old', 0);
  expect(await polls.told()).toEqual([]);
  polls.put('a', 1);
  polls.put('b', 1);
  const { events } = await polls.poll();
  expect(events).toEqual(
    ['a', 'b'].map((key) => ({
      id: expect.stringContaining(`${key}@`),
      key,
      data: 'x',
      time: new Date(BEGIN + 1_000).toISOString(),
    })),
  );
  expect(await polls.told()).toEqual([]);
});

it('gives out a second change of a record, also within the second, and names it otherwise', async () => {
  await polls.poll();
  polls.put('a', 1, 'first');
  const [first] = (await polls.poll()).events;
  polls.put('a', 1, 'second');
  const [second] = (await polls.poll()).events;
  polls.put('a', 2, 'second');
  const [third] = (await polls.poll()).events;
  expect(new Set([first?.id, second?.id, third?.id]).size).toBe(3);
  expect(await polls.told()).toEqual([]);
});

it('takes one version of a record for one change, whatever it says', async () => {
  const poll = (cursor: unknown, data: string) =>
    changedRecords({
      cursor,
      list: async function* () {
        yield await Promise.resolve([{ id: 'a', at: new Date(BEGIN).toISOString(), data, version: '1' }]);
      },
    });
  const first = await poll({ from: new Date(BEGIN).toISOString(), seen: [] }, 'x');
  expect(first.events).toHaveLength(1);
  expect((await poll(first.cursor, 'y')).events).toEqual([]);
});

it('finds what was stored late, inside the overlap', async () => {
  await polls.poll();
  polls.put('new', 100);
  await polls.poll();
  polls.put('late', 1);
  expect(await polls.told()).toEqual(['late']);
  expect(polls.asked.at(-1)).toBe(BEGIN + 100_000 - 120_000);
});

it('goes on at once where there is more, through many of one moment', async () => {
  await polls.poll();
  for (let i = 10; i < 30; i += 1) polls.put(`r${i}`, 1);
  const told: (string | undefined)[] = [];
  for (let more: boolean | undefined = true; more === true;) {
    const polled = await polls.poll({ eventsMax: 7 });
    told.push(...polled.events.map(({ key }) => key));
    more = polled.more;
  }
  expect(told).toEqual([...polls.records.keys()]);
});

it('keeps a cursor that a host stores, whatever changes', async () => {
  await polls.poll();
  for (let i = 0; i < 2_500; i += 1) polls.put(`record-${i}`, i / 100);
  const told = await polls.told({ eventsMax: 10_000 });
  expect(told).toHaveLength(2_500);
  expect(JSON.stringify(polls.cursor).length).toBeLessThan(64 * 1_024);
  expect(await polls.told()).toEqual([]);
});

it('says so when too much changed at one moment, and refuses a cursor that is another’s', async () => {
  await polls.poll();
  for (let i = 0; i <= 2_000; i += 1) polls.put(`${i}`, 1);
  await expect(polls.poll({ eventsMax: 10_000 })).rejects.toMatchObject({ fate: 'permanent', status: 422 });
  polls.cursor = { page: 3 };
  await expect(polls.poll()).rejects.toMatchObject({ fate: 'permanent', status: 409 });
});

it('gives the same events again when its cursor was not kept', async () => {
  await polls.poll();
  const { cursor } = polls;
  polls.put('a', 1);
  const first = await polls.poll();
  polls.cursor = cursor;
  expect(await polls.poll()).toEqual(first);
});
