import type { CallRequest, WorkflowErrorKind } from '@tutti/contracts';
import { exchangeFailure } from '../calls/exchange-outcomes.js';
import { failure, unknownOutcome, type Failure } from '../calls/outcomes.js';
import type { ExchangeError } from '../http/exchange.js';
import type { Refusal } from '../http/guarded-fetch.js';
import { fallbackReasonOf, isTransientStatus, leavesOpen, retryAfterMsOf } from '@tutti/contracts';
import { LIMITS } from '../limits.js';

/** The call says what cannot be done. */
export function notPossible(title: string, detail: string): Failure {
  return failure({ fate: 'permanent', kind: 'configuration', status: 400, title, detail });
}

/** There is no complete reply. A write that had been sent may have taken effect. */
export function withoutReply(
  request: CallRequest,
  error: ExchangeError,
  about: { where: string; asked: boolean },
): Failure {
  const outcome = exchangeFailure(about.where, error);
  if (request.effect !== 'write' || !about.asked || !error.sent) return outcome;
  return unknownOutcome(outcome, 'It was sent, but its answer did not come: it may have taken effect.');
}

/** The server answered with an HTTP status that says no. */
export function refusedWith(
  request: CallRequest,
  { status, headers }: Refusal,
  about: { where: string; detail: string; asked: boolean },
): Failure {
  const retryAfterMs = retryAfterMsOf(headers);
  const outcome = failure({
    fate: isTransientStatus(status) ? 'transient' : 'permanent',
    kind: kindOf(status),
    status,
    title: `The server answered ${status}`,
    detail: cut(`${about.where} answered ${status}: ${about.detail}`),
    reason: fallbackReasonOf(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  const open = request.effect === 'write' && about.asked && leavesOpen(status) && status !== 500;
  return open ? unknownOutcome(outcome, 'It may have taken effect.') : outcome;
}

/** What the other side says that cannot be understood, or breaks its protocol. */
export function notUnderstood(detail: string): Failure {
  return failure({
    fate: 'permanent',
    kind: 'communication',
    status: 502,
    title: 'The answer of the server cannot be used',
    detail: cut(detail),
    reason: 'invalid-output',
  });
}

export function cut(text: string): string {
  return text.length <= LIMITS.errorTextLengthMax ? text : `${text.slice(0, LIMITS.errorTextLengthMax)}…`;
}

function kindOf(status: number): WorkflowErrorKind {
  if (status === 401) return 'authentication';
  return status === 403 ? 'authorization' : 'communication';
}
