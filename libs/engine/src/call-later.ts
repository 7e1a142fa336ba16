import type { CallAnswered, PendingCall } from '@tutti/contracts';
import { bubble } from './bubble.js';
import { keyOf } from './call-node.js';
import { send } from './call-send.js';
import { guarded } from './complete.js';
import { scopeOf } from './scope.js';
import type { CallNode } from './state.types.js';
import { locateAt } from './tree.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

/** Whether the answer of a call that is answered later is there, and no attempt was told of it. */
export function isAnswered({ pending }: CallNode): boolean {
  return pending !== undefined && 'answer' in pending && !pending.told;
}

/** The other side took the call: it holds no place while it waits, and goes on when something is known. */
export function awaitAnswer(turn: Turn, frame: Frame, promised: PendingCall): Result {
  const node = frame.node as CallNode;
  const { state, againAfterMs = Infinity, forMs } = promised;
  const dueAt = node.pending?.dueAt ?? turn.now + forMs;
  node.count = 0;
  if (isAnswered(node)) {
    node.pending = { state, answer: node.pending?.answer, dueAt };
    return send(turn, frame);
  }
  node.pending = { state, dueAt };
  node.phase = 'delay';
  node.until = Math.min(turn.now + againAfterMs, dueAt);
  return BLOCKED;
}

/** Whether a call was begun, and its time is over without an answer. */
export function isOverdue({ pending }: CallNode, now: number): boolean {
  return pending?.dueAt !== undefined && pending.dueAt <= now && !('answer' in pending);
}

/** A callback came. The result is why it changes nothing, undefined when it did. */
export function receiveAnswer(turn: Turn, command: CallAnswered): string | undefined {
  const { position, idempotencyKey, connection, answer } = command;
  const frame = locateAt(turn, position, (node) => node.type === 'call');
  const node = frame?.node as CallNode | undefined;
  if (frame === undefined || node === undefined) return 'The call is not under way';
  const isIt = node.target.kind === 'capability' && node.target.connection === connection;
  if (!isIt || keyOf(turn.state, node) !== idempotencyKey) return 'The call is not under way';
  const { review, pending: { dueAt } = {} } = node;
  if (node.phase === 'review' && review?.why !== 'unknown') return 'A person decides about the call';
  node.pending = { state: node.pending?.state ?? null, answer };
  if (dueAt !== undefined) node.pending.dueAt = dueAt;
  // The attempt that began it, or looks after it, is to end first.
  if (node.phase === 'out') return undefined;
  if (review !== undefined)
    turn.effects.push({ kind: 'review.close', reviewId: review.id, status: 'withdrawn' });
  bubble(
    turn,
    frame,
    guarded(scopeOf(turn, frame), () => send(turn, frame)),
  );
  return undefined;
}
