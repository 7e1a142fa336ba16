import type { ConnectionDetail, ConnectionHeadroom, ConnectionUsage, Quota } from '@tutti/contracts';
import { rowsOf, type Row } from '@/features/metrics/prepare/series';
import { formatCost, formatCount, MISSING } from '@/format/format';

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** The last 24 hours as a chart draws them: an hour without calls is a gap. */
export function rowsOfDay(hours: ConnectionDetail['hours'], nowMs: number): Row[] {
  const toMs = (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS;
  return rowsOf({
    from: new Date(toMs - HOURS * HOUR_MS).toISOString(),
    to: new Date(toMs).toISOString(),
    stepSeconds: HOUR_MS / 1_000,
    points: hours.map(({ at, calls, failed, p50Ms, p95Ms }) => ({
      at,
      runs: calls,
      completed: calls - failed,
      faulted: failed,
      cancelled: 0,
      p50Ms,
      p95Ms,
      costMicros: 0,
    })),
  });
}

/** What calls have cost, in every currency that is known of them. */
export function costText({ cost }: Pick<ConnectionUsage, 'cost'>): string {
  return cost.map(({ currency, micros }) => formatCost(micros, currency)).join(' + ') || MISSING;
}

export interface QuotaLine {
  name: string;
  text: string;
  /** What is left, 0 to 1; null: not known. */
  share: number | null;
  resetAt: string | null;
}

/** What is left of each quota, and nothing of those that have begun anew since. */
export function quotaLines({ quotas }: Pick<ConnectionHeadroom, 'quotas'>, nowMs: number): QuotaLine[] {
  return quotas.map((quota) => {
    const { name, limit, remaining, resetAt } = quota;
    const isOver = resetAt !== null && Date.parse(resetAt) <= nowMs;
    if (isOver)
      return { name, text: `${formatCount(limit)} again`, share: limit === null ? null : 1, resetAt: null };
    return { name, text: leftText(quota), share: shareOf(remaining, limit), resetAt };
  });
}

function leftText({ limit, remaining }: Quota): string {
  if (remaining === null) return `at most ${formatCount(limit)}`;
  return limit === null
    ? `${formatCount(remaining)} left`
    : `${formatCount(remaining)} of ${formatCount(limit)} left`;
}

function shareOf(remaining: number | null, limit: number | null): number | null {
  return remaining === null || limit === null || limit <= 0 ? null : Math.min(1, remaining / limit);
}

/** Whether the other system has asked for a pause that is not over. */
export function pausedUntil(headroom: ConnectionHeadroom | null, nowMs: number): string | null {
  const at = headroom?.retryAt ?? null;
  return at !== null && Date.parse(at) > nowMs ? at : null;
}
