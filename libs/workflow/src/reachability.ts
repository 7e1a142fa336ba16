import type { Finding } from '@tutti/contracts';
import type { CompiledList, CompiledTask, CompiledThen } from './compiled.types.js';

/** Tasks that the flow can never come to, because everything before them goes elsewhere. */
export function unreachableTasks(tasks: Iterable<CompiledTask>): Finding[] {
  const findings: Finding[] = [];
  for (const list of lists(tasks)) {
    const reached = reach(list);
    for (const task of list.tasks) {
      if (reached.has(task.index)) continue;
      findings.push({
        severity: 'warning',
        code: 'unreachable',
        pointer: task.pointer,
        message: `The task "${task.name}" is never reached`,
        fix: 'Name it in a `then`, or remove it.',
      });
    }
  }
  return findings;
}

function* lists(tasks: Iterable<CompiledTask>): Generator<CompiledList> {
  for (const task of tasks) {
    if (task.type === 'do' || task.type === 'for') yield task.list;
    if (task.type !== 'try') continue;
    yield task.list;
    if (task.catch.list) yield task.catch.list;
  }
}

function reach({ tasks }: CompiledList): Set<number> {
  const reached = new Set<number>();
  const open = tasks.length > 0 ? [0] : [];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const task = tasks[index];
    if (task === undefined || reached.has(index)) continue;
    reached.add(index);
    for (const then of exits(task)) {
      if (then === 'continue') open.push(index + 1);
      else if (typeof then === 'number') open.push(then);
    }
  }
  return reached;
}

function exits(task: CompiledTask): CompiledThen[] {
  // A task that is skipped goes on to the next one.
  const skipped: CompiledThen[] = task.if === undefined ? [] : ['continue'];
  if (task.type === 'raise') return skipped;
  if (task.type !== 'switch') return [...skipped, task.then];
  const last = task.otherwise?.then ?? task.then;
  return [...skipped, ...task.cases.map(({ then }) => then), last];
}
