import type { ApiRequest } from '../access/access.types.js';

/** The text of a document body; an empty one is a document with nothing in it, which the parser explains. */
export function documentOf(request: ApiRequest): string {
  return typeof request.body === 'string' ? request.body : '';
}

/** `?plan` and `?plan=true` ask for a plan. */
export function isPlan(plan: string | undefined): boolean {
  return plan === 'true' || plan === '';
}
