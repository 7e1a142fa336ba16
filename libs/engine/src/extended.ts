import type { CompiledList, CompiledTask } from '@tutti/workflow';

/** All lists of tasks in a task, by what they are for. */
export function listsOf(task: CompiledTask): Record<string, CompiledList | undefined> {
  switch (task.type) {
    case 'try':
      return { try: task.list, catch: task.catch.list };
    case 'extension':
      return { before: task.extension.before, after: task.extension.after };
    case 'listen':
      return { foreach: task.foreach?.list };
    default:
      return 'list' in task ? { list: task.list } : {};
  }
}

/** The tasks of all lists in a task. */
export function tasksIn(task: CompiledTask): CompiledTask[] {
  return Object.values(listsOf(task)).flatMap((list) => list?.tasks ?? []);
}

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
