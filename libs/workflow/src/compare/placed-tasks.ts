import type { WorkflowDocument } from '../document.types.js';
import { pointerToken } from '../pointer.js';

/** A task where it stands in its document. */
export interface PlacedTask {
  /** JSON pointer of the task. */
  pointer: string;
  name: string;
  /** Names on the way to it without places in lists: a task that is put before it does not change this. */
  path: string;
  /** The path of the list that it is in. */
  list: string;
  /** The task without the tasks in it. */
  content: Record<string, unknown>;
}

/** Keywords whose value is a list of tasks. */
const LISTS = new Set(['do', 'try', 'branches', 'before', 'after']);
/** Keywords whose value is data, in which nothing is a task. */
const DATA = new Set(['set', 'with', 'input', 'output', 'export', 'metadata', 'document']);
const CAPABILITY = /^([^:@]+):[^:@]+@default$/;
/** Stands in a task's content where a list of tasks was. */
const TASKS = '(tasks)';

interface Place {
  pointer: string;
  path: string;
}

/** All tasks of a document, those inside others and those of functions and extensions too, in its order. */
export function tasksOf(document: WorkflowDocument): PlacedTask[] {
  const tasks: PlacedTask[] = [];
  withoutTasks(document, { pointer: '', path: '' }, tasks);
  return tasks;
}

/** Names of the capabilities that a document calls, sorted. */
export function capabilitiesOf(document: WorkflowDocument): string[] {
  const names = new Set<string>();
  const look = (definition: unknown) => {
    const { call } = (definition ?? {}) as { call?: unknown };
    const name = typeof call === 'string' ? CAPABILITY.exec(call)?.[1] : undefined;
    if (name !== undefined) names.add(name);
  };
  for (const { content } of tasksOf(document)) look(content);
  for (const definition of Object.values(document.use?.functions ?? {})) look(definition);
  return [...names].sort();
}

/** The value with its lists of tasks taken out; the tasks are put into `tasks`. */
function withoutTasks(value: unknown, at: Place, tasks: PlacedTask[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, i) =>
      withoutTasks(item, { pointer: `${at.pointer}/${i}`, path: `${at.path}/${i}` }, tasks),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const token = `/${pointerToken(key)}`;
      const inside = { pointer: at.pointer + token, path: at.path + token };
      if (DATA.has(key)) return [key, item as unknown];
      if (!LISTS.has(key) || !isTaskList(item)) return [key, withoutTasks(item, inside, tasks)];
      placeTasks(item, inside, tasks);
      return [key, TASKS];
    }),
  );
}

function placeTasks(list: Record<string, object>[], at: Place, tasks: PlacedTask[]): void {
  const seen = new Map<string, number>();
  list.forEach((item, i) => {
    const [[name, definition]] = Object.entries(item) as [[string, object]];
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    const token = pointerToken(name);
    const pointer = `${at.pointer}/${i}/${token}`;
    const path = `${at.path}/${token}${times > 1 ? `#${times}` : ''}`;
    const place = tasks.length;
    const content = withoutTasks(definition, { pointer, path }, tasks) as Record<string, unknown>;
    // Before the tasks that are inside it.
    tasks.splice(place, 0, { pointer, name, path, list: at.path, content });
  });
}

function isTaskList(value: unknown): value is Record<string, object>[] {
  return Array.isArray(value) && value.every(isTaskItem);
}

function isTaskItem(item: unknown): boolean {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false;
  const values = Object.values(item) as unknown[];
  return values.length === 1 && typeof values[0] === 'object' && values[0] !== null;
}
