import type { TaskMark } from '@/features/workflows/prepare/task-mark';
import type { WideFork } from '@/features/workflows/prepare/collapse';
import { formatDuration, plural } from '@/format/format';
import { unescapeToken } from '@/format/pointer';
import { latestByTask, type TaskFacts, type TaskState } from './task-facts';

/** The turns of the loops around an instance of a task, outermost first. */
export function turnsOf(position: string): { loop: string; turn: number }[] {
  return [...position.matchAll(/\[(\d+)\]/g)].map((found) => ({
    loop: pointerOf(position.slice(0, found.index)),
    turn: Number(found[1]),
  }));
}

/** A position without turns and visits: the JSON pointer of its task. */
const pointerOf = (position: string): string => position.replaceAll(/\[\d+\]|#\d+(?=\/|$)/g, '');

/** A loop of a run that took more than one turn. */
export interface Loop {
  loop: string;
  name: string;
  turns: number;
  /** Turns in which a task faulted. */
  faulted: number[];
}

/** The loops of which one may want to see a single turn, in the order in which they began. */
export function loopsOf(facts: readonly TaskFacts[]): Loop[] {
  const loops = new Map<string, { last: number; faulted: Set<number> }>();
  for (const { position, state } of facts) {
    for (const { loop, turn } of turnsOf(position)) {
      const known = loops.get(loop) ?? { last: 0, faulted: new Set<number>() };
      known.last = Math.max(known.last, turn);
      if (state === 'faulted') known.faulted.add(turn);
      loops.set(loop, known);
    }
  }
  return [...loops]
    .filter(([, { last }]) => last > 0)
    .map(([loop, { last, faulted }]) => ({
      loop,
      name: unescapeToken(loop.split('/').at(-1) ?? ''),
      turns: last + 1,
      faulted: [...faulted].sort((a, b) => a - b),
    }));
}

/** Which turn of which loop is looked at, from 0; a loop that is not there shows its latest. */
export type Turns = Readonly<Record<string, number>>;

/** The facts of the turns that are looked at. */
export function factsOfTurns(facts: readonly TaskFacts[], turns: Turns): readonly TaskFacts[] {
  if (Object.keys(turns).length === 0) return facts;
  return facts.filter(({ position }) =>
    turnsOf(position).every(({ loop, turn }) => turns[loop] === undefined || turns[loop] === turn),
  );
}

const WORST: TaskState[] = ['faulted', 'retrying', 'running', 'waiting', 'cancelled', 'completed', 'skipped'];

/** What the one node of a wide fork says of its branches: how many are in which state. */
function branchesMark(facts: readonly TaskFacts[], { id, branches }: WideFork): TaskMark | undefined {
  const own = facts.filter(({ task }) => task.startsWith(`${id}/`));
  if (own.length === 0) return undefined;
  const latest = latestByTask(own.filter(({ task }) => /^\/\d+\/[^/]+$/.test(task.slice(id.length))));
  const states = [...latest.values()].map(({ facts: { state } }) => state);
  const counts = WORST.map(
    (state) => [state, states.filter((each) => each === state).length] as const,
  ).filter(([, count]) => count > 0);
  const begun = states.length < branches ? [`${branches - states.length} not begun`] : [];
  return {
    state: counts[0]?.[0] ?? 'running',
    times: 1,
    note: [...counts.map(([state, count]) => `${count} ${state}`), ...begun].join(', '),
    startedMs: Math.min(...own.map(({ startedMs }) => startedMs)),
    retries: 0,
  };
}

function markOf(latest: TaskFacts, times: number): TaskMark {
  const tries = latest.attempts.length;
  const took = latest.endedMs === null ? null : formatDuration(latest.endedMs - latest.startedMs);
  const connection = latest.attempts.at(-1)?.connection ?? null;
  const note =
    latest.state === 'waiting' && latest.reviewId !== null
      ? 'waits for a person'
      : [took, connection, tries > 1 ? plural(tries, 'attempt') : null].filter(Boolean).join(' · ');
  return {
    state: latest.state,
    times,
    note: note === '' ? null : note,
    startedMs: latest.startedMs,
    retries: latest.retries.length,
  };
}

/** What the graph shows on each task: the latest instance of it among those that are looked at. */
export function marksOf(
  facts: readonly TaskFacts[],
  at: { endedMs: number | null; turns: Turns; forks: readonly WideFork[] },
): Map<string, TaskMark> {
  const marks = new Map<string, TaskMark>();
  const shown = factsOfTurns(facts, at.turns);
  for (const [task, { facts: latest, times }] of latestByTask(shown)) marks.set(task, markOf(latest, times));
  for (const fork of at.forks) {
    const mark = branchesMark(shown, fork);
    if (mark !== undefined) marks.set(fork.id, mark);
  }
  // The end is reached by a run that completed, and by no other.
  if (at.endedMs !== null)
    marks.set('end', { state: 'completed', times: 1, note: null, startedMs: at.endedMs, retries: 0 });
  return marks;
}
