import { callEffect } from './call-node.js';
import { askWhetherItHappened, openCallReview } from './call-review.js';
import { startAllParked } from './command.js';
import { runDue } from './due.js';
import { idempotencyKey } from './identifiers.js';
import type { CallNode, ParkedNode, ReviewNode, RunState, TaskNode } from './state.types.js';
import { startAnew } from './task-workflow.js';
import { locateAt, nodesOf, positionOf } from './tree.js';
import type { Frame, Turn } from './turn.types.js';

/**
 * A run that begins from a state of another one: its deadlines count on from now, what was outstanding is
 * sent again, sub-workflows and reviews are begun anew, and the task that it begins from starts.
 */
export function applyRestored(turn: Turn, from: RunState): undefined {
  const { state, now } = turn;
  const shift = now - (from.restoredAt ?? now);
  state.input = from.input;
  state.context = from.context;
  state.activations = from.activations ?? 0;
  if (turn.definition.workflow.secrets.length > 0) state.secretsOf = from.secretsOf ?? from.run.id;
  if (from.deadline !== undefined) state.deadline = from.deadline + shift;
  if (from.signals !== undefined) state.signals = from.signals;
  if (from.root !== undefined) state.root = adopted(from.root, { from, shift });
  const nodes = [...nodesOf(state.root)];
  const parked = nodes.find(({ type }) => type === 'parked');
  turn.entries.push({ kind: 'run.started', at: now, ...(parked && { from: positionOf(parked) }) });
  for (const node of nodes) {
    if (node.type === 'call' && node.phase !== 'delay') reviveCall(turn, positionOf(node));
  }
  for (const node of nodes) if (node.type === 'workflow') startAnew(turn, positionOf(node));
  startAllParked(turn);
  runDue(turn);
  return undefined;
}

/** A copy of the tree with all deadlines moved. A review task is held back: when it starts, it asks anew. */
function adopted(node: TaskNode, by: { from: RunState; shift: number }): TaskNode {
  if (node.type === 'review') return heldBack(node);
  const copy = { ...node };
  if (copy.deadline !== undefined) copy.deadline += by.shift;
  if ('until' in copy && copy.until !== undefined) copy.until += by.shift;
  if (copy.type === 'call') {
    copy.key ??= idempotencyKey(by.from, positionOf(copy));
    if (copy.pending?.dueAt !== undefined)
      copy.pending = { ...copy.pending, dueAt: copy.pending.dueAt + by.shift };
  } else if (copy.type === 'try' && copy.open !== undefined) {
    copy.open = copy.open.map((write) => ({
      ...write,
      key: write.key ?? idempotencyKey(by.from, write.position),
    }));
  }
  if (copy.type === 'fork') {
    copy.branches = copy.branches.map((branch) =>
      branch.node ? { node: adopted(branch.node, by) } : branch,
    );
  } else if ('child' in copy && copy.child !== undefined) {
    copy.child = adopted(copy.child, by);
  }
  return copy;
}

function heldBack({ task, position, since, input }: ReviewNode): ParkedNode {
  const node: ParkedNode = { type: 'parked', of: 'review', task, since };
  if (position !== undefined) node.position = position;
  if (input !== undefined) node.input = input;
  return node;
}

function reviveCall(turn: Turn, position: string): void {
  const frame = locateAt(turn, position, (node) => node.type === 'call') as Frame;
  const node = frame.node as CallNode;
  if (node.phase === 'review' && node.review !== undefined) {
    const { why } = node.review;
    const data = why === 'unknown' ? { happened: false, answer: null } : (node.best?.output ?? null);
    openCallReview(turn, frame, { why, data, because: 'The run was started again while this was open.' });
  } else if (node.effect === 'write') {
    askWhetherItHappened(turn, frame, 'the run was started again while the call was under way');
  } else {
    turn.effects.push(callEffect(turn.state, node, frame.task.name));
  }
}
