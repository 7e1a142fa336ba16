import type { CompiledList, CompiledTask, CompiledThen } from '@tutti/workflow';
import type { RunDefinition } from './engine.types.js';
import { listsOf, placeIn, tasksIn } from './extended.js';
import type { RunState, TaskNode } from './state.types.js';
import { childrenOf } from './tree.js';

/**
 * The tasks that a run in this state may still start, by the document alone: every condition is taken for
 * undecided, so it names more than will run and never less. In the order of the document.
 */
export function reachableTasks({ workflow }: RunDefinition, state: RunState): CompiledTask[] {
  const found = new Set<CompiledTask>();
  if (state.root !== undefined) fromNode(state.root, workflow.root, { tasks: workflow.tasks, found });
  return [...workflow.tasks.values()].filter((task) => found.has(task));
}

/** Tasks that come to the tasks in them again, or to others than those that are active. */
const REPEATING = new Set<TaskNode['type']>(['for', 'try', 'listen', 'extension']);

interface Search {
  tasks: ReadonlyMap<string, CompiledTask>;
  found: Set<CompiledTask>;
}

/** What may start inside an active task, and after its active children. */
function fromNode(node: TaskNode, task: CompiledTask, search: Search): void {
  if (node.type === 'parked') addWhole(task, search);
  // A loop may come to every task of its list again, and so may a list that is tried once more.
  if (REPEATING.has(node.type)) addInside(task, search);
  if (node.type === 'fork') addUnstarted(node, task, search);
  for (const { child } of childrenOf(node)) {
    const childTask = search.tasks.get(child.task);
    if (childTask === undefined) continue;
    fromNode(child, childTask, search);
    // The branches of a fork do not follow one another.
    if (node.type === 'fork') continue;
    for (const list of Object.values(listsOf(task))) {
      const place = list && placeIn(list, childTask);
      if (list !== undefined && place !== undefined) addAfter(list, place, search);
    }
  }
}

function addUnstarted(
  { branches }: Extract<TaskNode, { type: 'fork' }>,
  task: CompiledTask,
  search: Search,
): void {
  branches.forEach((branch, i) => {
    const first = tasksIn(task)[i];
    const untouched = branch.node === undefined && branch.error === undefined && !('output' in branch);
    if (first !== undefined && untouched) addWhole(first, search);
  });
}

/** All tasks of a list to which the flow may come after one of them. */
function addAfter(list: CompiledList, after: CompiledTask, search: Search): void {
  const seen = new Set<number>();
  const open = nextOf(after);
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const task = list.tasks[index];
    if (task === undefined || seen.has(index)) continue;
    seen.add(index);
    addWhole(task, search);
    open.push(...nextOf(task));
  }
}

/** Places in the list that may follow a task, beyond its end when the list may end with it. */
function nextOf(task: CompiledTask): number[] {
  const directives: CompiledThen[] = [task.then];
  // A task that is skipped directs nothing, and neither does a switch without a case that holds.
  if (task.if !== undefined) directives.push('continue');
  if (task.type === 'switch') {
    directives.push(...task.cases.map(({ then }) => then));
    if (task.otherwise !== undefined) directives.push(task.otherwise.then);
  }
  return directives.flatMap((then) => {
    if (typeof then === 'number') return [then];
    return then === 'continue' ? [task.index + 1] : [];
  });
}

function addWhole(task: CompiledTask, search: Search): void {
  if (search.found.has(task)) return;
  search.found.add(task);
  addInside(task, search);
}

function addInside(task: CompiledTask, search: Search): void {
  for (const inner of tasksIn(task)) addWhole(inner, search);
  if (task.type === 'function' || task.type === 'extension') addWhole(task.task, search);
}
