import type { CandidateVerdict, Problem } from '@tutti/contracts';
import { chooseCandidate, type Choice, type CompiledPolicy } from '@tutti/routing';
import { attemptedEntry, callEffect, policyOf } from './call-node.js';
import { openCallReview } from './call-review.js';
import { fault, overLimit } from './complete.js';
import { attemptBase, idempotencyKey, noteAttempt } from './identifiers.js';
import { CALL_GRACE_MS, CALL_TIMEOUT_MS_MAX, CAPABILITY_TIMEOUT_MS, RUN_LIMITS } from './limits.js';
import { hubError, workflowError } from './problems.js';
import { scopeOf } from './scope.js';
import type { CallNode } from './state.types.js';
import { clear, positionOf } from './tree.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

/** Asks the policy for the next candidate and sends the first attempt to it. */
export function tryNextCandidate(turn: Turn, frame: Frame): Result {
  const node = frame.node as CallNode;
  const policy = policyOf(turn, node);
  if (policy === undefined || node.target.kind !== 'capability') return send(turn, frame);
  const choice = chooseCandidate(policy, {
    input: node.call,
    context: turn.state.context,
    connections: turn.definition.connections,
    tried: node.tried ?? [],
    seed: idempotencyKey(turn.state, positionOf(node)),
    nowMs: turn.now,
  });
  if (choice.kind === 'exhausted') return exhausted(turn, frame, { policy, choice });
  const { connection, capability, timeoutMs } = choice.candidate;
  node.target = {
    ...node.target,
    connection: connection.name,
    plugin: connection.plugin,
    pluginVersion: connection.pluginVersion,
  };
  node.effect = capability.effect;
  // A policy may have other candidates, which need time of the task's too.
  const until = policy.document === null ? node.deadline : undefined;
  node.timeoutMs = timeoutMs ?? attemptMs(turn.now, until, CAPABILITY_TIMEOUT_MS);
  node.count = 0;
  clear(node, 'pending');
  if (policy.document !== null) node.policy = { name: policy.name, version: policy.version };
  return send(turn, frame, choice.verdicts);
}

/** An attempt may take as long as its task says, and a moment of its own where that does not say. */
export function attemptMs(now: number, deadline: number | undefined, otherwiseMs: number): number {
  if (deadline === undefined) return otherwiseMs;
  return Math.min(Math.max(1, deadline - now), CALL_TIMEOUT_MS_MAX);
}

/** Sends the next attempt; while the run is suspended it waits. */
export function send(turn: Turn, frame: Frame, candidates?: CandidateVerdict[]): Result {
  const node = frame.node as CallNode;
  if (node.attempt - attemptBase(frame.parent) >= RUN_LIMITS.callAttempts) {
    return overLimit(scopeOf(turn, frame), 'callAttempts', RUN_LIMITS.callAttempts);
  }
  if (turn.state.suspended) {
    node.phase = 'delay';
    node.until = turn.now;
    return BLOCKED;
  }
  node.phase = 'out';
  node.attempt += 1;
  node.count += 1;
  clear(node, 'review');
  if (node.pending !== undefined && 'answer' in node.pending) node.pending = { ...node.pending, told: true };
  node.until = turn.now + node.timeoutMs + CALL_GRACE_MS;
  noteAttempt(frame.parent, node.attempt);
  turn.effects.push(callEffect(turn.state, node, frame.task.name));
  turn.entries.push(attemptedEntry(turn, frame, candidates));
  return BLOCKED;
}

/** No candidate is left: a person decides, or the call faults with the last error. */
function exhausted(
  turn: Turn,
  frame: Frame,
  { policy, choice }: { policy: CompiledPolicy; choice: Extract<Choice, { kind: 'exhausted' }> },
): Result {
  const node = frame.node as CallNode;
  const wanted = choice.then === 'review' || (node.best !== undefined && policy.exhausted === 'review');
  if (wanted) {
    return openCallReview(turn, frame, {
      why: node.best === undefined ? 'exhausted' : 'confidence',
      data: node.best?.output ?? null,
      because: sentence(choice.verdicts, node),
    });
  }
  return fault(scopeOf(turn, frame), lastError(frame, choice.verdicts));
}

function lastError(frame: Frame, verdicts: CandidateVerdict[]): Problem {
  const node = frame.node as CallNode;
  if (node.best !== undefined) {
    const { connection, confidence } = node.best;
    const detail = `The best answer was that of ${connection}, with a confidence of ${confidence}`;
    return hubError('low-confidence', detail, frame.task.pointer);
  }
  return node.error ?? noCandidate(frame, verdicts);
}

/** What became of every candidate, in one sentence for the person who decides. */
function sentence(verdicts: CandidateVerdict[], node: CallNode): string {
  const reasons = verdicts.map(
    ({ connection, because, reason }) => `${connection}: ${because ?? reason ?? 'not chosen'}`,
  );
  const ending = node.best === undefined ? '' : ` The values shown are those of ${node.best.connection}.`;
  return `No connection gave an answer that is sure enough to use. ${reasons.join('; ')}.${ending}`;
}

/** The error of a call that no connection can take. */
function noCandidate(frame: Frame, verdicts: CandidateVerdict[]): Problem {
  const { target } = frame.node as CallNode;
  const capability = target.kind === 'capability' ? target.capability : target.kind;
  const reasons = verdicts
    .map(({ connection, because }) => `${connection}: ${because ?? 'not chosen'}`)
    .join('; ');
  const detail = `No connection can take ${capability}${reasons === '' ? '' : ` (${reasons})`}`;
  return workflowError('configuration', detail, frame.task.pointer);
}
