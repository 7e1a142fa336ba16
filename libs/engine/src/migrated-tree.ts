import type { CompiledList, CompiledTask, CompiledWorkflow } from '@tutti/workflow';
import { layersOf, ownName, placeIn, tasksIn } from './extended.js';
import type { TaskNode } from './state.types.js';
import { positionOf } from './tree.js';

/** The task of the other version that an active task inside `around` goes on as; undefined: there is none. */
export function counterpart(
  node: TaskNode,
  child: { node: TaskNode; task: CompiledTask; slot: number },
  around: { from: CompiledTask; to: CompiledTask },
): CompiledTask | undefined {
  const { from, to } = around;
  if (node.type === 'fork') return listIn(node, to)?.tasks[child.slot];
  if (to.type === 'function') return to.task;
  if (to.type === 'extension')
    return [to.task, ...tasksIn(to)].find(({ pointer }) => pointer === child.task.pointer);
  const before = listIn(node, from);
  const after = listIn(node, to);
  if (before === undefined || after === undefined) return undefined;
  const name = ownName(child.task);
  const named = (list: CompiledList) => list.tasks.filter((task) => ownName(task) === name);
  const [only, another] = named(after);
  // Of several with one name only the place tells which is which.
  const index = placeIn(before, child.task)?.index;
  const isOnly = another === undefined && named(before).length === 1;
  const place = isOnly ? only : named(after).find((task) => task.index === index);
  if (place === undefined) return undefined;
  const layers = layersOf(place);
  return child.task.type === 'extension'
    ? layers.find(({ pointer }) => pointer === child.task.pointer)
    : layers.at(-1);
}

/** The list of a task in which its active child stands. */
export function listIn(node: TaskNode, task: CompiledTask): CompiledList | undefined {
  if (task.type === 'try') return node.type === 'try' && node.phase === 'catch' ? task.catch.list : task.list;
  if (task.type === 'listen') return task.foreach?.list;
  return 'list' in task ? task.list : undefined;
}

/**
 * The tree of active tasks with the pointers of another version. Positions stay, because keys and reviews are
 * named by them. Where a task moved in its list, a new round of the list begins: so no later task gets the
 * position of one that ran before.
 */
export function movedTree(
  root: TaskNode,
  { from, to }: { from: CompiledWorkflow; to: CompiledWorkflow },
): TaskNode {
  return moved(root, { from: from.root, to: to.root }, from);
}

function moved(
  node: TaskNode,
  tasks: { from: CompiledTask; to: CompiledTask },
  from: CompiledWorkflow,
): TaskNode {
  const copy = { ...node };
  if (node.task !== tasks.to.pointer) {
    copy.position = positionOf(node);
    copy.task = tasks.to.pointer;
  }
  const inside = (child: TaskNode, slot: number) => {
    const task = from.tasks.get(child.task) as CompiledTask;
    const to = counterpart(node, { node: child, task, slot }, tasks) as CompiledTask;
    return { node: moved(child, { from: task, to }, from), isMoved: to.index !== task.index };
  };
  if (copy.type === 'fork') {
    copy.branches = copy.branches.map((branch, slot) =>
      branch.node === undefined ? branch : { node: inside(branch.node, slot).node },
    );
  } else if ('child' in copy && copy.child !== undefined) {
    const child = inside(copy.child, 0);
    copy.child = child.node;
    if (child.isMoved && (copy.type === 'do' || copy.type === 'for' || copy.type === 'try'))
      copy.round = (copy.round ?? 0) + 1;
  }
  return copy;
}
