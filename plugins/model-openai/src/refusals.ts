import { TransientError } from '@tutti/plugin-sdk';
import { noCredit } from '@tutti/plugin-sdk/model';

/** 429 also says that the account has no money left. */
export function explained(error: unknown): unknown {
  if (!(error instanceof TransientError) || error.status !== 429) return error;
  const { code, message } =
    (error.reply as { error?: { code?: unknown; message?: string } } | null)?.error ?? {};
  return code === 'insufficient_quota' ? noCredit(error, message) : error;
}
