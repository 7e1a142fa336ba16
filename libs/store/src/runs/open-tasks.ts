import type { JournalEntry } from '@tutti/contracts';

/** A task instance that was started and has not ended. */
export interface OpenTask {
  task: string;
  position: string;
}

/** What happens to all tasks that are under way at once. */
const OF_ALL = new Set<JournalEntry['kind']>(['run.suspended', 'run.resumed', 'run.cancelled']);

/** Whether a turn suspended, resumed or cancelled its run. */
export function concernsOpenTasks(entries: readonly JournalEntry[]): boolean {
  return entries.some(({ kind }) => OF_ALL.has(kind));
}

/**
 * The tasks that are open when the first such entry comes, given those that were open before these entries.
 */
export function openTasksAt(before: readonly OpenTask[], entries: readonly JournalEntry[]): OpenTask[] {
  const open = new Map(before.map(({ task, position }) => [position, { task, position }]));
  for (const entry of entries) {
    if (OF_ALL.has(entry.kind)) break;
    follow(open, entry);
  }
  return [...open.values()];
}

/** The tasks that are open after these entries. */
export function openTasksAfter(entries: readonly JournalEntry[]): OpenTask[] {
  const open = new Map<string, OpenTask>();
  for (const entry of entries) follow(open, entry);
  return [...open.values()];
}

function follow(open: Map<string, OpenTask>, entry: JournalEntry): void {
  if (entry.kind === 'task.started') open.set(entry.position, { task: entry.task, position: entry.position });
  if (entry.kind === 'task.completed' || entry.kind === 'task.faulted' || entry.kind === 'task.skipped')
    open.delete(entry.position);
}
