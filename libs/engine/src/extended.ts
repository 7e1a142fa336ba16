import type { CompiledList, CompiledTask } from '@tutti/workflow';

/** A task of a list with what it extends, outermost first: without extensions only itself. */
export function layersOf(task: CompiledTask): CompiledTask[] {
  return task.type === 'extension' ? [task, ...layersOf(task.task)] : [task];
}

/**
 * The task of a list as which another one stands in it: an extension that does not apply leaves the task that
 * it extends alone.
 */
export function placeIn(list: CompiledList, task: CompiledTask): CompiledTask | undefined {
  return list.tasks.find((one) => layersOf(one).includes(task));
}

/** The name of a task, whatever extends it. */
export function ownName(task: CompiledTask): string {
  return (layersOf(task).at(-1) as CompiledTask).name;
}
