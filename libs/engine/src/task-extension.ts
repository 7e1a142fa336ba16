import type { CompiledTask, ExtensionTask } from '@tutti/workflow';
import { complete, enter, nodeBase } from './complete.js';
import { scopeOf, type TaskScope } from './scope.js';
import { continueList, runList } from './sequence.js';
import type { ExtensionNode } from './state.types.js';
import { endWith, type ChildResult } from './tasks-composite.js';
import { detach } from './tree.js';
import type { Frame, Result, Turn } from './turn.types.js';

/**
 * An extension around a task: what is before it, the task on its own input, what is after it. Only the task's
 * output goes on, unless `exit` leaves the tasks before it: then theirs does, and the task does not run.
 */
export function beginExtension(scope: TaskScope, task: ExtensionTask): Result {
  const { turn, parent, slot, raw, inherits } = scope;
  const { when, before } = task.extension;
  if (when !== undefined && !when.test(raw, scope)) {
    turn.entries.push({ kind: 'task.skipped', ...scope.of, type: task.type });
    return turn.start({ parent, task: task.task, input: raw, inherits, slot });
  }
  const node: ExtensionNode = { ...nodeBase(scope), type: 'extension', phase: 'before' };
  const frame = enter(scope, node);
  if (before === undefined) return startExtended(turn, frame);
  return endBefore(turn, frame, runList(turn, frame, { list: before, input: raw, inherits: true }));
}

export function continueExtension(turn: Turn, frame: Frame, { task, result }: ChildResult): Result {
  const { before, after } = (frame.task as ExtensionTask).extension;
  const { phase } = frame.node as ExtensionNode;
  if (phase === 'before' && before !== undefined)
    return endBefore(turn, frame, continueList(turn, frame, { list: before, task, result }));
  if (phase === 'after' && after !== undefined)
    return endAfter(turn, frame, continueList(turn, frame, { list: after, task, result }));
  return endExtended(turn, frame, result);
}

/** Whether the `if` of a task held already, when its extension began. */
export function isDecided({ node }: Frame): boolean {
  return node.type === 'extension' && node.phase === 'task';
}

/** The task that is extended is skipped by its own `if`, and says so itself. */
export function skipExtended(
  { turn, parent, slot, raw, inherits }: TaskScope,
  { of }: ExtensionTask,
): Result {
  const task = turn.definition.workflow.tasks.get(of.pointer) as CompiledTask;
  return turn.start({ parent, task, input: raw, inherits, slot });
}

function endBefore(turn: Turn, frame: Frame, result: Result): Result {
  if (result.kind !== 'done' || result.then === 'exit') return endWith(turn, frame, result);
  return startExtended(turn, frame);
}

function startExtended(turn: Turn, frame: Frame): Result {
  (frame.node as ExtensionNode).phase = 'task';
  const { raw: input } = scopeOf(turn, frame);
  const { task } = frame.task as ExtensionTask;
  return endExtended(turn, frame, turn.start({ parent: frame, task, input, inherits: true, slot: 0 }));
}

function endExtended(turn: Turn, frame: Frame, result: Result): Result {
  if (result.kind === 'blocked') return result;
  detach(frame);
  const { after } = (frame.task as ExtensionTask).extension;
  if (result.kind !== 'done') return endWith(turn, frame, result);
  if (after === undefined) return complete(scopeOf(turn, frame), result.output, result.then);
  const node = frame.node as ExtensionNode;
  node.phase = 'after';
  node.output = result.output ?? null;
  node.next = result.then;
  return endAfter(turn, frame, runList(turn, frame, { list: after, input: node.output, inherits: false }));
}

function endAfter(turn: Turn, frame: Frame, result: Result): Result {
  if (result.kind !== 'done') return endWith(turn, frame, result);
  const { output, next } = frame.node as ExtensionNode;
  return complete(scopeOf(turn, frame), output, next);
}
