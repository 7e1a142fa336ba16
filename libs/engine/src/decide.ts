import { RUN_ENDED, type RunStatus } from '@tutti/contracts';
import { bubble } from './bubble.js';
import { settleCall } from './call-settle.js';
import { applyCommand } from './command.js';
import { guarded } from './complete.js';
import { runDue } from './due.js';
import type { Decision, RunDefinition, RunEvent } from './engine.types.js';
import { faultRun } from './finish.js';
import { workflowError } from './problems.js';
import { applyRestored } from './restored.js';
import { scopeOf } from './scope.js';
import { startTask } from './start.js';
import { startRun } from './start-run.js';
import type { RunState, TaskNode } from './state.types.js';
import { childRefused, childStarted } from './task-workflow.js';
import { locateAt } from './tree.js';
import type { Fresh, StopPoint, Turn } from './turn.types.js';

/**
 * The engine: what follows from an event. Pure: no clock, no I/O, no randomness; changes none of its
 * arguments. An event that is late, repeated or unknown changes nothing and `ignored` says why. Never throws:
 * a bug of the engine faults the run.
 */
// oxlint-disable-next-line max-params -- the one door of the engine: definition, state, event, time.
export function decide(
  definition: RunDefinition,
  state: RunState | null,
  event: RunEvent,
  nowMs: number,
): Decision {
  return decideUntil({ definition, state, nowMs }, event);
}

/** `decide`, for a replay that stops before a task starts, or for one of several decisions of a turn. */
export function decideUntil(
  {
    definition,
    state,
    nowMs,
    stop,
    fresh,
  }: {
    definition: RunDefinition;
    state: RunState | null;
    nowMs: number;
    stop?: StopPoint;
    fresh?: Fresh | undefined;
  },
  event: RunEvent,
): Decision {
  const begins = event.kind === 'start' || event.kind === 'restored';
  if (state === null) {
    if (!begins) return ignore(state, 'The run has not started');
  } else {
    if (begins) return ignore(state, 'The run has started already');
    if (RUN_ENDED.has(state.status)) return ignore(state, `The run is ${state.status}`);
  }
  const turn = newTurn(definition, { state: begins ? event : (state as RunState), nowMs, stop, fresh });
  const reason = applySafely(turn, event);
  if (reason !== undefined) return ignore(state, reason);
  if (!RUN_ENDED.has(turn.state.status)) turn.state.status = activeStatus(turn.state);
  return { state: turn.state, effects: turn.effects, entries: turn.entries };
}

function ignore(state: RunState | null, ignored: string): Decision {
  return { ignored, state, effects: [], entries: [] };
}

function newTurn(
  definition: RunDefinition,
  from: {
    state: RunState | Extract<RunEvent, { kind: 'start' | 'restored' }>;
    nowMs: number;
    stop: StopPoint | undefined;
    fresh: Fresh | undefined;
  },
): Turn {
  const turn: Turn = {
    definition,
    state: 'v' in from.state ? { ...from.state } : { v: 1, run: from.state.run, status: 'running' },
    now: from.nowMs,
    effects: [],
    entries: [],
    stop: from.stop,
    fresh: from.fresh,
    started: 0,
    start: (request) => startTask(turn, request),
  };
  return turn;
}

function applySafely(turn: Turn, event: RunEvent): string | undefined {
  try {
    return apply(turn, event);
  } catch (defect) {
    // The run must not stand still for ever because of a bug, nor take the others of its batch with it.
    const detail = `The engine failed: ${(defect as Error).message}`;
    faultRun(turn, workflowError('runtime', detail, '/'));
    return undefined;
  }
}

function apply(turn: Turn, event: RunEvent): string | undefined {
  switch (event.kind) {
    case 'start':
      return startRun(turn, event.input);
    case 'restored':
      return applyRestored(turn, event.state);
    case 'settled':
      return settle(turn, event);
    case 'child.started':
      return childStarted(turn, event);
    case 'child.refused':
      return childRefused(turn, event);
    case 'due':
      if (turn.state.suspended) return 'The run is suspended';
      return runDue(turn) ? undefined : 'Nothing is due';
    case 'command':
      return applyCommand(turn, event.command);
  }
}

function settle(turn: Turn, event: Extract<RunEvent, { kind: 'settled' }>): string | undefined {
  const frame = locateAt(
    turn,
    event.callId,
    (node) => node.type === 'call' && node.phase === 'out' && node.attempt === event.attempt,
  );
  if (frame === undefined) return 'The attempt is not outstanding';
  bubble(
    turn,
    frame,
    guarded(scopeOf(turn, frame), () => settleCall(turn, frame, event)),
  );
  return undefined;
}

/**
 * `waiting` when everything that is active waits for time or for people, as the DSL defines it; a run of
 * another workflow is work.
 */
function activeStatus({ suspended, root }: RunState): RunStatus {
  if (suspended) return 'suspended';
  return root !== undefined && isAtWork(root) ? 'running' : 'waiting';
}

function isAtWork(node: TaskNode): boolean {
  if (node.type === 'call')
    return node.phase === 'out' || (node.phase === 'delay' && node.pending === undefined);
  if (node.type === 'workflow' || node.type === 'parked') return true;
  if (node.type === 'try' && node.phase === 'delay') return true;
  if (node.type !== 'fork') return 'child' in node && node.child !== undefined && isAtWork(node.child);
  // From the last branch on: most often the first ones were answered first, and it is asked for each answer.
  return node.branches.findLast((branch) => branch.node !== undefined && isAtWork(branch.node)) !== undefined;
}
