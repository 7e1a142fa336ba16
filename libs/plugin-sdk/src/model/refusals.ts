import { PermanentError, type TransientError } from '../errors.js';

/** The account has no money left: waiting does not help, another provider does. */
export function noCredit(error: PermanentError | TransientError, told: string | undefined): PermanentError {
  const message = `The account has no credit left: ${told ?? 'add some with the provider'}`;
  return new PermanentError(message, {
    status: 402,
    reason: 'unavailable',
    reply: error.reply,
    cause: error,
  });
}
