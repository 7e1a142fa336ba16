import type { Failure } from '../calls/outcomes.js';

/** There is no token for a call; the outcome says why. */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  /** `code`: the authority's own word, such as `invalid_grant`. */
  constructor(
    readonly outcome: Failure,
    readonly code?: string,
  ) {
    super(outcome.error.detail ?? outcome.error.title);
  }
}
