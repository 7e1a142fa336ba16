import { randomBytes } from 'node:crypto';

/** The token of a review: who decides must have seen the review. 192 random bits. */
export function randomToken(): string {
  return randomBytes(24).toString('base64url');
}
