import { PermanentError, TransientError, retold, type HttpFailure } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Refusal = z.object({
  message: z.string(),
  category: z.string().optional(),
  policyName: z.string().optional(),
});

/**
 * How long each of HubSpot's limits asks to wait, in milliseconds; its replies name the limit, not the time.
 */
const WAIT_MS: Record<string, number> = { SECONDLY: 1_000, TEN_SECONDLY_ROLLING: 10_000 };

/** The failure in HubSpot's own words. */
export function explained(error: HttpFailure): HttpFailure {
  const told = Refusal.safeParse(error.reply);
  if (!told.success) return error;
  const { message, policyName } = told.data;
  if (error.status !== 429) return retold(error, `HubSpot: ${message}`);
  const about = { status: 429, reply: error.reply, cause: error };
  if (policyName === 'DAILY') {
    const text = `HubSpot: the calls of the day are used up; they start again at midnight of the portal.`;
    return new PermanentError(text, { ...about, reason: 'unavailable' });
  }
  const waitMs = WAIT_MS[policyName ?? ''] ?? (error.fate === 'transient' ? error.retryAfterMs : undefined);
  return new TransientError(`HubSpot: ${message}`, {
    ...about,
    reason: 'throttled',
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** Statuses of the categories that a batch tells for each of its inputs. */
const STATUS: Record<string, number> = { CONFLICT: 409, OBJECT_NOT_FOUND: 404 };

/** A batch answers 207 when some of its inputs were refused. */
export function refusedInputs(errors: readonly { message: string; category?: string }[]): PermanentError {
  const [first] = errors;
  return new PermanentError(`HubSpot: ${first?.message ?? 'the batch was refused'}`, {
    status: STATUS[first?.category ?? ''] ?? 422,
    reason: 'rejected',
    reply: { errors },
  });
}
