import { createRequire } from 'node:module';

/** What of kafkajs 2.2.4's request queue is needed here. */
interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

const LOOK_AGAIN_MS = 10;

/**
 * After its first answer, each connection of kafkajs 2.2.4 looks at its queue a thousand times a second for
 * as long as it lives, whether or not anything waits: the time it sets itself is negative. A process has a
 * dozen connections. Here it looks again only when something waits, as was meant.
 */
export function mendClient(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
    prototype: { scheduleCheckPendingRequests?: (this: RequestQueue) => void };
  };
  if (prototype.scheduleCheckPendingRequests === undefined)
    throw new Error('kafkajs is not the version that is pinned.');
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const throttled = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttled > 0 ? throttled : LOOK_AGAIN_MS,
    );
  };
}
