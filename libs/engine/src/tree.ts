import type { CompiledTask, ExtensionTask } from '@tutti/workflow';
import type { RunState, TaskNode } from './state.types.js';
import type { Frame, Turn } from './turn.types.js';

/** Name of a task instance: its pointer plus loop turns and jumps back. */
export function positionOf(node: TaskNode): string {
  return node.position ?? node.task;
}

/** The active tasks directly inside a task. */
export function* childrenOf(node: TaskNode): Generator<{ child: TaskNode; slot: number }> {
  if (node.type === 'fork') {
    for (let slot = 0; slot < node.branches.length; slot += 1) {
      const child = node.branches[slot]?.node;
      if (child !== undefined) yield { child, slot };
    }
  } else if ('child' in node && node.child !== undefined) {
    yield { child: node.child, slot: 0 };
  }
}

/** All nodes of a tree, outermost first. */
export function* nodesOf(node: TaskNode | undefined): Generator<TaskNode> {
  if (node === undefined) return;
  yield node;
  for (const { child } of childrenOf(node)) yield* nodesOf(child);
}

/** Puts a node into its parent. */
export function attach(parent: Frame, slot: number, node: TaskNode): void {
  const into = parent.node;
  if (into.type === 'fork') into.branches[slot] = { node };
  else (into as { child?: TaskNode }).child = node;
}

/** Takes the child out of a task that has one at a time. */
export function detach(frame: Frame): void {
  clear(frame.node as { child?: TaskNode }, 'child');
}

/**
 * Takes an optional property away. Not by `undefined`: the property would keep its place among the others,
 * which JSON drops, and a state that went through JSON would be another text than one that did not.
 */
export function clear<T extends object>(node: T, name: keyof T): void {
  if (name in node) delete node[name];
}

/**
 * The frame of the first node that matches; the nodes on the way to it are copied, so that the old state
 * stays as it was (but see `Fresh`).
 */
export function locate(turn: Turn, matches: (node: TaskNode) => boolean): Frame | undefined {
  const { root } = turn.state;
  return root && frameAt(turn, root, pathTo(root, matches));
}

/**
 * The same for a node at a known position: goes straight to its branch of a fork instead of through all of
 * them.
 */
export function locateAt(
  turn: Turn,
  position: string,
  matches: (node: TaskNode) => boolean,
): Frame | undefined {
  const { root } = turn.state;
  const isIt = (node: TaskNode) => positionOf(node) === position && matches(node);
  return root && frameAt(turn, root, pathAlong(root, position, isIt) ?? pathTo(root, isIt));
}

/** The frame at the end of a path; its nodes are copied. */
function frameAt(turn: Turn, root: TaskNode, path: Step[] | undefined): Frame | undefined {
  if (path === undefined) return undefined;
  const { tasks } = turn.definition.workflow;
  let frame: Frame = {
    node: ownNode(turn, root),
    task: tasks.get(root.task) as CompiledTask,
    parent: null,
    slot: 0,
  };
  turn.state.root = frame.node;
  for (const { child, slot } of path.reverse()) {
    const node = ownNode(turn, child);
    attach(frame, slot, node);
    frame = { node, task: tasks.get(node.task) as CompiledTask, parent: frame, slot };
  }
  return frame;
}

/** A node that this turn may change. */
function ownNode({ fresh }: Turn, node: TaskNode): TaskNode {
  if (fresh?.has(node)) return node;
  const copy = node.type === 'fork' ? { ...node, branches: [...node.branches] } : { ...node };
  fresh?.add(copy);
  return copy;
}

interface Step {
  child: TaskNode;
  slot: number;
}

/**
 * `pathTo` by the position alone, which begins with that of every task around it and names the slot in a
 * fork.
 */
function pathAlong(
  root: TaskNode,
  position: string,
  matches: (node: TaskNode) => boolean,
): Step[] | undefined {
  const path: Step[] = [];
  for (let node = root; !matches(node);) {
    const slot = node.type === 'fork' ? slotIn(node, position) : 0;
    const child = node.type === 'fork' ? node.branches[slot]?.node : (node as { child?: TaskNode }).child;
    if (child === undefined) return undefined;
    path.push({ child, slot });
    node = child;
  }
  return path.reverse();
}

function slotIn(fork: TaskNode, position: string): number {
  const branches = `${positionOf(fork)}/fork/branches/`;
  return position.startsWith(branches) ? Number.parseInt(position.slice(branches.length), 10) : -1;
}

/** The steps from a node down to the match, last one first; undefined when nothing matches. */
function pathTo(node: TaskNode, matches: (node: TaskNode) => boolean): Step[] | undefined {
  if (matches(node)) return [];
  if (node.type !== 'fork') {
    const child = 'child' in node ? node.child : undefined;
    const path = child && pathTo(child, matches);
    if (path !== undefined) path.push({ child: child as TaskNode, slot: 0 });
    return path;
  }
  // Without a generator: for each answer of a wide fork this loop is most of the work.
  for (let slot = 0; slot < node.branches.length; slot += 1) {
    const child = node.branches[slot]?.node;
    const path = child && pathTo(child, matches);
    if (path !== undefined) {
      path.push({ child: child as TaskNode, slot });
      return path;
    }
  }
  return undefined;
}

/** The raw input of an active task: its own, or the transformed input of the task around it. */
export function rawInput(frame: Frame, state: RunState): unknown {
  if (frame.node.input !== undefined) return frame.node.input;
  return frame.parent === null ? state.input : taskInput(frame.parent, state);
}

/** The transformed input of an active task. */
export function taskInput(frame: Frame, state: RunState): unknown {
  return frame.node.filtered !== undefined ? frame.node.filtered : rawInput(frame, state);
}

/** Position of a task inside another; undefined when it is the same as its pointer. */
export function childPosition(parent: Frame, task: CompiledTask): string | undefined {
  if (task.type !== 'extension') return instanceOf(parent, task.pointer);
  const { pointer } = task.of;
  const position = `${instanceOf(parent, pointer) ?? pointer}${task.extension.pointer}`;
  return position === task.pointer ? undefined : position;
}

function instanceOf(parent: Frame, pointer: string): string | undefined {
  const { node } = parent;
  if (node.type === 'extension') return insideExtension(parent, pointer);
  const round = 'round' in node ? node.round : undefined;
  const turns = node.type === 'for' || node.type === 'listen';
  if (!turns && node.type !== 'function' && node.position === undefined && !round) return undefined;
  const suffix = node.type === 'function' ? pointer : pointer.slice(node.task.length);
  const turn = turns ? `[${node.turn}]` : '';
  const visit = round ? `#${round + 1}` : '';
  return `${positionOf(node)}${turn}${suffix}${visit}`;
}

/**
 * The task that is extended has the position that it had without; what comes before and after has that of
 * the extension.
 */
function insideExtension({ node, task }: Frame, pointer: string): string | undefined {
  const position = positionOf(node);
  const { extension } = task as ExtensionTask;
  if (node.type === 'extension' && node.phase !== 'task') {
    const visit = node.round ? `#${node.round + 1}` : '';
    return `${position}${pointer.slice(extension.pointer.length)}${visit}`;
  }
  const around = position.slice(0, -extension.pointer.length);
  return around === pointer ? undefined : around;
}

/** How many tasks are around a frame, itself included. */
export function depthOf(frame: Frame): number {
  let depth = 0;
  for (let at: Frame | null = frame; at !== null; at = at.parent) depth += 1;
  return depth;
}
