import { PermanentError } from '@tutti/plugin-sdk';
import { noCredit } from '@tutti/plugin-sdk/model';

/** 400 also says that the account has no money left. */
export function explained(error: unknown): unknown {
  if (!(error instanceof PermanentError) || (error.status !== 400 && error.status !== 402)) return error;
  const { type, message } =
    (error.reply as { error?: { type?: unknown; message?: string } } | null)?.error ?? {};
  const isBilling = type === 'billing_error' || /credit balance is too low/i.test(message ?? '');
  return isBilling ? noCredit(error, message) : error;
}
