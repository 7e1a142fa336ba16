import type { CompiledList, CompiledTask } from './compiled.types.js';
import { COMPILE_LIMITS, inside, shortList, type Compilation, type Place } from './compilation.js';
import { compileTask } from './compile-task.js';
import type { TaskDefinition, TaskList } from './document.types.js';
import { pointerToken } from './pointer.js';
import type { NestedCompiler, ThenResolver } from './task-job.js';

/** Compiles a list of tasks; `branches` run side by side, so that none can name another in `then`. */
export function compileList(
  compilation: Compilation,
  list: TaskList,
  { place, branches = false }: { place: Place; branches?: boolean },
): CompiledList {
  if (place.depth > COMPILE_LIMITS.depth) {
    compilation.error('too-deep', place.pointer, `Tasks are nested more than ${COMPILE_LIMITS.depth} deep`);
    return { pointer: place.pointer, tasks: [] };
  }
  const names = list.map((item) => Object.keys(item)[0] as string);
  warnOfTwins(compilation, names, place);
  const resolve = thenResolver(compilation, branches ? [] : names);
  const nested = nestedCompiler(compilation);
  const tasks: CompiledTask[] = [];
  for (const [index, name] of names.entries()) {
    const definition = (list[index] as Record<string, TaskDefinition>)[name] as TaskDefinition;
    const at = { ...inside(place, `${index}/${pointerToken(name)}`), depth: place.depth + 1 };
    tasks.push(compileTask(compilation, definition, { place: at, name, index, resolve, nested }));
  }
  return { pointer: place.pointer, tasks };
}

function nestedCompiler(compilation: Compilation): NestedCompiler {
  const nested: NestedCompiler = {
    list: (list, options) => compileList(compilation, list, options),
    task: (definition, at) => compileTask(compilation, definition, { ...at, nested }),
  };
  return nested;
}

function thenResolver(compilation: Compilation, names: readonly string[]): ThenResolver {
  return (then, pointer) => {
    if (then === undefined || then === 'continue') return 'continue';
    if (then === 'exit' || then === 'end') return then;
    const index = names.indexOf(then);
    if (index >= 0) return index;
    compilation.error('then-nowhere', pointer, `There is no task "${then}" in this list`);
    compilation.fix(
      names.length > 0
        ? `Tasks here: ${shortList(names)}.`
        : 'A branch of a fork can only continue, exit or end.',
    );
    return 'continue';
  };
}

function warnOfTwins(compilation: Compilation, names: readonly string[], place: Place): void {
  const seen = new Set<string>();
  names.forEach((name, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return;
    }
    const pointer = `${place.pointer}/${index}/${pointerToken(name)}`;
    const message = `Another task of this list is called "${name}" too; "then: ${name}" goes to the first`;
    compilation.findings.push({ severity: 'warning', code: 'twin-name', pointer, message });
  });
}
