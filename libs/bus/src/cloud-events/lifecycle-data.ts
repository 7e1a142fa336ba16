import type { JournalEntry, RunChanged } from '@tutti/contracts';

/** A standard lifecycle event of Serverless Workflow before it has its envelope. */
export interface StandardEvent {
  /** `workflow.started`, without what all types begin and end with. */
  type: string;
  /** Epoch milliseconds. */
  at: number;
  data: Record<string, unknown>;
  /** Of a task: its instance, where the pointer alone does not name it. */
  position?: string;
  /** True: it happened to all tasks that were under way, as to this one. */
  isOfAll?: true;
}

interface OfRun {
  /** The run's qualified name. */
  name: string;
  /** Epoch milliseconds. */
  at: number;
}
interface OfTask extends OfRun {
  task: string;
  position: string;
}
type More = Record<string, unknown>;

/** The standard events of a turn, in the order of its journal entries (DSL reference, "Lifecycle Events"). */
export function standardEvents(change: RunChanged): StandardEvent[] {
  const { workflow, runId } = change;
  // The qualified name as the standard makes it: workflow, instance, namespace.
  const name = `${workflow.name}-${runId}.${workflow.namespace}`;
  const events: StandardEvent[] = [];
  for (const entry of change.entries as readonly JournalEntry[]) {
    if ('task' in entry) addTaskEvents(events, entry, name);
    else addRunEvents(events, entry, { name, change });
  }
  return events;
}

type TaskEntry = Extract<JournalEntry, { task: string }>;
type RunEntry = Exclude<JournalEntry, TaskEntry>;

function addTaskEvents(events: StandardEvent[], entry: TaskEntry, name: string): void {
  const { task, position, at } = entry;
  const of = { task, position, at, name };
  switch (entry.kind) {
    case 'task.started':
      // The engine makes a task when it starts it.
      events.push(taskEvent('created', of), taskEvent('started', of));
      return;
    case 'task.retried':
      events.push(taskEvent('retried', of));
      return;
    case 'task.faulted':
      events.push(taskEvent('faulted', of, { error: entry.error }));
      return;
    case 'listen.started':
      events.push(correlationEvent('started', of));
      return;
    case 'task.completed':
      if (correlates(entry)) events.push(correlationEvent('completed', of));
      events.push(taskEvent('completed', of, { output: entry.output }));
      return;
    // The standard has no event for these; they are in the journal.
    case 'task.skipped':
    case 'call.attempted':
    case 'call.settled':
    case 'review.opened':
    case 'review.decided':
    case 'review.expired':
    case 'wait.started':
    case 'child.started':
    case 'child.ended':
    case 'event.received':
      return;
  }
}

function addRunEvents(
  events: StandardEvent[],
  entry: RunEntry,
  { name, change }: { name: string; change: RunChanged },
): void {
  const of = { at: entry.at, name };
  const openTasks = (what: string) =>
    (change.openTasks ?? []).map(({ task, position }) => ({
      ...taskEvent(what, { task, position, ...of }),
      position,
      isOfAll: true as const,
    }));
  switch (entry.kind) {
    case 'run.started':
      events.push(runEvent('started', of, { definition: definitionOf(change) }));
      return;
    case 'run.suspended':
      events.push(...openTasks('suspended'), runEvent('suspended', of));
      return;
    case 'run.resumed':
      events.push(runEvent('resumed', of), ...openTasks('resumed'));
      return;
    case 'run.cancelled':
      events.push(...openTasks('cancelled'), runEvent('cancelled', of));
      return;
    case 'run.faulted':
      events.push(runEvent('faulted', of, { error: entry.error }));
      return;
    // The standard has no events for these.
    case 'event.kept':
    case 'event.refused':
    case 'run.migrated':
    case 'run.migration-refused':
      return;
    case 'run.completed':
      events.push(runEvent('completed', of, { output: change.output }));
      return;
  }
}

function definitionOf({ workflow: { name, namespace, version } }: RunChanged): More {
  return { name, namespace, version };
}

function runEvent(what: string, { at, name }: OfRun, more?: More): StandardEvent {
  return { type: `workflow.${what}`, at, data: { name, [`${what}At`]: timeText(at), ...more } };
}

/** The messages of a subscription are gone through by a task of this type too, which waits for no events. */
function correlates({ type, task }: Extract<TaskEntry, { kind: 'task.completed' }>): boolean {
  return type === 'listen' && !task.endsWith('/with/subscription/foreach');
}

function correlationEvent(what: 'started' | 'completed', { at, name }: OfRun): StandardEvent {
  return { type: `workflow.correlation-${what}`, at, data: { name, [`${what}At`]: timeText(at) } };
}

function taskEvent(what: string, of: OfTask, more?: More): StandardEvent {
  const { task, position, at, name } = of;
  const data = { workflow: name, task, [`${what}At`]: timeText(at), ...more };
  return { type: `task.${what}`, at, data, ...(position === task ? {} : { position }) };
}

let lastTime = { ms: -1, text: '' };

/** RFC 3339. The entries of a turn have the same time, so the text of the last one is kept. */
export function timeText(ms: number): string {
  if (lastTime.ms !== ms) lastTime = { ms, text: new Date(ms).toISOString() };
  return lastTime.text;
}
