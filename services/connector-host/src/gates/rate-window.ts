import type { RateLimit } from '@tutti/contracts';

/** How many calls began in a span of time: start of the span in milliseconds, and count. */
export type Spent = [startMs: number, count: number];

const SPANS_PER_WINDOW = 20;
/** Hosts reserve ten times a second, so that shorter spans would be over before they are used. */
const SPAN_MS_MIN = 100;

/** The length of the spans in which calls are counted. */
export function spanMsOf({ perMs }: RateLimit): number {
  return Math.max(SPAN_MS_MIN, Math.ceil(perMs / SPANS_PER_WINDOW));
}

export function spanAt(rate: RateLimit, nowMs: number): number {
  const spanMs = spanMsOf(rate);
  return Math.floor(nowMs / spanMs) * spanMs;
}

/**
 * How many calls may begin in the span of this moment, so that no stretch of `perMs`, wherever it starts, has
 * more than `requests`: all spans count that such a stretch could touch.
 */
export function leftNow(rate: RateLimit, spent: readonly Spent[], nowMs: number): number {
  const oldestMs = spanAt(rate, nowMs) - Math.ceil(rate.perMs / spanMsOf(rate)) * spanMsOf(rate);
  let left = rate.requests;
  for (const [startMs, count] of spent) if (startMs >= oldestMs) left -= count;
  return Math.max(0, left);
}

/** The counts with changes added; spans that no stretch can touch any more are left out. */
export function withSpent(
  rate: RateLimit,
  of: { spent: readonly Spent[]; changes: readonly Spent[]; nowMs: number },
): Spent[] {
  const oldestMs = of.nowMs - rate.perMs - 2 * spanMsOf(rate);
  const sums = new Map<number, number>();
  for (const [startMs, count] of [...of.spent, ...of.changes])
    if (startMs > oldestMs) sums.set(startMs, (sums.get(startMs) ?? 0) + count);
  return [...sums].map(([startMs, count]): Spent => [startMs, Math.max(0, count)]);
}
