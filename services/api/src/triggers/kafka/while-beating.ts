import { pause } from '@tutti/bus';

const BEAT_MS = 1_000;

/**
 * Waits for work and tells the group meanwhile that this member lives. A heartbeat that is refused (the
 * partitions are shared anew) ends the waiting; the work then goes on by itself, and may be done again.
 */
export async function whileBeating<T>(work: Promise<T>, heartbeat: () => Promise<void>): Promise<T> {
  let done = false;
  const finished = work.finally(() => {
    done = true;
  });
  // Its failure is reported below, unless a heartbeat fails first and nobody waits for it any more.
  finished.catch(() => undefined);
  for (;;) {
    const stop = new AbortController();
    await Promise.race([finished.then(undefined, () => undefined), pause(BEAT_MS, stop.signal)]);
    stop.abort();
    if (done) return finished;
    await heartbeat();
  }
}
