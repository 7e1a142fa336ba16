import type { Failure } from '../calls/outcomes.js';

/** There is no token for a call; the outcome says why. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(readonly outcome: Failure) {
    super(outcome.error.detail ?? outcome.error.title);
  }
}
