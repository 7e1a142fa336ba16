import { type RunChanged, RUN_ENDED } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LifecycleFeed } from '../events/lifecycle.feed.js';
import { type RunEnd, RunEnds } from './run-ends.js';

interface Waiter {
  runId: string;
  settle: (end: RunEnd | null) => void;
  timer: NodeJS.Timeout;
}

/** How often the database is asked about the runs that are still waited for, all in one question. */
const ASK_MS = 1_000;
/** Runs of one question; the others are asked about in the next. */
const ASK_RUNS_MAX = 500;

/**
 * Requests that wait for the end of a run (`Prefer: wait`). Answered from the lifecycle feed, in memory,
 * without asking the database. Between processes a message can be missed (the feed begins where this process
 * joined it), so there the database is asked besides, once a second for everybody who waits longer than that.
 */
@Injectable()
export class RunWaiters implements OnApplicationShutdown {
  private readonly logger = new Logger(RunWaiters.name);
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly stop: () => void;
  private readonly asksDatabase: boolean;
  private asking: NodeJS.Timeout | null = null;

  constructor(
    @Inject(LifecycleFeed) feed: LifecycleFeed,
    @Inject(RunEnds) private readonly ends: RunEnds,
    @Inject(Bus) bus: Bus,
  ) {
    this.asksDatabase = bus.status().transport !== 'in-process';
    this.stop = feed.listen((message) => {
      if (message.kind === 'run.changed' && RUN_ENDED.has(message.status)) this.hear(message);
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
    if (this.asksDatabase) this.askLater();
    return { end, cancel: () => cancel() };
  }

  /** Everyone who still waits gets the answer that the run is accepted and goes on. */
  release(): void {
    for (const runId of this.waiters.keys()) this.settle(runId, null);
  }

  onApplicationShutdown(): void {
    this.stop();
    this.release();
    if (this.asking) clearTimeout(this.asking);
  }

  private hear({ runId, status, output, error, elsewhere }: RunChanged): void {
    // Without an end the waiting request reads it from the database, for the message could not carry it.
    this.settle(runId, elsewhere ? null : { status, output, error });
  }

  private settle(runId: string, end: RunEnd | null): void {
    const waiting = this.waiters.get(runId);
    if (waiting === undefined) return;
    this.waiters.delete(runId);
    for (const waiter of waiting) {
      clearTimeout(waiter.timer);
      waiter.settle(end);
    }
  }

  private remove(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    const waiting = this.waiters.get(waiter.runId);
    waiting?.delete(waiter);
    if (waiting?.size === 0) this.waiters.delete(waiter.runId);
  }

  private askLater(): void {
    this.asking ??= setTimeout(() => void this.ask(), ASK_MS).unref();
  }

  private async ask(): Promise<void> {
    try {
      const asked = [...this.waiters.keys()].slice(0, ASK_RUNS_MAX);
      for (const [runId, end] of asked.length > 0 ? await this.ends.endsOf(asked) : [])
        this.settle(runId, end);
      // Whoever was asked about goes to the end of the line, so that everybody's turn comes.
      for (const runId of asked) this.toTheEnd(runId);
    } catch (error) {
      this.logger.warn(
        `Ends of runs could not be asked for, and are in a second: ${(error as Error).message}`,
      );
    }
    this.asking = null;
    if (this.waiters.size > 0) this.askLater();
  }

  private toTheEnd(runId: string): void {
    const waiting = this.waiters.get(runId);
    if (waiting === undefined) return;
    this.waiters.delete(runId);
    this.waiters.set(runId, waiting);
  }
}
