import type { CompiledTask } from '@tutti/workflow';
import { beginCall } from './call-begin.js';
import { complete, fault, guarded, overLimit, violation } from './complete.js';
import { RUN_LIMITS, TURN_ACTIVATIONS } from './limits.js';
import { TaskScope } from './scope.js';
import { beginExtension, isDecided, skipExtended } from './task-extension.js';
import { beginFork } from './task-fork.js';
import { beginListen } from './task-listen.js';
import { beginReview } from './task-review.js';
import { beginTry } from './task-try.js';
import { beginDo, beginFor, beginFunction } from './tasks-composite.js';
import { beginEmit, beginRaise, beginSwitch, beginWait } from './tasks-simple.js';
import { beginWorkflow } from './task-workflow.js';
import { attach, childPosition, depthOf } from './tree.js';
import { BLOCKED, type Result, type StartRequest, type Turn } from './turn.types.js';
import type { ParkedNode } from './state.types.js';

/** Starts a task: `if`, `input.schema`, `input.from` (DSL, "Data flow"), then what the task does. */
export function startTask(turn: Turn, request: StartRequest): Result {
  const instance = childPosition(request.parent, request.task);
  if (mustWait(turn, request.task, instance)) return park(turn, request, instance);
  const { state } = turn;
  turn.started += 1;
  state.activations = (state.activations ?? 0) + 1;
  const scope = new TaskScope(turn, request, { instance, since: turn.now });
  const { pointer, name, type } = request.task;
  turn.entries.push({
    kind: 'task.started',
    task: pointer,
    name,
    position: scope.position,
    at: turn.now,
    type,
  });
  if (state.activations > RUN_LIMITS.activations)
    return overLimit(scope, 'activations', RUN_LIMITS.activations);
  if (depthOf(request.parent) > RUN_LIMITS.depth) return overLimit(scope, 'depth', RUN_LIMITS.depth);
  return guarded(scope, () => begin(scope, request.task));
}

function begin(scope: TaskScope, task: CompiledTask): Result {
  if (task.if !== undefined && !isDecided(scope.parent) && !task.if.test(scope.raw, scope)) {
    scope.turn.entries.push({ kind: 'task.skipped', ...scope.of, type: task.type });
    if (task.type === 'extension') return skipExtended(scope, task);
    // A task that is skipped directs nothing: the flow goes on to the next one.
    return { kind: 'done', output: scope.raw, then: 'continue' };
  }
  const wrong = violation(task.input, scope.raw, { what: 'The input', instance: task.pointer });
  if (wrong !== undefined) return fault(scope, wrong);
  if (task.input.transform !== undefined) scope.input = task.input.transform.evaluate(scope.raw, scope);
  return perform(scope, task);
}

function perform(scope: TaskScope, task: CompiledTask): Result {
  switch (task.type) {
    case 'set':
      return complete(scope, task.value.evaluate(scope.input, scope));
    case 'switch':
      return beginSwitch(scope, task);
    case 'call':
      return beginCall(scope, task);
    case 'do':
      return beginDo(scope, task);
    case 'listen':
      return beginListen(scope, task);
    case 'for':
      return beginFor(scope, task);
    case 'fork':
      return beginFork(scope, task);
    case 'try':
      return beginTry(scope, task);
    case 'wait':
      return beginWait(scope, task);
    case 'raise':
      return beginRaise(scope, task);
    case 'emit':
      return beginEmit(scope, task);
    case 'review':
      return beginReview(scope, task);
    case 'workflow':
      return beginWorkflow(scope, task);
    case 'function':
      return beginFunction(scope, task);
    case 'extension':
      return beginExtension(scope, task);
  }
}

/**
 * Whether a task is not to start now: the run is suspended, the turn is full, or a replay has come to where
 * it stops.
 */
function mustWait(turn: Turn, task: CompiledTask, instance: string | undefined): boolean {
  if (turn.state.suspended || turn.started >= TURN_ACTIVATIONS) return true;
  const { stop } = turn;
  if (stop === undefined) return false;
  if (!stop.hit && (task.pointer === stop.place || instance === stop.place)) {
    stop.hit = stop.ordinal === 0;
    stop.ordinal -= 1;
  }
  return stop.hit;
}

function park(turn: Turn, request: StartRequest, instance: string | undefined): Result {
  const { task, parent, slot, input, inherits } = request;
  const node: ParkedNode = { type: 'parked', of: task.type, task: task.pointer, since: turn.now };
  if (instance !== undefined) node.position = instance;
  if (!inherits) node.input = input;
  const full = !turn.state.suspended && turn.stop?.hit !== true;
  if (full) node.until = turn.now;
  attach(parent, slot, node);
  return BLOCKED;
}
