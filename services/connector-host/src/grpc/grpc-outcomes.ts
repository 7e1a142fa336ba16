import { status as Status, type ServiceError } from '@grpc/grpc-js';
import type { CallRequest, FallbackReason, Fate, WorkflowErrorKind } from '@tutti/contracts';
import { failure, unknownOutcome, type Failure } from '../calls/outcomes.js';
import { cut } from '../protocols/protocol-outcomes.js';

interface Verdict {
  fate: Fate;
  kind: WorkflowErrorKind;
  /** The HTTP status that says the same. */
  status: number;
  reason: FallbackReason;
}

const rejected = (status: number, kind: WorkflowErrorKind = 'communication'): Verdict => ({
  fate: 'permanent',
  kind,
  status,
  reason: 'rejected',
});
const unavailable = (status: number): Verdict => ({
  fate: 'transient',
  kind: 'communication',
  status,
  reason: 'unavailable',
});

const VERDICTS: Readonly<Record<number, Verdict>> = {
  [Status.CANCELLED]: unavailable(499),
  [Status.UNKNOWN]: unavailable(500),
  [Status.INVALID_ARGUMENT]: rejected(400),
  [Status.DEADLINE_EXCEEDED]: { fate: 'transient', kind: 'timeout', status: 408, reason: 'timeout' },
  [Status.NOT_FOUND]: rejected(404),
  [Status.ALREADY_EXISTS]: rejected(409),
  [Status.PERMISSION_DENIED]: rejected(403, 'authorization'),
  [Status.RESOURCE_EXHAUSTED]: { fate: 'transient', kind: 'communication', status: 429, reason: 'throttled' },
  [Status.FAILED_PRECONDITION]: rejected(400),
  [Status.ABORTED]: { fate: 'transient', kind: 'communication', status: 409, reason: 'rejected' },
  [Status.OUT_OF_RANGE]: rejected(400),
  [Status.UNIMPLEMENTED]: rejected(501),
  [Status.INTERNAL]: unavailable(500),
  [Status.UNAVAILABLE]: unavailable(503),
  [Status.DATA_LOSS]: unavailable(500),
  [Status.UNAUTHENTICATED]: rejected(401, 'authentication'),
};

/** Statuses after which it is open whether the server did what it was asked. */
const OPEN: ReadonlySet<number> = new Set([
  Status.CANCELLED,
  Status.UNKNOWN,
  Status.DEADLINE_EXCEEDED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
  Status.DATA_LOSS,
]);

/** Name of a status: `UNAVAILABLE`. */
export function statusName(code: number): string {
  return Status[code] ?? String(code);
}

/** A call that ended with another status than OK. */
export function grpcFailure(
  request: CallRequest,
  { code, details }: Pick<ServiceError, 'code' | 'details'>,
  where: string,
): Failure {
  const outcome = failure({
    ...(VERDICTS[code] ?? unavailable(500)),
    title: `The server answered ${statusName(code)}`,
    detail: cut(`${where}: ${details}`),
  });
  const open = request.effect === 'write' && OPEN.has(code) && !neverConnected(details);
  return open ? unknownOutcome(outcome, 'It may have taken effect.') : outcome;
}

/** The library's own words for a call that never left, because there was no connection. */
function neverConnected(details: string): boolean {
  return /^(No connection established|Name resolution failed)/.test(details);
}
