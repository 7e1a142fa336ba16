import type { ChildEnded, JournalEntry, Problem } from '@tutti/contracts';
import type { WorkflowTask } from '@tutti/workflow';
import { bubble } from './bubble.js';
import { ofNode } from './call-node.js';
import { complete, enter, fault, guarded, nodeBase, overLimit } from './complete.js';
import type { RunEvent, RunStartEffect } from './engine.types.js';
import { attemptBase, childRunId, noteAttempt } from './identifiers.js';
import { RUN_LIMITS, START_AGAIN_MS } from './limits.js';
import { workflowError } from './problems.js';
import { scopeOf, type TaskScope } from './scope.js';
import { secretRefused } from './secret-refused.js';
import { holdsSecret } from './secrets.js';
import type { RunState, WorkflowNode } from './state.types.js';
import { clear, locateAt, positionOf, taskInput } from './tree.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

/**
 * `run: workflow`: asks the hub to start a run of another workflow. The hub answers in the same turn, with
 * `child.started` or `child.refused`; both are stored with the run that was started, or not at all.
 */
export function beginWorkflow(scope: TaskScope, task: WorkflowTask): Result {
  const { turn } = scope;
  const followers = turn.state.followers?.length ?? 0;
  if (!task.awaits && task.cascade === 'cancel' && followers >= RUN_LIMITS.followers)
    return overLimit(scope, 'followers', RUN_LIMITS.followers);
  const given = task.with?.evaluate(scope.input, scope);
  if (holdsSecret(turn.definition, turn.state, given ?? scope.input))
    return secretRefused(scope, 'A sub-workflow');
  const node: WorkflowNode = {
    ...nodeBase(scope),
    type: 'workflow',
    phase: 'starting',
    runId: childRunId(turn, scope.position, attemptBase(scope.parent) + 1),
    cascade: task.cascade,
    until: turn.now + START_AGAIN_MS,
  };
  if (task.with !== undefined) node.given = given;
  noteAttempt(scope.parent, attemptBase(scope.parent) + 1);
  return ask(turn, enter(scope, node));
}

/** Asks once more: the hub had more to start than one turn takes. */
export function askAgain(turn: Turn, frame: Frame): Result {
  (frame.node as WorkflowNode).until = turn.now + START_AGAIN_MS;
  return ask(turn, frame);
}

/** In a run that goes on where another one stopped: what that one had started is started anew. */
export function startAnew(turn: Turn, position: string): void {
  const frame = locateAt(turn, position, (node) => node.type === 'workflow') as Frame;
  const node = frame.node as WorkflowNode;
  node.runId = childRunId(turn, position, attemptBase(frame.parent) + 1);
  node.phase = 'starting';
  askAgain(turn, frame);
}

function ask(turn: Turn, frame: Frame): Result {
  const node = frame.node as WorkflowNode;
  const task = frame.task as WorkflowTask;
  const effect: RunStartEffect = {
    kind: 'run.start',
    runId: node.runId,
    position: positionOf(node),
    workflow: task.target,
    input: 'given' in node ? node.given : taskInput(frame, turn.state),
    isTold: task.awaits || task.cascade === 'cancel',
  };
  turn.effects.push(effect);
  return BLOCKED;
}

/** The hub has started the run; the result is why that changes nothing, undefined when it does. */
export function childStarted(
  turn: Turn,
  { runId, position, workflow }: Extract<RunEvent, { kind: 'child.started' }>,
): string | undefined {
  const frame = locateAt(turn, position, (node) => isOf(node, runId) && node.phase === 'starting');
  if (frame === undefined) return 'No task waits for the start of this run';
  const task = frame.task as WorkflowTask;
  const { namespace, name, version } = workflow;
  const entry: JournalEntry = {
    kind: 'child.started',
    ...ofNode(turn, frame),
    runId,
    workflow: { namespace, name, version },
    awaited: task.awaits,
  };
  turn.entries.push(entry);
  if (task.awaits) {
    (frame.node as WorkflowNode).phase = 'running';
    clear(frame.node as WorkflowNode, 'until');
    return undefined;
  }
  if (task.cascade === 'cancel') turn.state.followers = [...(turn.state.followers ?? []), runId];
  end(turn, frame, (scope) => complete(scope, scope.input));
  return undefined;
}

/** The hub cannot start the run. */
export function childRefused(
  turn: Turn,
  { runId, position, error }: Extract<RunEvent, { kind: 'child.refused' }>,
): string | undefined {
  const frame = locateAt(turn, position, (node) => isOf(node, runId) && node.phase === 'starting');
  if (frame === undefined) return 'No task waits for the start of this run';
  end(turn, frame, (scope) => fault(scope, here(error, scope)));
  return undefined;
}

/** A run that this one started has ended. */
export function childEnded(turn: Turn, command: ChildEnded): string | undefined {
  const { runId, position, status } = command;
  const frame = locateAt(turn, position, (node) => isOf(node, runId) && node.phase === 'running');
  if (frame === undefined)
    return forgetFollower(turn.state, runId) ? undefined : 'Nothing waits for this run';
  turn.entries.push({ kind: 'child.ended', ...ofNode(turn, frame), runId, status });
  end(turn, frame, (scope) => outcome(scope, command));
  return undefined;
}

function outcome(scope: TaskScope, { runId, status, output, error }: ChildEnded): Result {
  const task = scope.task as WorkflowTask;
  if (status === 'completed') return complete(scope, task.silent ? null : (output ?? null));
  if (status === 'faulted' && error !== undefined) return fault(scope, here(error, scope));
  const { namespace, name } = task.target;
  const detail = `The run ${runId} of ${namespace}/${name} was ${status}`;
  return fault(scope, workflowError('runtime', detail, task.pointer));
}

/** The error of another run as one of this task: its `instance` is a place in another document. */
function here(error: Problem, { task }: TaskScope): Problem {
  return { ...error, instance: task.pointer };
}

function end(turn: Turn, frame: Frame, result: (scope: TaskScope) => Result): void {
  const scope = scopeOf(turn, frame);
  bubble(
    turn,
    frame,
    guarded(scope, () => result(scope)),
  );
}

function isOf(node: { type: string }, runId: string): node is WorkflowNode {
  return node.type === 'workflow' && (node as WorkflowNode).runId === runId;
}

function forgetFollower(state: RunState, runId: string): boolean {
  if (!state.followers?.includes(runId)) return false;
  const left = state.followers.filter((id) => id !== runId);
  if (left.length > 0) state.followers = left;
  else clear(state, 'followers');
  return true;
}
