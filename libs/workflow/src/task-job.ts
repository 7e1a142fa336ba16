import type {
  CompiledFlow,
  CompiledList,
  CompiledTask,
  CompiledThen,
  DoTask,
  SetTask,
} from './compiled.types.js';
import type { Compilation, Place } from './compilation.js';
import type { TaskDefinition, TaskList } from './document.types.js';

/** Turns the name in a `then` into the index of a task of its list. */
export type ThenResolver = (then: string | undefined, pointer: string) => CompiledThen;

/**
 * Compiles what is inside a task; handed in, so that the modules of the single tasks need not import their
 * own callers.
 */
export interface NestedCompiler {
  list(list: TaskList, options: { place: Place; branches?: boolean }): CompiledList;
  task(definition: TaskDefinition, at: TaskPlace): CompiledTask;
}

/** Where a task stands in its list. */
export interface TaskPlace {
  readonly place: Place;
  readonly name: string;
  readonly index: number;
  readonly resolve: ThenResolver;
}

/** What all tasks have. */
export type TaskCommon = Omit<SetTask, 'type' | 'value'>;

/** One task being compiled. */
export interface TaskJob extends TaskPlace {
  readonly compilation: Compilation;
  readonly nested: NestedCompiler;
  readonly definition: TaskDefinition;
  readonly common: TaskCommon;
}

/** An input, output or export that does nothing. */
export const NO_FLOW: CompiledFlow = {};

/** Refuses a task by name; an empty `do` stands in for it, so that the rest is still checked. */
export function unsupported({ compilation, common }: TaskJob, message: string): DoTask {
  compilation.error('unsupported', common.pointer, message);
  return emptyTask(common);
}

/** What stands in for a task that cannot be compiled. */
export function emptyTask(common: TaskCommon): DoTask {
  return { ...common, type: 'do', list: { pointer: `${common.pointer}/do`, tasks: [] } };
}
