import type { ReviewStatus } from '@tutti/contracts';
import type { CompiledRetry, TryTask } from '@tutti/workflow';
import { askWhetherItHappened } from './call-review.js';
import { cancelTree } from './cancel.js';
import { enter, nodeBase } from './complete.js';
import { attemptBase, noteAttempt } from './identifiers.js';
import { RUN_LIMITS } from './limits.js';
import type { TaskScope } from './scope.js';
import type { CallNode, OpenWrite, TryNode } from './state.types.js';
import { clear, nodesOf, positionOf } from './tree.js';
import type { Frame, Result, Turn } from './turn.types.js';

/** Whether a `try` has retries left. Its conditions may still be against them: those are known only then. */
export function hasRetries(retry: CompiledRetry, { retries }: TryNode): boolean {
  return retries < Math.min(retry.attempts ?? Infinity, RUN_LIMITS.tryRetries);
}

/** Whether a `try` may come to its tasks once more. */
export function mayComeAgain({ catch: { retry } }: TryTask, node: TryNode): boolean {
  return node.phase !== 'catch' && retry !== undefined && hasRetries(retry, node);
}

/**
 * Remembers the writes at and below a task that is given up while nobody knows whether they happened: a `try`
 * around it may come to them again. The outermost one that may keeps them, because it lives the longest.
 */
export function noteOpenWrites(frame: Frame): void {
  const around = triesAround(frame.parent).filter(({ node }) => node.phase !== 'catch');
  if (around.length === 0) return;
  const writes = [...nodesOf(frame.node)].flatMap((node) =>
    node.type === 'call' && isOpen(node) ? [openWrite(node)] : [],
  );
  if (writes.length === 0) return;
  // Another version, to which the run is migrated, may retry what this one does not.
  for (const { node, task } of around) {
    if (mayComeAgain(task, node)) {
      node.open = [...(node.open ?? []), ...writes];
      return;
    }
    node.gaveUp = true;
  }
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

function isOpen({ effect, phase, review, pending }: CallNode): boolean {
  const begun = phase === 'out' || pending !== undefined;
  return effect === 'write' && (begun || (phase === 'review' && review?.why === 'unknown'));
}

function openWrite(node: CallNode): OpenWrite {
  const { target, call, timeoutMs, policy, key, secrets } = node;
  const write: OpenWrite = { position: positionOf(node), target, call, timeoutMs };
  if (policy !== undefined) write.policy = policy;
  if (key !== undefined) write.key = key;
  if (secrets !== undefined) write.secrets = secrets;
  return write;
}

/** The tries around a task, the outermost one first. */
function triesAround(from: Frame | null): { node: TryNode; task: TryTask }[] {
  const found: { node: TryNode; task: TryTask }[] = [];
  for (let at = from; at !== null; at = at.parent)
    if (at.node.type === 'try') found.unshift({ node: at.node, task: at.task as TryTask });
  return found;
}

/**
 * Begins a call whose write was given up before: a person is asked before it is made again. Undefined when
 * nothing is open at its place. The time of the task does not run while a person thinks.
 */
export function beginOpenWrite(scope: TaskScope): Result | undefined {
  const write = takeOpenWrite(scope);
  if (write === undefined) return undefined;
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

function takeOpenWrite({ parent, position }: TaskScope): OpenWrite | undefined {
  for (const { node } of triesAround(parent)) {
    const write = node.open?.find((other) => other.position === position);
    if (write === undefined) continue;
    const left = node.open?.filter((other) => other !== write) ?? [];
    if (left.length > 0) node.open = left;
    else clear(node, 'open');
    return write;
  }
  return undefined;
}
