import { PermanentError, TransientError, retold, type HttpFailure } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Refusals = z.array(z.object({ message: z.string(), errorCode: z.string() })).min(1);

/** Codes whose status, 400 mostly, says less than they do. */
const STATUS: Record<string, number> = {
  DUPLICATE_VALUE: 409,
  DUPLICATES_DETECTED: 409,
  ENTITY_IS_DELETED: 404,
  INVALID_CROSS_REFERENCE_KEY: 404,
  MALFORMED_ID: 404,
  INVALID_ID_FIELD: 404,
};
/** Other calls are in the way: it goes better a moment later. */
const BUSY = new Set(['UNABLE_TO_LOCK_ROW', 'SERVER_UNAVAILABLE']);
const BUSY_WAIT_MS = 1_000;

/** The failure in Salesforce's own words. */
export function explained(error: HttpFailure): HttpFailure {
  const told = Refusals.safeParse(error.reply);
  const [first] = told.success ? told.data : [];
  if (first === undefined) return error;
  const { message, errorCode } = first;
  const text = `Salesforce: ${message} (${errorCode})`;
  const about = { reply: error.reply, cause: error };
  if (errorCode === 'REQUEST_LIMIT_EXCEEDED') {
    const status = 429;
    return /concurrent/i.test(message)
      ? new TransientError(text, { ...about, status, reason: 'throttled', retryAfterMs: BUSY_WAIT_MS })
      : new PermanentError(text, { ...about, status, reason: 'unavailable' });
  }
  if (BUSY.has(errorCode))
    return new TransientError(text, {
      ...about,
      status: 503,
      reason: 'unavailable',
      retryAfterMs: BUSY_WAIT_MS,
    });
  const status = STATUS[errorCode];
  return retold(error, text, status === undefined ? {} : { status });
}
