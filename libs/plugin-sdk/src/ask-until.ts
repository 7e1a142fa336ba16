import { isClassifiedError, TransientError } from './errors.js';

const ASK_MS = 500;
const ASK_MS_MAX = 10_000;

/** How something is waited for that goes on in another system. */
export interface Asking<T> {
  /** Whether what is known is what was waited for. */
  done: (known: T) => boolean;
  /** Asks the other system once more. */
  ask: () => Promise<T>;
  /** Of the call. */
  signal: AbortSignal;
  /** Who is waited for, such as `The agent`: begins the error of a wait that took too long. */
  who: string;
}

/**
 * Asks again and again, after half a second at first and every ten in the end, until it is done. A system
 * that is away meanwhile (`TransientError`) is asked again: what was begun goes on there. Rejects with a
 * `TransientError` of status 408 when the call is given up.
 */
export async function askUntil<T>(first: T, { done, ask, signal, who }: Asking<T>): Promise<T> {
  let known = first;
  for (let delayMs = ASK_MS; !done(known); delayMs = Math.min(delayMs * 2, ASK_MS_MAX)) {
    await pause(delayMs, { signal, who });
    try {
      known = await ask();
    } catch (error) {
      const isAway = isClassifiedError(error) && error.fate === 'transient';
      if (!isAway || signal.aborted) throw error;
    }
  }
  return known;
}

function pause(ms: number, { signal, who }: { signal: AbortSignal; who: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(new TransientError(`${who} was not done in time.`, { status: 408, reason: 'timeout' }));
    if (signal.aborted) return late();
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      late();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
