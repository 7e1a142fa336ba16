import type { ReviewStatus } from '@tutti/contracts';
import type { TaskNode } from './state.types.js';
import { nodesOf, positionOf } from './tree.js';
import type { Turn } from './turn.types.js';

/** Gives up everything that is active below a node: calls and sub-workflows are cancelled, reviews closed. */
export function cancelTree(
  turn: Turn,
  root: TaskNode | undefined,
  reviews: Extract<ReviewStatus, 'expired' | 'withdrawn'> = 'withdrawn',
): void {
  for (const node of nodesOf(root)) {
    if (node.type === 'call' && node.phase === 'out') {
      turn.effects.push({ kind: 'call.cancel', callId: positionOf(node), attempt: node.attempt });
    }
    // One that was not started yet is not left to anybody: it never begins.
    if (node.type === 'workflow' && (node.phase === 'starting' || node.cascade === 'cancel'))
      turn.effects.push({ kind: 'run.cancel', runId: node.runId });
    const reviewId = openReviewOf(node);
    if (reviewId !== undefined) turn.effects.push({ kind: 'review.close', reviewId, status: reviews });
  }
}

/** The review that a node waits for. */
export function openReviewOf(node: TaskNode): string | undefined {
  if (node.type === 'review') return node.reviewId;
  return node.type === 'call' && node.phase === 'review' ? node.review?.id : undefined;
}
