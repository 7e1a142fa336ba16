import type { RunStatus } from '@tutti/contracts';
import { RANGES, spanOf } from '@/features/metrics/prepare/range';

/** The statuses in the order of the filter. */
export const RUN_STATUSES = [
  'running',
  'waiting',
  'pending',
  'suspended',
  'completed',
  'faulted',
  'cancelled',
] as const satisfies readonly RunStatus[];
const ENDED: ReadonlySet<string> = new Set(['completed', 'faulted', 'cancelled']);

export function hasEnded(status: string): boolean {
  return ENDED.has(status);
}

export interface RunFilters {
  q: string;
  statuses: RunStatus[];
  workflow: string;
  range: string;
}

/** The filters in an address; what is not known is left out, so an old bookmark still works. */
export function filtersFrom(get: (name: string) => string): RunFilters {
  const wanted = get('status').split(',');
  return {
    q: get('q').slice(0, 200),
    statuses: RUN_STATUSES.filter((status) => wanted.includes(status)),
    workflow: get('workflow'),
    range: RANGES.some(({ id }) => id === get('range')) ? get('range') : '',
  };
}

/** The statuses after one was switched on or off, as the address has them. */
export function toggled(statuses: readonly RunStatus[], status: RunStatus): string {
  const on = new Set(statuses);
  if (!on.delete(status)) on.add(status);
  return RUN_STATUSES.filter((each) => on.has(each)).join(',');
}

export function isFiltered({ q, statuses, workflow, range }: RunFilters): boolean {
  return q !== '' || statuses.length > 0 || workflow !== '' || range !== '';
}

/**
 * The query of the API. The start of a range is rounded to the minute, so that the same filter is the same
 * query for a while.
 */
export function runQuery(filters: RunFilters, nowMs: number): Record<string, string | undefined> {
  const range = RANGES.find(({ id }) => id === filters.range);
  const from = range === undefined ? undefined : spanOf(range, Math.floor(nowMs / 60_000) * 60_000).from;
  return {
    q: filters.q || undefined,
    status: filters.statuses.join(',') || undefined,
    workflow: filters.workflow || undefined,
    from,
  };
}

/**
 * Rows that came in after the list was opened wait behind a button, because a row that moves under the
 * pointer gets the wrong click. Ids are UUIDv7: a greater id is newer.
 */
export function holdNew<T extends { id: string }>(
  items: readonly T[],
  newestShown: string | undefined,
): { shown: T[]; waiting: number } {
  if (newestShown === undefined) return { shown: [...items], waiting: 0 };
  const shown = items.filter(({ id }) => id <= newestShown);
  return { shown, waiting: items.length - shown.length };
}
