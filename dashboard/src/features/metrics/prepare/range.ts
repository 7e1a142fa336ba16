/** The time ranges that charts and lists can look at. */
export const RANGES = [
  { id: '1h', label: 'Last hour', ms: 3_600_000 },
  { id: '24h', label: 'Last 24 hours', ms: 86_400_000 },
  { id: '7d', label: 'Last 7 days', ms: 604_800_000 },
  { id: '30d', label: 'Last 30 days', ms: 2_592_000_000 },
] as const;
export type Range = (typeof RANGES)[number];

/** The range of that id, else a day. */
export function rangeOf(id: string): Range {
  return RANGES.find((range) => range.id === id) ?? RANGES[1];
}

/** The last hour when all runs of the usual range were in it, else the usual range. */
export function defaultRange(usual: Range, runsInHour: number, runsInUsual: number): Range {
  return runsInUsual > 0 && runsInHour === runsInUsual ? RANGES[0] : usual;
}

/** `from` and `to` of a query that looks back from now. */
export function spanOf(range: Range, nowMs: number): { from: string; to: string } {
  return { from: new Date(nowMs - range.ms).toISOString(), to: new Date(nowMs).toISOString() };
}

/** How the server cut the time, in words: "per hour". */
export function stepWord(stepSeconds: number): string {
  if (stepSeconds === 60) return 'per minute';
  if (stepSeconds === 3600) return 'per hour';
  if (stepSeconds === 86_400) return 'per day';
  return stepSeconds % 3600 === 0
    ? `per ${stepSeconds / 3600} hours`
    : `per ${Math.round(stepSeconds / 60)} minutes`;
}
