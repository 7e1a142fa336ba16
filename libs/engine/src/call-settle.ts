import type { CallError, CallOutcome, Effect, FallbackReason, ReviewDecision } from '@tutti/contracts';
import { WORKFLOW_ERROR_BASE } from '@tutti/contracts';
import type { CompiledPolicy, RetryRule } from '@tutti/routing';
import { keyOf, ofNode, policyOf, retryRuleOf, settledEntry } from './call-node.js';
import { askWhetherItHappened, openCallReview, saysItHappened, unsureBecause } from './call-review.js';
import { awaitAnswer, isAnswered } from './call-later.js';
import { send, tryNextCandidate } from './call-send.js';
import { complete, fault } from './complete.js';
import type { RunEvent } from './engine.types.js';
import { BACKOFF_MS_MAX, DEFECT_ATTEMPTS, RETRY_AFTER_MS_MAX } from './limits.js';
import { callProblem, hubError, workflowError } from './problems.js';
import { noteOpenWrites } from './open-writes.js';
import { scopeOf, type TaskScope } from './scope.js';
import type { CallNode } from './state.types.js';
import { clear, positionOf } from './tree.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

type Succeeded = Extract<CallOutcome, { status: 'succeeded' }>;
type Failed = Extract<CallOutcome, { status: 'failed' }>;

/** An attempt came to its end. */
export function settleCall(turn: Turn, frame: Frame, event: Extract<RunEvent, { kind: 'settled' }>): Result {
  const node = frame.node as CallNode;
  turn.entries.push(settledEntry(turn, frame, event));
  if (event.outcome.status === 'failed') return settleFailure(turn, frame, event.outcome);
  addCost(turn, event.outcome);
  if (event.outcome.pending !== undefined) return awaitAnswer(turn, frame, event.outcome.pending);
  const { output, effect } = event.outcome;
  receipt(turn, node, { status: 'succeeded', answer: output, effect });
  return accept(turn, frame, event.outcome);
}

/** The time of an attempt is over and nothing was heard of it. */
export function timeOutCall(turn: Turn, frame: Frame): Result {
  const node = frame.node as CallNode;
  const error: CallError = {
    type: `${WORKFLOW_ERROR_BASE}timeout`,
    status: 408,
    title: 'Timeout',
    detail: `No answer within ${node.timeoutMs} ms`,
    reason: 'timeout',
  };
  // What was begun is not made again by looking for its answer.
  const fate = node.effect === 'write' && node.pending === undefined ? 'unknown' : 'transient';
  const callId = positionOf(node);
  turn.effects.push({ kind: 'call.cancel', callId, attempt: node.attempt });
  const startedAt = (node.until ?? turn.now) - node.timeoutMs;
  const outcome: Failed = { status: 'failed', fate, error };
  turn.entries.push(settledEntry(turn, frame, { outcome, startedAt }));
  return settleFailure(turn, frame, outcome);
}

/** The time is over in which a call that was begun was to be answered. */
export function expirePending(turn: Turn, frame: Frame): Result {
  const node = frame.node as CallNode;
  clear(node, 'pending');
  const error: CallError = {
    type: `${WORKFLOW_ERROR_BASE}timeout`,
    status: 408,
    title: 'Timeout',
    detail: 'It was begun, and its answer did not come in time',
    reason: 'timeout',
  };
  const fate = node.effect === 'write' ? 'unknown' : 'permanent';
  const outcome: Failed = { status: 'failed', fate, error };
  turn.entries.push(settledEntry(turn, frame, { outcome, startedAt: node.since }));
  return settleFailure(turn, frame, outcome);
}

function addCost({ state }: Turn, { usage }: Succeeded): void {
  if (usage?.costMicros === undefined || usage.currency === undefined) return;
  const before = state.cost?.[usage.currency] ?? 0;
  state.cost = { ...state.cost, [usage.currency]: before + usage.costMicros };
}

function receipt(
  turn: Turn,
  node: CallNode,
  {
    effect = node.effect,
    ...what
  }: { status: 'succeeded' | 'failed' | 'unknown'; answer?: unknown; effect?: Effect | undefined },
): void {
  if (effect === 'read') return;
  const position = positionOf(node);
  turn.effects.push({
    kind: 'receipt',
    position,
    attempt: node.attempt,
    ...(node.target.kind === 'capability' && { connection: node.target.connection }),
    idempotencyKey: keyOf(turn.state, node),
    ...what,
  });
}

/** An answer is there; whether it is sure enough, the policy's floor says. */
function accept(turn: Turn, frame: Frame, { output, confidence }: Succeeded): Result {
  const node = frame.node as CallNode;
  const policy = policyOf(turn, node);
  const sure = confidence ?? confidenceIn(output);
  if (policy?.confidence === undefined || sure === undefined || sure >= policy.confidence.floor) {
    return complete(scopeOf(turn, frame), output ?? null);
  }
  return unsure(turn, frame, { policy, output, confidence: sure, floor: policy.confidence.floor });
}

function confidenceIn(output: unknown): number | undefined {
  if (typeof output !== 'object' || output === null) return undefined;
  const { confidence } = output as { confidence?: unknown };
  return typeof confidence === 'number' ? confidence : undefined;
}

function unsure(
  turn: Turn,
  frame: Frame,
  answer: { policy: CompiledPolicy; output: unknown; confidence: number; floor: number },
): Result {
  const node = frame.node as CallNode;
  const { policy, output, confidence, floor } = answer;
  const connection = node.target.kind === 'capability' ? node.target.connection : node.target.kind;
  const because = unsureBecause(output, confidence, floor);
  if (node.best === undefined || confidence > node.best.confidence)
    node.best = { connection, confidence, output };
  if (policy.confidence?.below === 'review') {
    return openCallReview(turn, frame, { why: 'confidence', data: node.best.output, because });
  }
  noteFailure(node, 'low-confidence', because);
  return tryNextCandidate(turn, frame);
}

function noteFailure(node: CallNode, reason: FallbackReason, because: string): void {
  const connection = node.target.kind === 'capability' ? node.target.connection : node.target.kind;
  node.tried = [...(node.tried ?? []), { connection, reason, because }];
}

function settleFailure(turn: Turn, frame: Frame, outcome: Failed): Result {
  const node = frame.node as CallNode;
  const { fate, error } = outcome;
  if (isAnswered(node)) return send(turn, frame);
  if (fate === 'unknown') {
    receipt(turn, node, { status: 'unknown' });
    return askWhetherItHappened(turn, frame, error.detail ?? error.title);
  }
  receipt(turn, node, { status: 'failed', effect: outcome.effect });
  node.error = callProblem(error, node.task);
  const rule = retryRuleOf(turn, node);
  if (rule !== undefined && node.count < attemptsFor(fate, rule))
    return delayRetry(turn, node, { outcome, rule });
  if (node.target.kind !== 'capability') return fault(scopeOf(turn, frame), node.error);
  noteFailure(
    node,
    reasonOf(outcome),
    `${error.title}${error.detail === undefined ? '' : `: ${error.detail}`}`,
  );
  return tryNextCandidate(turn, frame);
}

function attemptsFor(fate: Failed['fate'], rule: RetryRule): number {
  if (fate === 'permanent') return 0;
  return fate === 'defect' ? Math.min(DEFECT_ATTEMPTS, rule.attempts) : rule.attempts;
}

function reasonOf({ fate, error }: Failed): FallbackReason {
  if (error.reason !== undefined) return error.reason;
  return { permanent: 'rejected', transient: 'unavailable', defect: 'defect', unknown: 'timeout' }[
    fate
  ] as FallbackReason;
}

/** The next attempt waits: as long as the other side asks for, else the policy's backoff. */
function delayRetry(
  turn: Turn,
  node: CallNode,
  { outcome, rule }: { outcome: Failed; rule: RetryRule },
): Result {
  const factor = { constant: 1, linear: node.count, exponential: 2 ** (node.count - 1) }[rule.backoff];
  const backoff = Math.min(rule.delayMs * factor, rule.maxDelayMs, BACKOFF_MS_MAX);
  const asked = Math.min(outcome.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);
  node.phase = 'delay';
  node.until = turn.now + Math.max(backoff, asked);
  return BLOCKED;
}

/** A person decided about a call. */
export function decideCall(turn: Turn, frame: Frame, decision: ReviewDecision): Result {
  const node = frame.node as CallNode;
  const scope = scopeOf(turn, frame);
  if (!decision.approved) {
    const comment = decision.comment === undefined ? '' : `: ${decision.comment}`;
    return fault(scope, hubError('review-rejected', `${decision.by} rejected it${comment}`, node.task));
  }
  if (node.review?.why !== 'unknown') return complete(scope, decision.data ?? null);
  const { happened, answer } = saysItHappened(decision);
  if (!happened) {
    // The person knows that it did not happen: the same key once more cannot do it twice.
    node.count = 0;
    startTimeout(scope, node);
    return send(turn, frame);
  }
  receipt(turn, node, { status: 'succeeded', answer });
  return complete(scope, answer);
}

/** The time of a task that did not run while a person thought. */
function startTimeout(scope: TaskScope, node: CallNode): void {
  const { timeout } = scope.task;
  if (timeout === undefined || node.deadline !== undefined) return;
  node.deadline = scope.turn.now + timeout.evaluateMs(scope.input, scope);
}

/** Nobody decided about a call in the policy's time. */
export function expireCallReview(turn: Turn, frame: Frame): Result {
  const node = frame.node as CallNode;
  const reviewId = node.review?.id ?? '';
  noteOpenWrites(frame);
  turn.effects.push({ kind: 'review.close', reviewId, status: 'expired' });
  turn.entries.push({ kind: 'review.expired', ...ofNode(turn, frame), reviewId });
  const detail = 'Nobody decided in time';
  const rejected = policyOf(turn, node)?.review.timeoutThen === 'reject';
  const error = rejected
    ? hubError('review-rejected', detail, node.task)
    : workflowError('timeout', detail, node.task);
  return fault(scopeOf(turn, frame), error);
}
