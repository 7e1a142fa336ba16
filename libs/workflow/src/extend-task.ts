import type { CompiledExtension, CompiledTask, ExtensionTask } from './compiled.types.js';
import type { Compilation } from './compilation.js';
import type { TaskKeyword } from './task-kind.js';

/**
 * What `extend: composite` means: the tasks that only hold others (`for` and `try` have names of their own).
 */
const COMPOSITE: readonly TaskKeyword[] = ['do', 'fork'];

/** The extensions that a task of a kind has, the outermost first. */
export function extensionsOf(
  { extensions }: Compilation,
  kind: TaskKeyword | undefined,
): readonly CompiledExtension[] {
  return extensions.filter(
    ({ extend, before, after }) =>
      (before !== undefined || after !== undefined) &&
      (extend === 'all' ||
        extend === kind ||
        (extend === 'composite' && kind !== undefined && COMPOSITE.includes(kind))),
  );
}

/**
 * Puts a task into its extensions, the first one around all others. All of them have its `if`: nothing is to
 * be done before a task that is skipped.
 */
export function extended(
  compilation: Compilation,
  { task, extensions }: { task: CompiledTask; extensions: readonly CompiledExtension[] },
): CompiledTask {
  compilation.add(task);
  const of = { pointer: task.pointer, name: task.name, type: task.type };
  return extensions.reduceRight<CompiledTask>((inner, extension) => {
    const wrapped: ExtensionTask = {
      type: 'extension',
      pointer: `${task.pointer}${extension.pointer}`,
      name: extension.name,
      index: task.index,
      definition: task.definition,
      ...(task.if && { if: task.if }),
      input: {},
      output: {},
      export: {},
      then: task.then,
      extension,
      of,
      task: inner,
    };
    compilation.add(wrapped);
    return wrapped;
  }, task);
}
