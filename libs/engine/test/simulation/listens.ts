import assert from 'node:assert/strict';
import { RUN_ENDED, type CloudEvent, type JournalEntry } from '@tutti/contracts';
import { activeTasks, type RunState } from '../../src/index.js';

type Task = Record<string, unknown>;

/** The tasks of a workflow that listen, in forms whose meaning is written down below without the engine. */
export const LISTENS: readonly Task[] = [
  {
    listen: { to: { one: { with: { type: 'go', data: '${ .n == 1 }' } } } },
    output: { as: '{ n: length }' },
  },
  {
    listen: { to: { all: [{ with: { type: 'a' } }, { with: { type: 'b' } }] } },
    output: { as: '{ n: length }' },
  },
  {
    listen: { to: { any: [{ with: { type: 'a' } }, { with: { type: 'go' } }] } },
    output: { as: '{ n: length }' },
  },
  {
    listen: { to: { any: [], until: { one: { with: { type: 'stop' } } } } },
    output: { as: '{ n: 3 }' },
  },
  {
    listen: { to: { any: [{ with: { type: 'a' } }], until: 'length == 2' } },
    output: { as: '{ n: length }' },
  },
];
/** The last of them with tasks for each event. */
export const LISTEN_FOR_EACH = LISTENS.at(-1) as Task;

/** Events that the last strategy of a listen of the simulation consumes. */
export function eventsOf(task: Task): number {
  const { to } = task.listen as { to: { all?: unknown[]; until?: unknown } };
  return to.all?.length ?? (typeof to.until === 'string' ? 2 : 1);
}

interface Filter {
  with: { type: string; data?: string };
}
interface Strategy {
  one?: Filter;
  all?: Filter[];
  any?: Filter[];
  until?: string | { one: Filter };
}

/** What a listen has received since it began. */
interface Listening {
  to: Strategy;
  received: string[];
  stopped: boolean;
}

const matches = (filter: Filter, event: CloudEvent): boolean =>
  filter.with.type === event.type &&
  (filter.with.data === undefined || (event.data as { n: number }).n === 1);

/** Whether a listen wants an event, as the specification has it. */
function wants({ to, received, stopped }: Listening, event: CloudEvent): boolean {
  if (stopped) return false;
  if (typeof to.until === 'object' && matches(to.until.one, event)) return true;
  if (to.one) return received.length === 0 && matches(to.one, event);
  if (to.all) return to.all.some((one) => matches(one, event)) && !received.includes(event.type);
  if (to.until === undefined && received.length > 0) return false;
  return to.any?.length === 0 || (to.any ?? []).some((one) => matches(one, event));
}

/** Watches that every event that was given to the run is taken by who wants it, and once. */
export class ListenModel {
  private readonly listening = new Map<string, Listening>();
  private readonly kept = new Set<string>();
  private readonly given = new Set<string>();
  private readonly taken = new Set<string>();

  constructor(private readonly definitionOf: (pointer: string) => Task) {}

  /** An event was decided on in a turn that was committed; `entries` are those of the decision, if any. */
  offered(
    { event, signal, before }: { event: CloudEvent; signal: boolean; before: RunState | null },
    entries: readonly JournalEntry[],
  ): void {
    const { id } = event;
    assert.ok(!this.given.has(id), `the event ${id} was given to the run twice`);
    this.given.add(id);
    if (before === null || RUN_ENDED.has(before.status)) return;
    const wanting = this.wanting(event, before);
    const got = positionsOf(entries, id);
    for (const position of got)
      assert.ok(wanting.has(position), `${position} took ${id}, which it does not want`);
    if (wanting.size > 0)
      assert.ok(got.length > 0, `the event ${id} is forgotten: ${[...wanting].join(', ')}`);
    const kept = entries.some((entry) => entry.kind === 'event.kept' && entry.event.id === id);
    if (signal && wanting.size === 0) assert.ok(kept, `the signal ${id} is forgotten`);
    if (kept) this.kept.add(id);
  }

  /** What a committed decision says, after `offered`. */
  observe(entries: readonly JournalEntry[]): void {
    const now = new Set<string>();
    for (const entry of entries) {
      if (entry.kind === 'listen.started') this.begin(entry.position, entry.task);
      if (entry.kind !== 'event.received') continue;
      const { id, type } = entry.event;
      assert.ok(this.given.has(id), `the event ${id} came from nowhere`);
      assert.ok(!this.taken.has(id), `the event ${id} is consumed twice`);
      if (this.kept.delete(id)) this.taken.add(id);
      now.add(id);
      const listening = this.listening.get(entry.position) as Listening;
      if (entry.as === 'until') listening.stopped = true;
      else listening.received.push(type);
    }
    assert.ok(now.size <= 1 || [...now].every((id) => this.given.has(id)), 'several events in one decision');
    for (const id of now) this.taken.add(id);
    for (const one of [positionsTwice(entries)].flat()) assert.fail(`${one} takes one event twice`);
  }

  private begin(position: string, task: string): void {
    const { to } = this.definitionOf(task).listen as { to: Strategy };
    this.listening.set(position, { to, received: [], stopped: false });
  }

  private wanting(event: CloudEvent, before: RunState): Set<string> {
    const active = activeTasks(before).filter(({ type }) => type === 'listen');
    const positions = active.map(({ position }) => position);
    return new Set(
      positions.filter((position) => {
        const listening = this.listening.get(position);
        return listening !== undefined && wants(listening, event);
      }),
    );
  }
}

function positionsOf(entries: readonly JournalEntry[], id: string): string[] {
  return entries.flatMap((entry) =>
    entry.kind === 'event.received' && entry.event.id === id ? [entry.position] : [],
  );
}

/** Positions that took one event twice in a decision, without having begun anew between. */
function positionsTwice(entries: readonly JournalEntry[]): string[] {
  const seen = new Set<string>();
  return entries.flatMap((entry) => {
    if (entry.kind !== 'event.received') return [];
    const name = `${entry.position} ${entry.event.id}`;
    if (seen.has(name)) return [name];
    seen.add(name);
    return [];
  });
}
