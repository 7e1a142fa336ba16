import { PermanentError, retold, TransientError, type HttpFailure } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** An error of Frappe: v1 tells its class beside messages in JSON, v2 a list. */
const Refusal = z.object({
  exc_type: z.string().optional(),
  exception: z.string().optional(),
  message: z.string().optional(),
  _server_messages: z.string().optional(),
  errors: z.array(z.object({ type: z.string(), message: z.string().optional() })).optional(),
});

/** Statuses by the class of the error: Frappe answers most of what it refuses with 417. */
const STATUS: Record<string, number> = {
  AuthenticationError: 401,
  SessionExpired: 401,
  PermissionError: 403,
  DoesNotExistError: 404,
  DuplicateEntryError: 409,
  UniqueValidationError: 409,
  TimestampMismatchError: 409,
};
const BUSY = ['QueryDeadlockError', 'QueryTimeoutError', 'DocumentLockedError', 'InReadOnlyMode'];

/** The failure in the words of ERPNext. */
export function explained(error: HttpFailure): HttpFailure {
  const told = Refusal.safeParse(error.reply);
  if (!told.success) return error;
  const [first] = told.data.errors ?? [];
  const name = told.data.exc_type ?? first?.type;
  if (name === undefined) return error;
  const words = first?.message ?? serverMessage(told.data._server_messages) ?? told.data.exception ?? name;
  const message = `ERPNext: ${words.replace(/<[^>]*>/g, '').slice(0, 500)}`;
  if (BUSY.includes(name)) return new TransientError(message, { status: 503, cause: error });
  if (error.fate === 'transient') return retold(error, message);
  const status = STATUS[name] ?? (error.status === 417 ? 422 : error.status);
  return new PermanentError(message, { status: status ?? 422, reply: error.reply, cause: error });
}

/** A list in JSON of messages in JSON. */
function serverMessage(text: string | undefined): string | undefined {
  try {
    const [first] = z.array(z.string()).parse(JSON.parse(text ?? '[]'));
    return z.object({ message: z.string() }).parse(JSON.parse(first ?? '')).message;
  } catch {
    return undefined;
  }
}
