import type { FallbackReason } from '@tutti/contracts';
import type { ExchangeError, ExchangeFailure } from '../http/exchange.js';
import { failure, type Failure, type FailureParts } from './outcomes.js';

type Verdict = Pick<FailureParts, 'fate' | 'kind' | 'status' | 'title'> & { reason?: FallbackReason };

const VERDICTS: Record<ExchangeFailure, Verdict> = {
  timeout: {
    fate: 'transient',
    kind: 'timeout',
    status: 408,
    title: 'The server did not answer in time',
    reason: 'timeout',
  },
  aborted: {
    fate: 'transient',
    kind: 'timeout',
    status: 408,
    title: 'The call was ended',
    reason: 'timeout',
  },
  unreachable: {
    fate: 'transient',
    kind: 'communication',
    status: 503,
    title: 'The server cannot be reached',
    reason: 'unavailable',
  },
  lost: {
    fate: 'transient',
    kind: 'communication',
    status: 503,
    title: 'The connection broke',
    reason: 'unavailable',
  },
  untrusted: {
    fate: 'permanent',
    kind: 'communication',
    status: 502,
    title: 'The server is not trusted',
    reason: 'unavailable',
  },
  refused: { fate: 'permanent', kind: 'configuration', status: 403, title: 'The address must not be called' },
  'too-large': {
    fate: 'permanent',
    kind: 'communication',
    status: 502,
    title: 'The reply is too large',
    reason: 'invalid-output',
  },
  invalid: {
    fate: 'permanent',
    kind: 'configuration',
    status: 400,
    title: 'The request or its reply is not valid',
  },
};

/** The outcome of an exchange that gave no complete reply. */
export function exchangeFailure(where: string, error: ExchangeError): Failure {
  return failure({ ...VERDICTS[error.failure], detail: `${where}: ${error.message}` });
}
