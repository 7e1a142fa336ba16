import type { RateLimit } from '@tutti/contracts';
import type { Gate } from './gate.js';
import { LEASE_MS, type Ask, type Grant } from './limit-state.js';
import { leftNow, spanAt, withSpent, type Spent } from './rate-window.js';

/** Before the others take a lease for expired, its host does. */
const LEASE_USED_MS = LEASE_MS - 2_000;
/** How long before the end of a span nothing begins any more: clocks and networks are not exact. */
const SPAN_MARGIN_MS = 5;

/** What the limits of a process have in common. */
export interface Surroundings {
  /** Whether no other host works: then this one has all of every limit. */
  alone(): boolean;
  /** Epoch milliseconds by the database's clock. */
  nowMs(): number;
}

export interface LimitParts {
  key: string;
  concurrency: number;
  rate: RateLimit | null;
  /** Whether all hosts together keep it; otherwise each for itself. */
  shared: boolean;
}

/** One limit as this process keeps it: alone by its own count, among others by what was lent to it. */
export class Limit {
  /** As it is declared now. */
  parts: LimitParts;
  /** The gate whose places it bounds. */
  bounded: Gate | null = null;
  /** The gates whose calls count for its rate. */
  readonly counted = new Set<Gate>();
  /** No call begins before, by the database's clock. */
  notBeforeMs = 0;
  readonly #around: Surroundings;
  #grant: Grant | null = null;
  #grantedAtMs = -Infinity;
  /** While it is asked for, no more calls run than were told. */
  #ceiling = Infinity;
  /** Calls that began without a grant and were not told yet; alone: all that the rate has to know of. */
  #spent: Spent[] = [];
  #everShared = false;
  #used = 0;
  #told = 0;

  constructor(parts: LimitParts, around: Surroundings) {
    this.parts = parts;
    this.#around = around;
  }

  get running(): number {
    return this.bounded?.running ?? 0;
  }

  get waiting(): number {
    let waiting = 0;
    for (const gate of this.counted) waiting += gate.waiting;
    return waiting;
  }

  slots(): number {
    if (this.#isOwn()) return this.parts.concurrency;
    if (performance.now() - this.#grantedAtMs > LEASE_USED_MS) return 0;
    return Math.min(this.#grant?.slots ?? 0, this.#ceiling);
  }

  /** Whether a call may begin at this moment as far as time goes. */
  ready(): boolean {
    const nowMs = this.#around.nowMs();
    if (nowMs < this.notBeforeMs) return false;
    const { rate } = this.parts;
    if (rate === null) return true;
    if (this.#countsItself()) return leftNow(rate, this.#spent, nowMs) > 0;
    return this.#startsLeft(nowMs) > 0;
  }

  /** Counts a call that begins. */
  use(): void {
    const { rate } = this.parts;
    if (rate === null) return;
    const nowMs = this.#around.nowMs();
    this.#used += 1;
    if (this.#countsItself()) this.#spend(rate, nowMs, 1);
    else if (this.#grant !== null) this.#grant.starts -= 1;
  }

  /** The other side asked to be left alone for so long. */
  slowDown(forMs: number): void {
    this.notBeforeMs = Math.max(this.notBeforeMs, this.#around.nowMs() + forMs);
  }

  /** Whether there is something to ask or to tell the others; `sinceMs` is how old a lease may be. */
  isDue(sinceMs: number): boolean {
    const { shared, rate } = this.parts;
    if (!shared || (this.#around.alone() && (rate === null || this.#countsItself()))) return false;
    if (this.waiting > 0 || this.notBeforeMs > this.#told) return true;
    const busy = this.running > 0 || (this.#grant?.slots ?? 0) > 0;
    return busy && performance.now() - this.#grantedAtMs > sinceMs;
  }

  /** What to ask for; until the answer no more calls begin than are told here. */
  ask(instanceId: string): Ask {
    const { rate, concurrency } = this.parts;
    const nowMs = this.#around.nowMs();
    const { running, waiting } = this;
    this.#ceiling = running;
    const demand = running + (this.bounded?.waiting ?? 0);
    if (rate !== null && this.#grant !== null && this.#grant.starts > 0)
      this.#spent.push([this.#grant.spanStartMs, -this.#grant.starts]);
    if (this.#grant !== null) this.#grant.starts = 0;
    this.#everShared = true;
    return {
      instanceId,
      concurrency,
      rate,
      running,
      // A little more than now, because asking for each call would cost more than the call.
      wanted: demand === 0 ? 0 : Math.min(concurrency, Math.ceil(demand * 1.5) + 1),
      starting: waiting + this.#used,
      changes: this.#spent,
      notBeforeMs: this.notBeforeMs > nowMs ? this.notBeforeMs : 0,
    };
  }

  granted(grant: Grant): void {
    this.#grant = grant;
    this.#grantedAtMs = performance.now();
    this.#ceiling = Infinity;
    this.#spent = [];
    this.#used = 0;
    this.#told = this.notBeforeMs;
    this.notBeforeMs = Math.max(this.notBeforeMs, grant.notBeforeMs);
    this.#told = Math.max(this.#told, grant.notBeforeMs);
  }

  /** The database did not answer: what was lent before holds until it expires. */
  refused(): void {
    this.#ceiling = Infinity;
  }

  #isOwn(): boolean {
    return !this.parts.shared || this.#around.alone();
  }

  /** Once others began calls in the window, only the database knows how many. */
  #countsItself(): boolean {
    return this.#isOwn() && !this.#everShared;
  }

  #startsLeft(nowMs: number): number {
    const grant = this.#grant;
    if (grant === null || nowMs < grant.spanStartMs || nowMs >= grant.spanEndMs - SPAN_MARGIN_MS) return 0;
    return grant.starts;
  }

  #spend(rate: RateLimit, nowMs: number, count: number): void {
    const changes: Spent[] = [[spanAt(rate, nowMs), count]];
    this.#spent = withSpent(rate, { spent: this.#spent, changes, nowMs });
  }
}
