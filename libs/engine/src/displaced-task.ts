import type { CompiledList, CompiledTask } from '@tutti/workflow';
import { listsOf } from './extended.js';

/**
 * The first task of a list, those inside them included, that has not the same place, name and type in
 * another version of the list; undefined: all have. What stands behind them all displaces none.
 */
export function displacedTask(from: CompiledList, to: CompiledList | undefined): CompiledTask | undefined {
  for (const [index, task] of from.tasks.entries()) {
    const displaced = displacedOf(task, to?.tasks[index]);
    if (displaced !== undefined) return displaced;
  }
  return undefined;
}

function displacedOf(from: CompiledTask, to: CompiledTask | undefined): CompiledTask | undefined {
  if (to === undefined || from.name !== to.name || from.type !== to.type) return from;
  // The pointers of extensions and functions are part of the positions.
  if (from.type === 'extension' && to.type === 'extension') {
    if (from.extension.pointer !== to.extension.pointer) return from;
    const inside = displacedOf(from.task, to.task);
    if (inside !== undefined) return inside;
  }
  if (from.type === 'function' && to.type === 'function')
    return from.task.pointer === to.task.pointer ? displacedOf(from.task, to.task) : from;
  const others = listsOf(to);
  for (const [key, list] of Object.entries(listsOf(from))) {
    const displaced = list && displacedTask(list, others[key]);
    if (displaced !== undefined) return displaced;
  }
  return undefined;
}
