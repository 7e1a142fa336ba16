/**
 * Upper bounds of the duration histogram in `run_minutes.durations`, in milliseconds; one more bucket counts
 * what is longer. Each bound is about 1.6 times the one before, so a percentile read from it is right to
 * about 25 %.
 */
export const DURATION_BUCKETS_MS: readonly number[] = [
  1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1_597, 2_584, 4_181, 6_765, 10_946, 17_711,
  28_657, 46_368, 75_025, 121_393, 196_418, 317_811, 514_229, 832_040, 1_346_269, 3_600_000, 7_200_000,
  14_400_000, 28_800_000, 86_400_000, 259_200_000, 604_800_000,
];

/** Index of the bucket of a duration. */
export function durationBucket(durationMs: number): number {
  let low = 0;
  let high = DURATION_BUCKETS_MS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (durationMs <= (DURATION_BUCKETS_MS[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The percentile (0 to 1) of a histogram in milliseconds, interpolated inside its bucket; null for an empty
 * one.
 */
export function percentileOf(durations: readonly number[], share: number): number | null {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = share * total;
  for (let i = 0; i < durations.length; i++) {
    const count = durations[i] as number;
    if (count > 0 && left <= count) {
      const from = i === 0 ? 0 : (DURATION_BUCKETS_MS[i - 1] as number);
      const to = DURATION_BUCKETS_MS[i] ?? from * 1.6;
      return from + (to - from) * (left / count);
    }
    left -= count;
  }
  return DURATION_BUCKETS_MS.at(-1) ?? null;
}
