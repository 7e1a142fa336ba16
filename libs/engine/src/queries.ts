import { RUN_ENDED } from '@tutti/contracts';
import { pointerTokens } from '@tutti/workflow';
import { callEffect } from './call-node.js';
import { openReviewOf } from './cancel.js';
import { earliestDue } from './due.js';
import type { ActiveTask, CallEffect } from './engine.types.js';
import type { RunState, TaskNode } from './state.types.js';
import { childrenOf, nodesOf, positionOf } from './tree.js';

/** Calls that were sent and are not settled, for re-sending after a crash; all of it comes from the state. */
export function outstandingCalls(state: RunState): CallEffect[] {
  const calls: CallEffect[] = [];
  for (const node of nodesOf(state.root)) {
    if (node.type === 'call' && node.phase === 'out') calls.push(callEffect(state, node, nameOf(node)));
  }
  return calls;
}

/**
 * Earliest deadline in epoch milliseconds, null when there is none. It may be the present or past, when a
 * turn was full: then `due` is to be sent at once.
 */
export function wakeAt(state: RunState): number | null {
  if (RUN_ENDED.has(state.status) || state.suspended) return null;
  const due = earliestDue(state);
  return due === Infinity ? null : due;
}

/** Ids of the reviews that are open. */
export function openReviews(state: RunState): string[] {
  return [...nodesOf(state.root)].flatMap((node) => openReviewOf(node) ?? []);
}

/** Runs that are to be cancelled with this one. */
export function runsToCancel(state: RunState): string[] {
  const awaited = [...nodesOf(state.root)].flatMap((node) =>
    node.type === 'workflow' && node.phase === 'running' && node.cascade === 'cancel' ? [node.runId] : [],
  );
  return [...awaited, ...(state.followers ?? [])];
}

/** Runs whose end a task of this one waits for. */
export function awaitedRuns(state: RunState): string[] {
  return [...nodesOf(state.root)].flatMap((node) =>
    node.type === 'workflow' && node.phase === 'running' ? [node.runId] : [],
  );
}

/**
 * The types of the events that a run listens for, sorted; `''` stands for any type. Empty: it listens for
 * none.
 */
export function listenedTypes(state: RunState): string[] {
  const types = new Set<string>();
  for (const node of nodesOf(state.root)) {
    if (node.type !== 'listen' || node.over) continue;
    for (const type of node.types ?? ['']) types.add(type);
  }
  return types.has('') ? [''] : [...types].sort();
}

/** The task instances that are active, outermost first. */
export function activeTasks(state: RunState): ActiveTask[] {
  const active: ActiveTask[] = [];
  for (const node of nodesOf(state.root)) {
    if (node.task === '') continue;
    const type = node.type === 'parked' ? node.of : node.type;
    active.push({ position: positionOf(node), task: node.task, name: nameOf(node), type, since: node.since });
  }
  return active;
}

/** Those of the active tasks that no other one is inside of: what the run waits for. */
export function innermostTasks(state: RunState): ActiveTask[] {
  const leaves = new Set<string>();
  for (const node of nodesOf(state.root)) if (childrenOf(node).next().done) leaves.add(positionOf(node));
  return activeTasks(state).filter(({ position }) => leaves.has(position));
}

function nameOf(node: TaskNode): string {
  return pointerTokens(node.task).at(-1) ?? '';
}
