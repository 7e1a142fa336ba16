import {
  WORKFLOW_ERROR_BASE,
  type CallError,
  type CallOutcome,
  type Fate,
  type FallbackReason,
  type WorkflowErrorKind,
} from '@tutti/contracts';

/** A failed outcome. */
export type Failure = Extract<CallOutcome, { status: 'failed' }>;

export interface FailureParts {
  fate: Fate;
  kind: WorkflowErrorKind;
  status: number;
  title: string;
  detail?: string;
  reason?: FallbackReason;
  reply?: unknown;
  retryAfterMs?: number;
}

/** A failed outcome with one of the standard error types of Serverless Workflow. */
export function failure(parts: FailureParts): Failure {
  const { fate, kind, status, title, retryAfterMs } = parts;
  const error: CallError = { type: WORKFLOW_ERROR_BASE + kind, status, title };
  if (parts.detail !== undefined) error.detail = parts.detail;
  if (parts.reason !== undefined) error.reason = parts.reason;
  if (parts.reply !== undefined) error.reply = parts.reply;
  return retryAfterMs === undefined
    ? { status: 'failed', fate, error }
    : { status: 'failed', fate, error, retryAfterMs };
}

/** The same failure of a `write` that may have happened: nothing repeats it, a person decides. */
export function unknownOutcome(of: Failure, why: string): Failure {
  const { retryAfterMs: _notRepeated, ...rest } = of;
  const detail = [why, of.error.detail].filter(Boolean).join(' ');
  return { ...rest, fate: 'unknown', error: { ...of.error, detail } };
}

/** The deadline came first. */
export function timedOut(what: string, timeoutMs: number): Failure {
  return failure({
    fate: 'transient',
    kind: 'timeout',
    status: 408,
    title: 'The call took too long',
    detail: `${what} did not end within ${timeoutMs} ms.`,
    reason: 'timeout',
  });
}

/** The call found no place: it was not started. */
export function overflow(detail: string, retryAfterMs: number): Failure {
  const title = 'Too many calls are waiting';
  return failure({
    fate: 'transient',
    kind: 'communication',
    status: 429,
    title,
    detail,
    reason: 'throttled',
    retryAfterMs,
  });
}
