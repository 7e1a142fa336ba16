import assert from 'node:assert/strict';

/** Asserts that a value holds what is expected, and maybe more. */
export function includes(value: unknown, expected: object): void {
  assert.partialDeepStrictEqual(value, expected);
}

/** A failure as the host hears it: fate, reason and status. */
export async function fails(call: Promise<unknown>, expected: object): Promise<Error> {
  const error: unknown = await call.then(
    () => assert.fail('The call succeeded.'),
    (thrown: unknown) => thrown,
  );
  includes(Object.fromEntries(Object.entries(error as Error)), expected);
  return error as Error;
}

/** Asserts that an error tells a secret nowhere. */
export function tellsNot(secret: string, error: Error): void {
  assert.ok(!JSON.stringify([error, error.message, error.stack]).includes(secret));
}

/** What each status of another system has to become. */
export const CLASSIFIED_STATUSES: readonly (readonly [status: number, error: object])[] = [
  [400, { fate: 'permanent', reason: 'rejected', status: 400 }],
  [401, { fate: 'permanent', reason: 'rejected', status: 401 }],
  [403, { fate: 'permanent', reason: 'rejected', status: 403 }],
  [404, { fate: 'permanent', reason: 'rejected', status: 404 }],
  [409, { fate: 'permanent', reason: 'rejected', status: 409 }],
  [422, { fate: 'permanent', reason: 'rejected', status: 422 }],
  [429, { fate: 'transient', reason: 'throttled', status: 429 }],
  [500, { fate: 'transient', reason: 'unavailable', status: 500 }],
  [503, { fate: 'transient', reason: 'unavailable', status: 503 }],
  [529, { fate: 'transient', reason: 'unavailable', status: 529 }],
];
