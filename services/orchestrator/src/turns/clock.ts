import { Injectable } from '@nestjs/common';
import { RunStore } from '@tutti/store';

/** Of so many measurements the one with the shortest round trip counts. */
const SAMPLES_MAX = 8;

/**
 * What time it is for runs. In one process its own clock. Where several processes decide about the same runs,
 * all of them use the database's: a deadline that one of them sets is looked for and judged by others, and
 * clocks of different machines may differ by minutes.
 */
@Injectable()
export class Clock {
  private samples: { offsetMs: number; roundTripMs: number }[] = [];
  private offsetMs = 0;

  constructor(private readonly store: RunStore) {}

  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** Compares this machine's clock with the database's. */
  async measure(): Promise<void> {
    const [sentMs, began] = [Date.now(), performance.now()];
    const databaseMs = await this.store.timeMs();
    const roundTripMs = performance.now() - began;
    const offsetMs = Math.round(databaseMs - (sentMs + roundTripMs / 2));
    this.samples = [...this.samples, { offsetMs, roundTripMs }].slice(-SAMPLES_MAX);
    const best = this.samples.reduce((a, b) => (b.roundTripMs < a.roundTripMs ? b : a));
    this.offsetMs = best.offsetMs;
  }
}
