import { type RunChanged, type RunStatus, RUN_ENDED } from '@tutti/contracts';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LifecycleFeed } from '../events/lifecycle.feed.js';

/** How a run ended, as its last lifecycle message says. */
export interface RunEnd {
  status: RunStatus;
  output?: unknown;
  error?: unknown;
}

interface Waiter {
  runId: string;
  settle: (end: RunEnd | null) => void;
  timer: NodeJS.Timeout;
}

/**
 * Requests that wait for the end of a run (`Prefer: wait`). Answered from the lifecycle feed, in memory,
 * without asking the database.
 */
@Injectable()
export class RunWaiters implements OnApplicationShutdown {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly stop: () => void;

  constructor(@Inject(LifecycleFeed) feed: LifecycleFeed) {
    this.stop = feed.listen((message) => {
      if (message.kind === 'run.changed' && RUN_ENDED.has(message.status)) this.settle(message);
    });
  }

  /**
   * Starts to wait at once, so that an end between this call and the first `await` is not missed. Null: not
   * within the time.
   */
  wait(runId: string, timeoutMs: number): { end: Promise<RunEnd | null>; cancel: () => void } {
    let cancel = () => {};
    const end = new Promise<RunEnd | null>((resolve) => {
      const timer = setTimeout(() => cancel(), timeoutMs);
      const waiter: Waiter = { runId, settle: resolve, timer };
      cancel = () => {
        this.remove(waiter);
        resolve(null);
      };
      const waiting = this.waiters.get(runId);
      if (waiting) waiting.add(waiter);
      else this.waiters.set(runId, new Set([waiter]));
    });
    return { end, cancel: () => cancel() };
  }

  /**
   * At the end of the process everyone who still waits gets the answer that the run is accepted and goes
   * on.
   */
  onApplicationShutdown(): void {
    this.stop();
    for (const waiting of this.waiters.values()) {
      for (const waiter of waiting) {
        clearTimeout(waiter.timer);
        waiter.settle(null);
      }
    }
    this.waiters.clear();
  }

  private settle(message: RunChanged): void {
    const waiting = this.waiters.get(message.runId);
    if (waiting === undefined) return;
    this.waiters.delete(message.runId);
    for (const waiter of waiting) {
      clearTimeout(waiter.timer);
      waiter.settle({ status: message.status, output: message.output, error: message.error });
    }
  }

  private remove(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    const waiting = this.waiters.get(waiter.runId);
    waiting?.delete(waiter);
    if (waiting?.size === 0) this.waiters.delete(waiter.runId);
  }
}
