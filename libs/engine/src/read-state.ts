import type { RunState, TaskNode } from './state.types.js';

/** A stored state that this engine cannot go on with; the message is the end of a sentence. */
export class UnreadableState extends Error {
  override readonly name = 'UnreadableState';
}

/** The layouts of a state, `RunState.v`, that this engine knows. */
const LAYOUT = 1;
/** Complete by its type: a node type that is forgotten here does not compile. */
const NODE_TYPES: Record<TaskNode['type'], true> = {
  do: true,
  for: true,
  try: true,
  fork: true,
  function: true,
  extension: true,
  listen: true,
  wait: true,
  review: true,
  parked: true,
  workflow: true,
  call: true,
};

/**
 * Reads the text of a state as far as every look at it needs: what is asked of it later (deadlines, calls,
 * reviews, events) must not throw, because one run would then hold up the others of its turn. Throws
 * UnreadableState.
 */
export function readState(text: string): RunState {
  const state = parsed(text) as Partial<RunState> | null;
  if (typeof state !== 'object' || state === null) throw new UnreadableState('it is no object');
  if (state.v !== LAYOUT)
    throw new UnreadableState(`its layout is ${JSON.stringify(state.v)}, not ${LAYOUT}`);
  if (typeof state.run !== 'object' || state.run === null) throw new UnreadableState('it names no run');
  for (const list of [state.followers, state.signals]) checkList(list, 'the run');
  if (state.root !== undefined) checkNode(state.root);
  return state as RunState;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnreadableState((error as Error).message);
  }
}

function checkNode(node: TaskNode): void {
  if (typeof node !== 'object' || node === null || typeof node.task !== 'string')
    throw new UnreadableState('a task in it has no name');
  if (!Object.hasOwn(NODE_TYPES, node.type))
    throw new UnreadableState(`the task ${node.task} is of the unknown type ${JSON.stringify(node.type)}`);
  if (node.type === 'fork') {
    if (!Array.isArray(node.branches)) throw new UnreadableState(`the fork ${node.task} has no branches`);
    for (const branch of node.branches) if (branch?.node !== undefined) checkNode(branch.node);
  } else if ('child' in node && node.child !== undefined) checkNode(node.child);
  if (node.type === 'listen') checkList(node.types, node.task);
}

function checkList(list: unknown, of: string): void {
  if (list !== undefined && !Array.isArray(list)) throw new UnreadableState(`a list of ${of} is none`);
}
