import { bubble } from './bubble.js';
import { isOverdue } from './call-later.js';
import { expireCallReview, expirePending, timeOutCall } from './call-settle.js';
import { send, tryNextCandidate } from './call-send.js';
import { openReviewOf } from './cancel.js';
import { complete, fault, guarded } from './complete.js';
import { faultRun } from './finish.js';
import { TURN_ACTIVATIONS } from './limits.js';
import { giveUp } from './open-writes.js';
import { workflowError } from './problems.js';
import { scopeOf } from './scope.js';
import type { RunState, TaskNode } from './state.types.js';
import { retryTry } from './task-try.js';
import { askAgain } from './task-workflow.js';
import { locate, nodesOf, rawInput } from './tree.js';
import type { Frame, Result, Turn } from './turn.types.js';

/** Earliest deadline of a node, in epoch milliseconds. */
export function dueOf(node: TaskNode): number {
  const until = 'until' in node ? (node.until ?? Infinity) : Infinity;
  return Math.min(node.deadline ?? Infinity, until);
}

/** Earliest deadline of a run. */
export function earliestDue(state: RunState): number {
  let earliest = state.deadline ?? Infinity;
  for (const node of nodesOf(state.root)) earliest = Math.min(earliest, dueOf(node));
  return earliest;
}

/** Does everything whose time has come, the earliest first. True when there was anything. */
export function runDue(turn: Turn): boolean {
  let worked = false;
  while (turn.state.root !== undefined && turn.started < TURN_ACTIVATIONS && !turn.stop?.hit) {
    const due = earliestDue(turn.state);
    if (due > turn.now) break;
    worked = true;
    if (turn.state.deadline === due) {
      faultRun(turn, workflowError('timeout', 'The workflow did not end in time', '/'));
    } else {
      runDueNode(turn, due);
    }
  }
  return worked;
}

function runDueNode(turn: Turn, due: number): void {
  const frame = locate(turn, (node) => dueOf(node) === due);
  if (frame === undefined) return;
  const result = frame.node.deadline === due ? timeOut(turn, frame) : wake(turn, frame);
  bubble(turn, frame, result);
}

/** A task's own timeout: what is inside is given up, the task ends with a timeout error. */
function timeOut(turn: Turn, frame: Frame): Result {
  const scope = scopeOf(turn, frame);
  const reviewId = openReviewOf(frame.node);
  if (reviewId !== undefined) turn.entries.push({ kind: 'review.expired', ...scope.of, reviewId });
  giveUp(turn, frame, reviewId === undefined ? 'withdrawn' : 'expired');
  return fault(scope, workflowError('timeout', 'The task did not end in time', frame.task.pointer));
}

function wake(turn: Turn, frame: Frame): Result {
  const { node } = frame;
  if (node.type === 'parked') return startParked(turn, frame);
  const scope = scopeOf(turn, frame);
  return guarded(scope, () => {
    if (node.type === 'wait') return complete(scope, scope.input);
    if (node.type === 'try') return retryTry(turn, frame);
    if (node.type === 'call') return wakeCall(turn, frame);
    if (node.type === 'workflow') return askAgain(turn, frame);
    throw new Error(`A task of type ${node.type} has no deadline of its own`);
  });
}

function wakeCall(turn: Turn, frame: Frame): Result {
  const { node } = frame;
  if (node.type !== 'call' || node.phase === 'out') return timeOutCall(turn, frame);
  if (node.phase === 'review') return expireCallReview(turn, frame);
  if (isOverdue(node, turn.now)) return expirePending(turn, frame);
  const unsent = node.target.kind === 'capability' && node.target.connection === '';
  return unsent ? tryNextCandidate(turn, frame) : send(turn, frame);
}

/** Starts a task that was held back. */
export function startParked(turn: Turn, frame: Frame): Result {
  const { task, slot, node } = frame;
  const input = rawInput(frame, turn.state);
  const parent = frame.parent as Frame;
  return turn.start({ parent, task, input, inherits: node.input === undefined, slot });
}
