import type { ForkTask } from '@tutti/workflow';
import { enter, nodeBase } from './complete.js';
import { giveUp } from './open-writes.js';
import type { ForkNode } from './state.types.js';
import { endWith, type ChildResult } from './tasks-composite.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

/** `fork`: its branches side by side. Competing, the first to end wins and the others are given up. */
export function beginFork(scope: Parameters<typeof enter>[0], task: ForkTask): Result {
  const { turn } = scope;
  const { tasks } = task.list;
  const branches = tasks.map(() => ({}));
  const frame = enter(scope, { ...nodeBase(scope), type: 'fork', branches, left: tasks.length });
  if (tasks.length === 0) return endWith(turn, frame, { kind: 'done', output: [], then: 'continue' });
  for (const [slot, branch] of tasks.entries()) {
    const result = turn.start({ parent: frame, task: branch, input: scope.input, inherits: true, slot });
    const ended = record(turn, frame, { task: branch, slot, result });
    if (ended.kind !== 'blocked') return endWith(turn, frame, ended);
  }
  return BLOCKED;
}

export function continueFork(turn: Turn, frame: Frame, child: ChildResult): Result {
  return endWith(turn, frame, record(turn, frame, child));
}

/**
 * Notes what a branch came to; the result is that of the fork's content, `blocked` while branches are left.
 */
function record(turn: Turn, frame: Frame, { slot, result }: ChildResult): Result {
  const node = frame.node as ForkNode;
  const { compete } = frame.task as ForkTask;
  if (result.kind === 'blocked') return result;
  node.branches[slot] = {};
  if (result.kind === 'end') return giveUpBranches(turn, frame, result);
  if (result.kind === 'fault')
    return compete ? lose(node, slot, result) : giveUpBranches(turn, frame, result);
  if (result.then === 'end') return giveUpBranches(turn, frame, { kind: 'end', output: result.output });
  if (compete) return giveUpBranches(turn, frame, { ...result, then: 'continue' });
  node.branches[slot] = { output: result.output };
  node.left -= 1;
  if (node.left > 0) return BLOCKED;
  return { kind: 'done', output: node.branches.map(({ output }) => output), then: 'continue' };
}

/** A competitor that faults is out of the race; only when all did, the fork faults, with the last error. */
function lose(node: ForkNode, slot: number, result: Extract<Result, { kind: 'fault' }>): Result {
  node.branches[slot] = { error: result.error };
  node.left -= 1;
  return node.left > 0 ? BLOCKED : result;
}

function giveUpBranches(turn: Turn, frame: Frame, result: Result): Result {
  const node = frame.node as ForkNode;
  giveUp(turn, frame);
  node.branches = [];
  return result;
}
