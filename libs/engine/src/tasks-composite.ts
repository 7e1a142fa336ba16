import type { CompiledTask, DoTask, ForTask, FunctionTask } from '@tutti/workflow';
import { complete, enter, fault, nodeBase, overLimit } from './complete.js';
import { RUN_LIMITS } from './limits.js';
import { workflowError } from './problems.js';
import { innerVariables, itemsOf, scopeOf, type TaskScope } from './scope.js';
import { continueList, runList } from './sequence.js';
import type { ForNode } from './state.types.js';
import { clear, detach } from './tree.js';
import type { Frame, Result, Turn } from './turn.types.js';

/** The result of a task inside another. */
export interface ChildResult {
  task: CompiledTask;
  slot: number;
  result: Result;
}

/** `do`: its tasks one after the other. */
export function beginDo(scope: TaskScope, task: DoTask): Result {
  const frame = enter(scope, { ...nodeBase(scope), type: 'do' });
  return endDo(
    scope.turn,
    frame,
    runList(scope.turn, frame, { list: task.list, input: scope.input, inherits: true }),
  );
}

export function continueDo(turn: Turn, frame: Frame, { task, result }: ChildResult): Result {
  const { list } = frame.task as DoTask;
  return endDo(turn, frame, continueList(turn, frame, { list, task, result }));
}

function endDo(turn: Turn, frame: Frame, result: Result): Result {
  // The top list is no task of the document: the workflow's own output and fault are the run's.
  if (frame.parent === null) return result;
  return endWith(turn, frame, result);
}

/** Ends a composite as its content ended. */
export function endWith(turn: Turn, frame: Frame, result: Result): Result {
  if (result.kind === 'blocked' || result.kind === 'end') return result;
  const scope = scopeOf(turn, frame);
  if (result.kind === 'fault') return fault(scope, result.error);
  return complete(scope, result.output);
}

/** `for`: the output of a turn is the input of the next, the last one's is the loop's. */
export function beginFor(scope: TaskScope, task: ForTask): Result {
  const items = task.in.evaluate(scope.input, scope);
  if (!Array.isArray(items)) {
    const detail = `for.in must yield an array, ${task.in.source} yielded ${describe(items)}`;
    return fault(scope, workflowError('expression', detail, task.pointer));
  }
  if (items.length > RUN_LIMITS.loopTurns) return overLimit(scope, 'loopTurns', RUN_LIMITS.loopTurns);
  const node: ForNode = { ...nodeBase(scope), type: 'for', turn: 0 };
  if (!derivable(task)) node.items = items;
  const frame = enter(scope, node);
  return endWith(
    scope.turn,
    frame,
    runTurns(scope.turn, frame, { from: 0, value: scope.input, inherits: true }),
  );
}

/** Whether the collection can be had again from the input alone; else it must be in the state. */
function derivable({ in: collection }: ForTask): boolean {
  return collection.variables.every((name) => name === 'input');
}

export function continueFor(turn: Turn, frame: Frame, { task, result }: ChildResult): Result {
  const { list } = frame.task as ForTask;
  const inside = continueList(turn, frame, { list, task, result });
  if (inside.kind !== 'done') return endWith(turn, frame, inside);
  const from = (frame.node as ForNode).turn + 1;
  return endWith(turn, frame, runTurns(turn, frame, { from, value: inside.output, inherits: false }));
}

function runTurns(
  turn: Turn,
  frame: Frame,
  { from, value, inherits }: { from: number; value: unknown; inherits: boolean },
): Result {
  const task = frame.task as ForTask;
  const node = frame.node as ForNode;
  const items = itemsOf(frame, turn);
  let output = value;
  for (let i = from; i < items.length; i += 1) {
    node.turn = i;
    clear(node, 'round');
    if (task.while !== undefined && !task.while.test(output, innerVariables(turn, frame))) break;
    const result = runList(turn, frame, { list: task.list, input: output, inherits: inherits && i === from });
    if (result.kind !== 'done') return result;
    output = result.output;
  }
  return { kind: 'done', output, then: 'continue' };
}

/** A call of a function under `use.functions`: its task runs on the evaluated `with`. */
export function beginFunction(scope: TaskScope, task: FunctionTask): Result {
  const given = task.with === undefined ? scope.input : task.with.evaluate(scope.input, scope);
  const frame = enter(scope, { ...nodeBase(scope), type: 'function' });
  const result = scope.turn.start({ parent: frame, task: task.task, input: given, inherits: false, slot: 0 });
  return continueFunction(scope.turn, frame, { task: task.task, slot: 0, result });
}

export function continueFunction(turn: Turn, frame: Frame, { result }: ChildResult): Result {
  if (result.kind !== 'blocked') detach(frame);
  if (result.kind === 'done' && result.then === 'end') return { kind: 'end', output: result.output };
  return endWith(turn, frame, result);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
