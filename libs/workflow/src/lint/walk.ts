import type { Finding } from '@tutti/contracts';
import { COMPILE_LIMITS } from '../compilation.js';
import type { TaskDefinition, TaskList, WorkflowDocument } from '../document.types.js';
import { STANDARD_VARIABLES } from '../expression.js';
import { pointerToken } from '../pointer.js';
import { NESTED_LISTS, taskKinds, type TaskKeyword } from '../task-kind.js';

/** A task as the checks see it, whether or not the hub can run its kind. */
export interface LintTask {
  readonly pointer: string;
  readonly name: string;
  readonly index: number;
  readonly kind: TaskKeyword | undefined;
  readonly definition: TaskDefinition;
  /** Variables that exist at the task. */
  readonly scope: readonly string[];
  /** The task, a task around it or the workflow has a timeout. */
  readonly timed: boolean;
  /** It stands in the `try` of a task that catches. */
  readonly caught: boolean;
  /** The part of the document: only what is under `do` runs by itself. */
  readonly section: Section;
}

/** Tasks that follow one another, or the branches of a fork. */
export interface LintList {
  readonly pointer: string;
  readonly branches: boolean;
  readonly tasks: readonly LintTask[];
}

/** Every list and task of a document, functions and extensions included. */
export interface LintedDocument {
  readonly document: WorkflowDocument;
  readonly lists: readonly LintList[];
  readonly tasks: readonly LintTask[];
}

type Section = 'do' | 'function' | 'extension';
type Surroundings = Pick<LintTask, 'scope' | 'timed' | 'caught' | 'section'>;

/** One pass over the document as written; what is nested over the limit is left to the compiler's finding. */
export function walkDocument(document: WorkflowDocument): LintedDocument {
  const walk = new Walk(document);
  const top: Surroundings = {
    scope: STANDARD_VARIABLES,
    timed: document.timeout !== undefined,
    caught: false,
    section: 'do',
  };
  walk.list(document.do, { pointer: '/do', branches: false }, top);
  for (const [name, definition] of Object.entries(document.use?.functions ?? {})) {
    const pointer = `/use/functions/${pointerToken(name)}`;
    walk.task(definition, { name, index: 0, pointer }, { ...top, section: 'function' });
  }
  (document.use?.extensions ?? []).forEach((item, index) => {
    for (const [name, extension] of Object.entries(item)) {
      const pointer = `/use/extensions/${index}/${pointerToken(name)}`;
      for (const key of ['before', 'after']) {
        const list = property(extension, key);
        if (Array.isArray(list))
          walk.list(
            list as TaskList,
            { pointer: `${pointer}/${key}`, branches: false },
            { ...top, section: 'extension' },
          );
      }
    }
  });
  return walk;
}

class Walk implements LintedDocument {
  readonly lists: LintList[] = [];
  readonly tasks: LintTask[] = [];
  private depth = 0;

  constructor(readonly document: WorkflowDocument) {}

  list(list: TaskList, at: Pick<LintList, 'pointer' | 'branches'>, around: Surroundings): void {
    const { pointer, branches } = at;
    if (this.depth > COMPILE_LIMITS.depth) return;
    this.depth += 1;
    const tasks = list.map((item, index) => {
      const [name, definition] = Object.entries(item)[0] as [string, TaskDefinition];
      return this.task(
        definition,
        { name, index, pointer: `${pointer}/${index}/${pointerToken(name)}` },
        around,
      );
    });
    this.depth -= 1;
    this.lists.push({ pointer, branches, tasks });
  }

  task(
    definition: TaskDefinition,
    at: Pick<LintTask, 'name' | 'index' | 'pointer'>,
    around: Surroundings,
  ): LintTask {
    const kind = taskKinds(definition)[0];
    const timed = around.timed || definition.timeout !== undefined;
    const task: LintTask = { ...around, ...at, kind, definition, timed };
    this.tasks.push(task);
    for (const path of (kind && NESTED_LISTS[kind]) ?? []) {
      const list = path.reduce<unknown>(property, definition);
      if (!Array.isArray(list)) continue;
      const inner = { ...around, timed, ...insideOf(task, path[0] as string) };
      const here = { pointer: `${at.pointer}/${path.join('/')}`, branches: kind === 'fork' };
      this.list(list as TaskList, here, inner);
    }
    return task;
  }
}

/** What is different for the tasks inside a task. */
function insideOf(task: LintTask, part: string): Partial<Surroundings> {
  if (part === 'try') return { caught: true };
  return { scope: [...task.scope, ...innerVariables(task)] };
}

/** The variables that a task gives to what is inside it: of a loop, of an iterator, of a catch. */
export function innerVariables({ kind, definition }: Pick<LintTask, 'kind' | 'definition'>): string[] {
  if (kind === 'for') return loopVariables(definition.for, 'each');
  if (kind === 'try') return [text(property(definition.catch, 'as')) ?? 'error'];
  const iterator =
    kind === 'listen' ? definition.foreach : property(property(definition.with, 'subscription'), 'foreach');
  return iterator === undefined ? [] : loopVariables(iterator, 'item');
}

function loopVariables(loop: unknown, key: string): string[] {
  return [text(property(loop, key)) ?? 'item', text(property(loop, 'at')) ?? 'index'];
}

/** A property of what may be an object. */
export function property(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** True for an object that is no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value when it is a text. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What is wrong, and how to mend it. */
export interface Advice {
  message: string;
  fix: string;
}

/** A warning; the code is the name of a section of docs/workflows/findings.md. */
export function warning(code: string, pointer: string, advice: Advice): Finding {
  return { severity: 'warning', code, pointer, ...advice };
}

/** An error; the code is the name of a section of docs/workflows/findings.md. */
export function error(code: string, pointer: string, advice: Advice): Finding {
  return { severity: 'error', code, pointer, ...advice };
}
