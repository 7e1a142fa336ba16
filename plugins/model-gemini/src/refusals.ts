import { PermanentError, TransientError } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** An error in the form of Google's APIs. */
const Refusal = z.object({
  error: z.object({
    message: z.string().optional(),
    details: z
      .array(
        z.object({
          reason: z.string().optional(),
          retryDelay: z.string().optional(),
          violations: z.array(z.object({ quotaId: z.string().optional() })).optional(),
        }),
      )
      .optional(),
  }),
});

/** What a refusal means that its status alone does not tell. */
export function explained(error: unknown): unknown {
  if (!(error instanceof PermanentError) && !(error instanceof TransientError)) return error;
  const told = Refusal.safeParse(error.reply);
  if (!told.success) return error;
  const { message = error.message, details = [] } = told.data.error;
  const about = { reply: error.reply, cause: error };
  // The API answers 400 to a key that it does not know.
  if (error.status === 400 && details.some(({ reason }) => reason === 'API_KEY_INVALID'))
    return new PermanentError(message, { ...about, status: 401, reason: 'rejected' });
  if (error.status !== 429) return error;
  const isOfDay = details.some(({ violations }) =>
    violations?.some(({ quotaId }) => /PerDay/i.test(quotaId ?? '')),
  );
  if (isOfDay) {
    const text = `The quota of the day is used up: ${message}`;
    return new PermanentError(text, { ...about, status: 429, reason: 'unavailable' });
  }
  const retryAfterMs = delayMs(details.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay);
  if (retryAfterMs === undefined) return error;
  return new TransientError(error.message, { ...about, status: 429, reason: 'throttled', retryAfterMs });
}

/** A duration such as `34.5s`, as protocol buffers write it in JSON. */
function delayMs(text: string | undefined): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text ?? '')?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1_000);
}
