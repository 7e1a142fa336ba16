import { explaining, PermanentError, retold, type HttpFailure, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What WordPress answers to what it refuses. */
const Refusal = z.object({
  code: z.string(),
  message: z.string(),
  data: z.object({ term_id: z.int().optional() }).nullish(),
});
export type Refusal = z.output<typeof Refusal>;

/** The words of WordPress in a failure; null: it said nothing. */
export function refusalOf(error: HttpFailure): Refusal | null {
  return Refusal.safeParse(error.reply).data ?? null;
}

/** Faults of a file that WordPress tells as faults of its own (500). */
const FILE_REFUSED: ReadonlySet<string> = new Set([
  'rest_upload_unknown_error',
  'rest_upload_sideload_error',
  'rest_upload_invalid_disposition',
]);

function explained(error: HttpFailure): Error {
  const told = refusalOf(error);
  if (told === null) return error;
  const message = `WordPress: ${told.message} (${told.code})`;
  if (!FILE_REFUSED.has(told.code)) return retold(error, message);
  return new PermanentError(message, { status: 422, reply: error.reply, cause: error });
}

/** The port with errors in the words of WordPress. */
export function speaking(http: HttpPort): HttpPort {
  return explaining(http, explained);
}
