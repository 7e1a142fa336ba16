import { canonicalJson } from '../content-hash.js';
import type { WorkflowDocument } from '../document.types.js';
import { pointerToken } from '../pointer.js';
import { type SchemaNarrowing, narrowings } from './compare-schemas.js';
import { type PlacedTask, capabilitiesOf, tasksOf } from './placed-tasks.js';

/** What became of one task. Tasks are the same when they have the same names on the way to them. */
export interface TaskChange {
  change: 'added' | 'removed' | 'changed' | 'moved';
  /** JSON pointer in the new document; of a removed task in the old one. */
  pointer: string;
  name: string;
  /** Keywords of the task that differ, sorted; tasks inside it are told by themselves. */
  keywords: string[];
}

/** A part of the document beside its tasks, by JSON pointer. */
export interface SectionChange {
  change: 'added' | 'removed' | 'changed';
  pointer: string;
}

/** What differs in meaning between two documents; the order of keys and comments do not. */
export interface WorkflowComparison {
  tasks: TaskChange[];
  sections: SectionChange[];
  /** What the new input schema refuses and the old one did not. */
  input: SchemaNarrowing[];
  capabilities: { added: string[]; removed: string[] };
}

/** Compares two documents; `before` null: everything is new. */
export function compareWorkflows(
  before: WorkflowDocument | null,
  after: WorkflowDocument,
): WorkflowComparison {
  const [old, now] = [before === null ? [] : capabilitiesOf(before), capabilitiesOf(after)];
  return {
    tasks: compareTasks(before === null ? [] : tasksOf(before), tasksOf(after)),
    sections: before === null ? [] : compareSections(before, after),
    input: before === null ? [] : narrowings(schemaOf(before), schemaOf(after)),
    capabilities: {
      added: now.filter((name) => !old.includes(name)),
      removed: old.filter((name) => !now.includes(name)),
    },
  };
}

function compareTasks(before: readonly PlacedTask[], after: readonly PlacedTask[]): TaskChange[] {
  const old = new Map(before.map((task) => [task.path, task]));
  const now = new Set(after.map(({ path }) => path));
  const moved = movedPaths(before, after);
  const changes = after.flatMap((task): TaskChange[] => {
    const { pointer, name } = task;
    const was = old.get(task.path);
    if (was === undefined) return [{ change: 'added', pointer, name, keywords: [] }];
    const keywords = differingKeys(was.content, task.content);
    if (keywords.length > 0) return [{ change: 'changed', pointer, name, keywords }];
    return moved.has(task.path) ? [{ change: 'moved', pointer, name, keywords: [] }] : [];
  });
  const removed = before
    .filter(({ path }) => !now.has(path))
    .map(({ pointer, name }): TaskChange => ({ change: 'removed', pointer, name, keywords: [] }));
  return [...changes, ...removed];
}

/** Tasks that stand in another order among those that both documents have in that list. */
function movedPaths(before: readonly PlacedTask[], after: readonly PlacedTask[]): Set<string> {
  const [old, now] = [byList(before), byList(after)];
  const moved = new Set<string>();
  for (const [list, paths] of now) {
    const was = (old.get(list) ?? []).filter((path) => paths.includes(path));
    const is = paths.filter((path) => was.includes(path));
    is.forEach((path, i) => was[i] !== path && moved.add(path));
  }
  return moved;
}

function byList(tasks: readonly PlacedTask[]): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const { list, path } of tasks) {
    const paths = lists.get(list);
    if (paths === undefined) lists.set(list, [path]);
    else paths.push(path);
  }
  return lists;
}

/** `document` and `use` by what is in them, other parts as a whole; tasks are told by themselves. */
function compareSections(before: WorkflowDocument, after: WorkflowDocument): SectionChange[] {
  const [old, now] = [sectionsOf(before), sectionsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((pointer): SectionChange[] => {
    const [was, is] = [old.get(pointer), now.get(pointer)];
    if (was === is) return [];
    return [{ change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed', pointer }];
  });
}

function sectionsOf(document: WorkflowDocument): Map<string, string> {
  const sections = new Map<string, string>();
  const put = (value: unknown, ...path: string[]) =>
    sections.set(path.map((token) => `/${pointerToken(token)}`).join(''), canonicalJson(value));
  for (const [key, value] of Object.entries(document)) {
    if (key === 'do') continue;
    if (key !== 'document' && key !== 'use') put(value, key);
    else
      for (const [part, content] of Object.entries(value as object)) {
        if (key === 'document' || Array.isArray(content)) put(content, key, part);
        else for (const [name, item] of Object.entries(content as object)) put(item, key, part, name);
      }
  }
  return sections;
}

function differingKeys(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const valueOf = (of: Record<string, unknown>, key: string) =>
    Object.hasOwn(of, key) ? canonicalJson(of[key]) : undefined;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => valueOf(before, key) !== valueOf(after, key))
    .sort();
}

function schemaOf(document: WorkflowDocument): unknown {
  return document.input?.schema?.document;
}
