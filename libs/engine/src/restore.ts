import type { JournalEntry } from '@tutti/contracts';
import { decideUntil } from './decide.js';
import type { RunDefinition, RunEffect, RunEvent } from './engine.types.js';
import { decideOver, firstDefinition, migratedState, type Versions } from './migrate.js';
import { migrationBlocks } from './migration-blocks.js';
import type { RunState } from './state.types.js';
import type { StopPoint } from './turn.types.js';

/** An event of a run's journal with the time at which it was decided on. */
export interface RecordedEvent {
  event: RunEvent;
  at: number;
}

/** The run cannot be started again from there; the message says why. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
}

const NO_VERSIONS: Versions = new Map();

/**
 * The state after a history; null when it is empty. `definition` is that of the version which the run has at
 * its end; of a run that was migrated, `versions` has those before (`versionsOf`).
 */
export function replay(
  definition: RunDefinition,
  events: readonly RecordedEvent[],
  versions = NO_VERSIONS,
): RunState | null {
  return decideAll(definition, events, versions).at(-1)?.after ?? null;
}

/**
 * The state just before a task started, by replay: `{ kind: 'restored', run, state }` then begins a new run
 * from it. `fromTask` is a JSON pointer or a position; the last start counts. Default: the task whose fault
 * ended the run. Throws RestoreError when the history never came to that task. A run that was migrated is
 * replayed over its versions, and the state is one of its last version: should that not be possible from the
 * task, it is refused with the reason.
 */
export function restore(
  definition: RunDefinition,
  events: readonly RecordedEvent[],
  at: { fromTask?: string | undefined; versions?: Versions } = {},
): RunState {
  return restorePoint(definition, events, at).state;
}

/** Where in a history a retry begins. */
export interface RestorePoint {
  state: RunState;
  /** The start of the task that it begins with. */
  start: Extract<JournalEntry, { kind: 'task.started' }>;
  /** What the history decided before that start and from it on. */
  before: Decided;
  after: Decided;
}

/** Entries of a part of a history, and the effects of its turns. */
export interface Decided {
  entries: JournalEntry[];
  effects: RunEffect[];
}

/** The place of `restore` with what was decided before and after it. */
export function restorePoint(
  last: RunDefinition,
  events: readonly RecordedEvent[],
  { fromTask, versions = NO_VERSIONS }: { fromTask?: string | undefined; versions?: Versions },
): RestorePoint {
  const history = decideAll(last, events, versions);
  const place = fromTask ?? faultedPosition(history);
  if (place === undefined)
    throw new RestoreError('The run did not fault: name the task to start again from.');
  const index = history.findLastIndex(({ entries }) => startsOf(entries, place) > 0);
  if (index < 0) throw new RestoreError(`The run never came to the task ${place}.`);
  const step = history[index] as Step;
  const stop: StopPoint = { place, ordinal: startsOf(step.entries, place) - 1, hit: false };
  const { definition, before, at: nowMs } = step;
  const { state } = decideUntil({ definition, state: before, nowMs, stop }, step.event);
  if (state === null || !stop.hit)
    throw new RestoreError(`The state before the task ${place} could not be found again.`);
  const migrated = overMigrations(state, [...history.slice(index).map((later) => later.definition), last]);
  return { state: { ...migrated, restoredAt: step.at }, ...splitAt(history, index, place) };
}

/** The state as the later versions of the run make it, one after the other. */
function overMigrations(state: RunState, definitions: readonly RunDefinition[]): RunState {
  let migrated = state;
  for (const [i, from] of definitions.entries()) {
    const to = definitions[i + 1];
    if (to === undefined || to === from) continue;
    const [block] = migrationBlocks(migrated, from, to);
    if (block !== undefined)
      throw new RestoreError(
        `The run was migrated to version ${to.identity.version} after that task, and cannot go on with it ` +
          `from there: ${block.position || 'the run'} ${block.reason}.`,
      );
    migrated = migratedState(migrated, from, to);
  }
  return migrated;
}

/** The history in two parts; the turn of the start is in both with its effects. */
function splitAt(
  history: readonly Step[],
  index: number,
  place: string,
): Pick<RestorePoint, 'start' | 'before' | 'after'> {
  const { entries } = history[index] as Step;
  const at = entries.findLastIndex((entry) => startsOf([entry], place) > 0);
  const earlier = history.slice(0, index);
  const later = history.slice(index + 1);
  return {
    start: entries[at] as RestorePoint['start'],
    before: {
      entries: [...earlier.flatMap((step) => step.entries), ...entries.slice(0, at)],
      effects: history.slice(0, index + 1).flatMap((step) => step.effects),
    },
    after: {
      entries: [...entries.slice(at), ...later.flatMap((step) => step.entries)],
      effects: history.slice(index).flatMap((step) => step.effects),
    },
  };
}

interface Step extends RecordedEvent {
  /** By which it was decided. */
  definition: RunDefinition;
  before: RunState | null;
  after: RunState | null;
  entries: JournalEntry[];
  effects: RunEffect[];
}

function decideAll(last: RunDefinition, events: readonly RecordedEvent[], versions: Versions): Step[] {
  let definition = firstDefinition(events, last, versions);
  let before: RunState | null = null;
  const all: Versions = new Map([...versions, [last.identity.versionId, last]]);
  return events.map(({ event, at }) => {
    const now = definition;
    const over = decideOver({ definition, versions: all, state: before, nowMs: at }, event);
    const { state: after, entries, effects } = over.decision;
    const step = { event, at, definition: now, before, after, entries, effects };
    before = after;
    definition = over.definition;
    return step;
  });
}

function startsOf(entries: readonly JournalEntry[], place: string): number {
  return entries.filter(
    (entry) => entry.kind === 'task.started' && (entry.task === place || entry.position === place),
  ).length;
}

/**
 * The innermost task of the fault that ended the run: its entry comes before those of the tasks around it.
 */
function faultedPosition(history: readonly Step[]): string | undefined {
  const last = history.findLast(({ entries }) => entries.some(({ kind }) => kind === 'run.faulted'));
  const end = last?.entries.at(-1);
  if (last === undefined || end?.kind !== 'run.faulted') return undefined;
  for (const entry of last.entries) {
    if (entry.kind === 'task.faulted' && entry.error === end.error) return entry.position;
  }
  return undefined;
}
