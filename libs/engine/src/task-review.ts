import type { ArtifactRef, ReviewDecision } from '@tutti/contracts';
import { EvaluationError, type ReviewTask } from '@tutti/workflow';
import { documentOf } from './call-node.js';
import { complete, enter, nodeBase } from './complete.js';
import type { ReviewOpenEffect } from './engine.types.js';
import { attemptBase, deterministicUuid, noteAttempt } from './identifiers.js';
import { scopeOf, type TaskScope } from './scope.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

interface ReviewRequest {
  title?: unknown;
  because?: unknown;
  data?: unknown;
  context?: unknown;
  form?: unknown;
  capability?: unknown;
}

/** `call: human.review:1@default`: asks a person, and waits; the task's timeout is the time they have. */
export function beginReview(scope: TaskScope, task: ReviewTask): Result {
  const request = task.with.evaluate(scope.input, scope);
  if (typeof request !== 'object' || request === null) {
    throw new EvaluationError('expression', 'human.review needs an object in `with`');
  }
  const number = attemptBase(scope.parent) + 1;
  const reviewId = deterministicUuid(scope.turn.state.run.id, scope.position, number);
  const node = { ...nodeBase(scope), type: 'review', reviewId } as const;
  enter(scope, node);
  noteAttempt(scope.parent, number);
  const effect = openEffect(scope, request as ReviewRequest, { reviewId, dueAt: node.deadline });
  scope.turn.effects.push(effect);
  scope.turn.entries.push({ kind: 'review.opened', ...scope.of, reviewId, because: effect.because });
  return BLOCKED;
}

function openEffect(
  scope: TaskScope,
  request: ReviewRequest,
  { reviewId, dueAt }: { reviewId: string; dueAt: number | undefined },
): ReviewOpenEffect {
  const { form, capability } = request;
  const document: ArtifactRef | undefined = documentOf(request);
  return {
    kind: 'review.open',
    reviewId,
    position: scope.position,
    task: scope.task.pointer,
    title: typeof request.title === 'string' ? request.title : scope.task.name,
    because: typeof request.because === 'string' ? request.because : 'The workflow asks for a decision.',
    ...(typeof form === 'object' && form !== null && { form: form as Record<string, unknown> }),
    ...(typeof capability === 'string' && { formCapability: capability }),
    data: request.data ?? null,
    context: request.context ?? null,
    ...(document && { document }),
    ...(dueAt !== undefined && { dueAt }),
  };
}

/** A person decided: their decision is the output, approved or not. */
export function decideReview(turn: Turn, frame: Frame, decision: ReviewDecision): Result {
  return complete(scopeOf(turn, frame), {
    approved: decision.approved,
    decision: decision.approved ? 'approved' : 'rejected',
    data: decision.data ?? null,
    edits: decision.edits,
    comment: decision.comment ?? null,
    by: decision.by,
    at: decision.at,
  });
}
