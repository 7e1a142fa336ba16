import { Injectable } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { shardOf, TOPICS } from '@tutti/contracts';
import { Counters, RunStore } from '@tutti/store';
import { FIRST_ID, Recovery } from './recovery.js';

/** A run that is accepted and not begun for so long is taken for one whose acceptance was not sent. */
const ORPHAN_AGE_MS = 30_000;
/** Unfinished runs that one look goes through, and orphans that it sends at most. */
const PAGE = 5_000;
const SENT_MAX = 500;
/** While so many messages wait in the inbox, the acceptances are most likely among them. */
const LAG_MAX = 1_000;
/** When the same orphan is sent again, doubled each time up to the longer one. */
const AGAIN_MS_MIN = 30_000;
const AGAIN_MS_MAX = 600_000;
const REMEMBERED_MAX = 10_000;

interface Sent {
  againAtMs: number;
  pauseMs: number;
  /** The walk through the unfinished runs in which it was last seen. */
  walk: number;
}

/**
 * Finds accepted runs whose acceptance never came to the bus, because the API died between its commit and the
 * transport's answer. Each orchestrator looks after its own shards; one page at a time, from the oldest run
 * on.
 */
@Injectable()
export class Orphans {
  private readonly sent = new Map<string, Sent>();
  private after = FIRST_ID;
  private walk = 0;
  /** How old an orphan is at least; tests make it small. */
  ageMs = ORPHAN_AGE_MS;

  constructor(
    private readonly store: RunStore,
    private readonly bus: Bus,
    private readonly recovery: Recovery,
    private readonly counters: Counters,
  ) {}

  /** Looks through the next page. */
  async look(): Promise<void> {
    const { lag, shards } = this.bus.status();
    if ((lag[TOPICS.runInbox] ?? 0) > LAG_MAX) return;
    const page = await this.store.orphanedRuns(this.after, { limit: PAGE, olderThanMs: this.ageMs });
    const owned = new Set(shards.owned);
    const due = page.ids
      .filter((id) => owned.has(shardOf(id, shards.count)) && this.isDue(id))
      .slice(0, SENT_MAX);
    if (due.length > 0) {
      await this.recovery.sendAcceptances(due);
      this.counters.add('orphans.sent', due.length);
      due.forEach((id) => this.remember(id));
    }
    this.advance(page.last);
  }

  private isDue(id: string): boolean {
    const known = this.sent.get(id);
    if (!known) return this.sent.size < REMEMBERED_MAX;
    known.walk = this.walk;
    return known.againAtMs <= performance.now();
  }

  private remember(id: string): void {
    const before = this.sent.get(id);
    const pauseMs = before ? Math.min(before.pauseMs * 2, AGAIN_MS_MAX) : AGAIN_MS_MIN;
    this.sent.set(id, { pauseMs, againAtMs: performance.now() + pauseMs, walk: this.walk });
  }

  /** At the end of a walk those that were not seen in it are forgotten: somebody began to decide them. */
  private advance(last: string | null): void {
    if (last !== null) {
      this.after = last;
      return;
    }
    for (const [id, { walk }] of this.sent) if (walk !== this.walk) this.sent.delete(id);
    this.walk += 1;
    this.after = FIRST_ID;
  }
}
