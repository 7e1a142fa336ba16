import type { ReviewStatus } from '@tutti/contracts';
import { askWhetherItHappened } from './call-review.js';
import { cancelTree } from './cancel.js';
import { enter, nodeBase } from './complete.js';
import { attemptBase, noteAttempt } from './identifiers.js';
import type { TaskScope } from './scope.js';
import type { CallNode, OpenWrite, TryNode } from './state.types.js';
import { nodesOf, positionOf } from './tree.js';
import type { Frame, Result, Turn } from './turn.types.js';

/**
 * Remembers the writes at and below a task that is given up while nobody knows whether they happened: a `try`
 * around it may come to them again. The outermost one keeps them, because it lives the longest.
 */
export function noteOpenWrites(frame: Frame): void {
  const keeper = outermostTry(frame.parent);
  if (keeper === undefined) return;
  const writes = [...nodesOf(frame.node)].flatMap((node) =>
    node.type === 'call' && isOpen(node) ? [openWrite(node)] : [],
  );
  if (writes.length > 0) keeper.open = [...(keeper.open ?? []), ...writes];
}

/** Gives up a task and everything inside it, which a `try` around it may come to again. */
export function giveUp(
  turn: Turn,
  frame: Frame,
  reviews?: Extract<ReviewStatus, 'expired' | 'withdrawn'>,
): void {
  noteOpenWrites(frame);
  cancelTree(turn, frame.node, reviews);
}

function isOpen({ effect, phase, review }: CallNode): boolean {
  return effect === 'write' && (phase === 'out' || (phase === 'review' && review?.why === 'unknown'));
}

function openWrite(node: CallNode): OpenWrite {
  const { target, call, timeoutMs, policy, key, secrets } = node;
  const write: OpenWrite = { position: positionOf(node), target, call, timeoutMs };
  if (policy !== undefined) write.policy = policy;
  if (key !== undefined) write.key = key;
  if (secrets !== undefined) write.secrets = secrets;
  return write;
}

function outermostTry(from: Frame | null): TryNode | undefined {
  let found: TryNode | undefined;
  for (let at = from; at !== null; at = at.parent) if (at.node.type === 'try') found = at.node;
  return found;
}

/**
 * Begins a call whose write was given up before: a person is asked before it is made again. Undefined when
 * nothing is open at its place. The time of the task does not run while a person thinks.
 */
export function beginOpenWrite(scope: TaskScope): Result | undefined {
  const keeper = outermostTry(scope.parent);
  const write = keeper?.open?.find(({ position }) => position === scope.position);
  if (keeper?.open === undefined || write === undefined) return undefined;
  const left = keeper.open.filter((other) => other !== write);
  if (left.length > 0) keeper.open = left;
  else delete keeper.open;
  const { position: _, ...call } = write;
  const { deadline: _later, ...base } = nodeBase(scope);
  const attempt = attemptBase(scope.parent) + 1;
  noteAttempt(scope.parent, attempt);
  const frame = enter(scope, {
    ...base,
    type: 'call',
    phase: 'out',
    attempt,
    count: 0,
    effect: 'write',
    ...call,
  });
  const detail = 'it was given up while it was under way, and is now to be made again';
  return askWhetherItHappened(scope.turn, frame, detail);
}
