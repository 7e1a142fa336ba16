import type { CompiledList, CompiledTask, CompiledThen } from '@tutti/workflow';
import { workflowError } from './problems.js';
import { RUN_LIMITS } from './limits.js';
import type { DoNode, ExtensionNode, ForNode, ListenNode, TryNode } from './state.types.js';
import { clear, detach } from './tree.js';
import type { Frame, Result, Turn } from './turn.types.js';

/** A task that holds one list at a time. */
export type SequenceNode = DoNode | ForNode | ListenNode | TryNode | ExtensionNode;

/** Runs a list from its beginning; `done` when it came to its end or, with `then: exit`, to that. */
export function runList(
  turn: Turn,
  frame: Frame,
  { list, input, inherits }: { list: CompiledList; input: unknown; inherits: boolean },
): Result {
  clear(frame.node as SequenceNode, 'round');
  return runFrom(turn, frame, { list, index: 0, input, inherits });
}

/** Goes on with a list after one of its tasks came to a result. */
export function continueList(
  turn: Turn,
  frame: Frame,
  { list, task, result }: { list: CompiledList; task: CompiledTask; result: Result },
): Result {
  if (result.kind === 'blocked') return result;
  detach(frame);
  if (result.kind !== 'done') return result;
  const index = nextIndex(frame, task, result.then);
  if (index === 'end') return { kind: 'end', output: result.output };
  if (index === 'over') return jumpsOver(task);
  if (index === Infinity) return { kind: 'done', output: result.output, then: 'exit' };
  return runFrom(turn, frame, { list, index, input: result.output, inherits: false });
}

function runFrom(
  turn: Turn,
  frame: Frame,
  start: { list: CompiledList; index: number; input: unknown; inherits: boolean },
): Result {
  const { tasks } = start.list;
  let { index, input: value, inherits } = start;
  for (let task = tasks[index]; task !== undefined; task = tasks[index]) {
    const result = turn.start({ parent: frame, task, input: value, inherits, slot: 0 });
    if (result.kind === 'blocked') return result;
    detach(frame);
    if (result.kind !== 'done') return result;
    value = result.output;
    inherits = false;
    const next = nextIndex(frame, task, result.then);
    if (next === 'end') return { kind: 'end', output: value };
    if (next === 'over') return jumpsOver(task);
    if (next === Infinity) return { kind: 'done', output: value, then: 'exit' };
    index = next;
  }
  return { kind: 'done', output: value, then: 'continue' };
}

/**
 * Where a list goes on; `Infinity` leaves it. A jump back begins a new round: within one round the tasks are
 * visited at most once each, so that pointer and round name every visit, in constant space.
 */
function nextIndex(frame: Frame, task: CompiledTask, then: CompiledThen): number | 'end' | 'over' {
  if (then === 'continue') return task.index + 1;
  if (then === 'exit') return Infinity;
  if (then === 'end') return 'end';
  if (then > task.index) return then;
  const node = frame.node as SequenceNode;
  node.round = (node.round ?? 0) + 1;
  return node.round >= RUN_LIMITS.loopTurns ? 'over' : then;
}

function jumpsOver(task: CompiledTask): Result {
  const detail = `The run went over the limit loopTurns: at most ${RUN_LIMITS.loopTurns}`;
  return { kind: 'fault', error: workflowError('runtime', detail, task.pointer) };
}
