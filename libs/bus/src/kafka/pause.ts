/** Waits, but not when told to stop. */
export function pause(ms: number, stop?: AbortSignal): Promise<void> {
  if (stop?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop?.addEventListener('abort', end);
  });
}

/** How long to wait before the next try: doubles from 100 ms to 3 s, spread so that processes do not meet. */
export function backoffMs(attempt: number): number {
  return Math.min(3_000, 100 * 2 ** Math.min(attempt, 10)) * (0.75 + Math.random() / 2);
}

export interface RetryOptions {
  stop: AbortSignal;
  /** Told of the first failure, of every further one after half a minute, and of the end of it. */
  say: (text: string) => void;
  /** What is being tried, as in "Dead letters cannot be kept". */
  failure: string;
}

const SAY_AGAIN_MS = 30_000;

/** Tries until it succeeds; undefined when it was stopped before. */
export async function untilDone<T>(what: () => Promise<T>, options: RetryOptions): Promise<T | undefined> {
  let saidAt = -Infinity;
  for (let attempt = 0; !options.stop.aborted; attempt++) {
    try {
      return await what();
    } catch (error) {
      if (Date.now() - saidAt >= SAY_AGAIN_MS) {
        saidAt = Date.now();
        options.say(`${options.failure} and is tried again: ${(error as Error).message}`);
      }
    }
    await pause(backoffMs(attempt), options.stop);
  }
  return undefined;
}
