import type { JournalEntry } from '@tutti/contracts';
import { decide, decideUntil } from './decide.js';
import type { RunDefinition, RunEvent } from './engine.types.js';
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

/** The state after a history; null when it is empty. */
export function replay(definition: RunDefinition, events: readonly RecordedEvent[]): RunState | null {
  let state: RunState | null = null;
  for (const { event, at } of events) state = decide(definition, state, event, at).state;
  return state;
}

/**
 * The state just before a task started, by replay: `{ kind: 'restored', run, state }` then begins a new run
 * from it. `fromTask` is a JSON pointer or a position; the last start counts. Default: the task whose fault
 * ended the run. Throws RestoreError when the history never came to that task.
 */
export function restore(
  definition: RunDefinition,
  events: readonly RecordedEvent[],
  fromTask?: string,
): RunState {
  const history = decideAll(definition, events);
  const place = fromTask ?? faultedPosition(history);
  if (place === undefined)
    throw new RestoreError('The run did not fault: name the task to start again from.');
  const index = history.findLastIndex(({ entries }) => startsOf(entries, place) > 0);
  if (index < 0) throw new RestoreError(`The run never came to the task ${place}.`);
  const step = history[index] as Step;
  const stop: StopPoint = { place, ordinal: startsOf(step.entries, place) - 1, hit: false };
  const { state } = decideUntil({ definition, state: step.before, nowMs: step.at, stop }, step.event);
  if (state === null || !stop.hit)
    throw new RestoreError(`The state before the task ${place} could not be found again.`);
  return { ...state, restoredAt: step.at };
}

interface Step extends RecordedEvent {
  before: RunState | null;
  entries: JournalEntry[];
}

function decideAll(definition: RunDefinition, events: readonly RecordedEvent[]): Step[] {
  let before: RunState | null = null;
  return events.map(({ event, at }) => {
    const { state, entries } = decide(definition, before, event, at);
    const step = { event, at, before, entries };
    before = state;
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
