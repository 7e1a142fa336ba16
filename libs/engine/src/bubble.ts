import { guarded } from './complete.js';
import { finishRun } from './finish.js';
import { scopeOf } from './scope.js';
import { continueExtension } from './task-extension.js';
import { continueListen } from './task-listen.js';
import { continueFork } from './task-fork.js';
import { continueTry } from './task-try.js';
import { continueDo, continueFor, continueFunction, type ChildResult } from './tasks-composite.js';
import type { Frame, Result, Turn } from './turn.types.js';

/** Hands a task's result to the task around it, and so on outwards, until something waits or the run ends. */
export function bubble(turn: Turn, frame: Frame, result: Result): void {
  let child: ChildResult = { task: frame.task, slot: frame.slot, result };
  let parent = frame.parent;
  while (parent !== null) {
    if (child.result.kind === 'blocked') return;
    const next: Result = continueTask(turn, parent, child);
    child = { task: parent.task, slot: parent.slot, result: next };
    parent = parent.parent;
  }
  finishRun(turn, child.result);
}

function continueTask(turn: Turn, parent: Frame, child: ChildResult): Result {
  // The top list evaluates nothing of its own.
  if (parent.parent === null) return continueDo(turn, parent, child);
  return guarded(scopeOf(turn, parent), () => continueComposite(turn, parent, child));
}

function continueComposite(turn: Turn, parent: Frame, child: ChildResult): Result {
  switch (parent.task.type) {
    case 'do':
      return continueDo(turn, parent, child);
    case 'for':
      return continueFor(turn, parent, child);
    case 'fork':
      return continueFork(turn, parent, child);
    case 'try':
      return continueTry(turn, parent, child);
    case 'listen':
      return continueListen(turn, parent, child);
    case 'function':
      return continueFunction(turn, parent, child);
    case 'extension':
      return continueExtension(turn, parent, child);
    default:
      throw new Error(`A task of type ${parent.task.type} has no tasks inside`);
  }
}
