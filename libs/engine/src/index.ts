import type {
  ActiveTask,
  CallEffect,
  Decision,
  RunDefinition,
  RunEvent,
  RunIdentity,
} from './engine.types.js';
import type { RunState } from './state.types.js';

export type * from './engine.types.js';
export type * from './state.types.js';

/** The engine: what follows from an event. Pure: no clock, no I/O, no randomness; changes none of its arguments. */
export declare function decide(
  definition: RunDefinition,
  state: RunState | null,
  event: RunEvent,
  nowMs: number,
): Decision;
/** Calls that were sent and are not settled, for re-sending after a crash. */
export declare function outstandingCalls(state: RunState): CallEffect[];
/** Earliest deadline in epoch milliseconds, null when there is none. May lie in the past: then send `due` at once. */
export declare function wakeAt(state: RunState): number | null;
/** The state after a history. */
export declare function replay(
  definition: RunDefinition,
  events: readonly { event: RunEvent; at: number }[],
): RunState | null;
/**
 * The state just before a task started (pointer or position; default: the task whose fault ended the run), for `restored`.
 * Throws RestoreError when the history never came to that task.
 */
export declare function restore(
  definition: RunDefinition,
  events: readonly { event: RunEvent; at: number }[],
  fromTask?: string,
): RunState;
/** The task instances that are active, outermost first. */
export declare function activeTasks(state: RunState): ActiveTask[];
