import { type JournalEntry, RUN_ENDED, type ReviewDetail } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { LifecycleFeed } from '../events/lifecycle.feed.js';
import { ReviewsService } from '../reviews/reviews.service.js';
import { type RunEnd, RunEnds } from '../runs/run-ends.js';
import { RunsService } from '../runs/runs.service.js';

export interface Follow {
  workspaceId: string;
  runId: string;
  signal: AbortSignal;
  timeoutMs: number;
  /** Whether an open review is to be told at once. */
  asks: boolean;
  /** Told what the run did, in order. */
  onProgress?: ((entries: JournalEntry[]) => Promise<void>) | undefined;
}

/** What following came to. `late`: the run goes on beyond the time; `left`: nobody wants to know any more. */
export type Followed =
  | { kind: 'ended'; end: RunEnd }
  | { kind: 'review'; review: ReviewDetail }
  | { kind: 'late' }
  | { kind: 'left' };

/** Between processes a message can be missed, so the database is asked besides. */
const LOOK_MS = 2_000;
const ENTRIES_AT_ONCE = 200;

/** Follows runs up to their end, or up to where they wait for a person. */
@Injectable()
export class RunFollower {
  /** How many runs are followed. */
  following = 0;
  private released = false;
  private readonly wakers = new Set<() => void>();

  constructor(
    @Inject(LifecycleFeed) private readonly feed: LifecycleFeed,
    @Inject(RunEnds) private readonly ends: RunEnds,
    @Inject(ReviewsService) private readonly reviews: ReviewsService,
    @Inject(RunsService) private readonly runs: RunsService,
  ) {}

  /** Everyone who follows a run hears that it goes on; the process is about to end. */
  release(): void {
    this.released = true;
    for (const wake of this.wakers) wake();
  }

  async follow(of: Follow): Promise<Followed> {
    const bell = new Bell();
    const wake = () => bell.ring();
    const stop = this.feed.listen((message) => {
      if (message.runId === of.runId) wake();
    });
    of.signal.addEventListener('abort', wake);
    this.wakers.add(wake);
    this.following += 1;
    try {
      return await this.untilFound(of, bell);
    } finally {
      this.following -= 1;
      this.wakers.delete(wake);
      of.signal.removeEventListener('abort', wake);
      stop();
    }
  }

  private async untilFound(of: Follow, bell: Bell): Promise<Followed> {
    const end = performance.now() + of.timeoutMs;
    const seen = { cursor: undefined as string | undefined, count: 0 };
    for (;;) {
      if (of.onProgress) await this.tellProgress(of, of.onProgress, seen);
      const found = await this.look(of);
      if (found !== null) return found;
      if (this.released) return { kind: 'late' };
      if (of.signal.aborted) return { kind: 'left' };
      const restMs = end - performance.now();
      if (restMs <= 0) return { kind: 'late' };
      await bell.wait(Math.min(LOOK_MS, restMs));
    }
  }

  private async look({ workspaceId, runId, asks }: Follow): Promise<Followed | null> {
    const last = await this.ends.lastOf(runId);
    if (last === null) return null;
    if (RUN_ENDED.has(last.status)) return { kind: 'ended', end: last };
    if (!asks || last.status !== 'waiting') return null;
    const { items } = await this.reviews.list(workspaceId, { runId, status: 'open', limit: 1 });
    const [open] = items;
    return open === undefined
      ? null
      : { kind: 'review', review: await this.reviews.detail(workspaceId, open.id) };
  }

  /** The last page of a journal has no cursor, so what was told of it is counted. */
  private async tellProgress(
    { workspaceId, runId }: Follow,
    tell: NonNullable<Follow['onProgress']>,
    seen: { cursor: string | undefined; count: number },
  ): Promise<void> {
    for (;;) {
      const query = { cursor: seen.cursor, limit: ENTRIES_AT_ONCE };
      const { items, nextCursor } = await this.runs.journal(workspaceId, runId, query);
      const news = items.slice(seen.count);
      if (news.length > 0) await tell(news as unknown as JournalEntry[]);
      if (nextCursor === null) {
        seen.count = items.length;
        return;
      }
      seen.cursor = nextCursor;
      seen.count = 0;
    }
  }
}

/** Wakes one who waits; what rang before is not lost. */
class Bell {
  private rung = false;
  private wake: (() => void) | null = null;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  async wait(timeoutMs: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.wake = null;
    this.rung = false;
  }
}
