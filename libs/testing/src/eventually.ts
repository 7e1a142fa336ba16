/**
 * Waits until `probe` returns something other than undefined, false or null, and returns it; fails after
 * `withinMs` with the last error.
 */
export async function eventually<T>(probe: () => T | Promise<T>, withinMs = 30_000): Promise<NonNullable<T>> {
  const end = performance.now() + withinMs;
  let last: unknown;
  do {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as NonNullable<T>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 15));
  } while (performance.now() < end);
  throw new Error(
    `The awaited state did not come within ${withinMs} ms${last instanceof Error ? `: ${last.message}` : ''}`,
  );
}
