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
  let state: RunState | null = null;
  for (const { after } of decideAll(definition, events, versions)) state = after;
  return state;
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
  { fromTask, versions = NO_VERSIONS }: { fromTask?: string | undefined; versions?: Versions } = {},
): RunState {
  // Decided anew for each pass: what all turns of a long run decided is a hundred times what is kept of it.
  const history = () => decideAll(definition, events, versions);
  const place = fromTask ?? faultedPosition(history());
  return stateBefore(definition, place, lastStart(history(), place));
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
  const history = [...decideAll(last, events, versions)];
  const place = fromTask ?? faultedPosition(history);
  const found = lastStart(history, place);
  return { state: stateBefore(last, place, found), ...splitAt(history, found.index, place) };
}

/** The last turn in which a task started. */
interface LastStart {
  step: Step;
  index: number;
  /** By which it and the turns after it were decided. */
  definitions: RunDefinition[];
}

function lastStart(history: Iterable<Step>, place: string): LastStart {
  let found: LastStart | undefined;
  let index = 0;
  for (const step of history) {
    const { definition } = step;
    if (startsOf(step.entries, place) > 0) found = { step, index, definitions: [definition] };
    else if (found !== undefined && found.definitions.at(-1) !== definition)
      found.definitions.push(definition);
    index += 1;
  }
  if (found === undefined) throw new RestoreError(`The run never came to the task ${place}.`);
  return found;
}

function stateBefore(last: RunDefinition, place: string, { step, definitions }: LastStart): RunState {
  const stop: StopPoint = { place, ordinal: startsOf(step.entries, place) - 1, hit: false };
  const { definition, before, at: nowMs } = step;
  const { state } = decideUntil({ definition, state: before, nowMs, stop }, step.event);
  if (state === null || !stop.hit)
    throw new RestoreError(`The state before the task ${place} could not be found again.`);
  return { ...overMigrations(state, [...definitions, last]), restoredAt: step.at };
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

/** An event of a history with what it led to. */
export interface Step extends RecordedEvent {
  /** By which it was decided. */
  definition: RunDefinition;
  before: RunState | null;
  after: RunState | null;
  entries: JournalEntry[];
  effects: RunEffect[];
}

/** A history, decided anew event by event. */
export function* decideAll(
  last: RunDefinition,
  events: readonly RecordedEvent[],
  versions: Versions,
): Generator<Step, void> {
  let definition = firstDefinition(events, last, versions);
  let before: RunState | null = null;
  const all: Versions = new Map([...versions, [last.identity.versionId, last]]);
  for (const { event, at } of events) {
    const over = decideOver({ definition, versions: all, state: before, nowMs: at }, event);
    const { state: after, entries, effects } = over.decision;
    yield { event, at, definition, before, after, entries, effects };
    before = after;
    definition = over.definition;
  }
}

function startsOf(entries: readonly JournalEntry[], place: string): number {
  return entries.filter(
    (entry) => entry.kind === 'task.started' && (entry.task === place || entry.position === place),
  ).length;
}

/**
 * The innermost task of the fault that ended the run: its entry comes before those of the tasks around it.
 */
function faultedPosition(history: Iterable<Step>): string {
  let fault: Step | undefined;
  for (const step of history) if (step.entries.some(({ kind }) => kind === 'run.faulted')) fault = step;
  const end = fault?.entries.at(-1);
  for (const entry of fault?.entries ?? []) {
    if (entry.kind === 'task.faulted' && end?.kind === 'run.faulted' && entry.error === end.error)
      return entry.position;
  }
  throw new RestoreError('The run did not fault: name the task to start again from.');
}
