import { CAPABILITY_CHANGED } from '@tutti/contracts';
import { PermanentError } from './errors.js';

/** The other side has something else than what was approved: the call is refused, and the hub looks anew. */
export function changedCapability(message: string): PermanentError {
  return new PermanentError(message, { status: 409, type: CAPABILITY_CHANGED, reason: 'rejected' });
}
