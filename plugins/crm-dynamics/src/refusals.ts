import { retold, type HttpFailure } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The failure in the words of Dynamics; a precondition that does not hold is a conflict. */
export function explained(error: HttpFailure): HttpFailure {
  const told = Refusal.safeParse(error.reply);
  const details = error.status === 412 ? { status: 409 } : {};
  if (!told.success) return error.status === 412 ? retold(error, error.message, details) : error;
  return retold(error, `Dynamics: ${told.data.error.message}`, details);
}
