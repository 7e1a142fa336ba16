import { isClassifiedError, PermanentError, retold, TransientError } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** An error as both protocols tell it: the name of Python's class, and its message. */
export const OdooError = z.object({ name: z.string(), message: z.string() });
export type OdooError = z.output<typeof OdooError>;

/** Statuses by the name of the class; the first that fits. */
const STATUS: readonly (readonly [name: RegExp, status: number])[] = [
  [/AccessDenied$|Unauthorized$|SessionExpired/, 401],
  [/AccessError$|Forbidden$/, 403],
  [/MissingError$|NotFound$/, 404],
  [/UniqueViolation$|IntegrityError$/, 409],
  [/UserError$|ValidationError$|RedirectWarning$|CheckViolation$|NotNullViolation$/, 422],
];
const BUSY =
  /SerializationFailure$|LockNotAvailable$|DeadlockDetected$|ConcurrencyError$|TransactionRollback/;

/** What an error of Odoo means. Its traceback is left out: it says nothing to who reads the run. */
export function refusal({ name, message }: OdooError, method: string): PermanentError | TransientError {
  const said = message.trim().slice(0, 500);
  if (BUSY.test(name)) return new TransientError(`Odoo’s database is busy: ${said}`, { status: 503 });
  const status = STATUS.find(([pattern]) => pattern.test(name))?.[1];
  if (status !== undefined) return new PermanentError(`Odoo refuses: ${said}`, { status });
  return new PermanentError(`Odoo failed in "${method}" (${name}): ${said}`, {
    status: 502,
    reason: 'unavailable',
  });
}

/** JSON-2 tells errors with their status; its words are Odoo's. */
export function explained(error: unknown, method: string): unknown {
  if (!isClassifiedError(error)) return error;
  const told = OdooError.safeParse(error.reply);
  if (!told.success) return error;
  const meant = refusal(told.data, method);
  if (meant.status === 502) return retold(error, meant.message);
  return meant.fate === 'transient' ? meant : retold(error, meant.message, { status: meant.status ?? 400 });
}
