import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Overview } from '@tutti/contracts';
import { hub } from '@/hub/client';
import { defaultRange, rangeOf, RANGES, spanOf, type Range } from '../prepare/range';

export function useOverview(range: Range, enabled = true) {
  return useQuery({
    queryKey: ['overview', range.id],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      hub<Overview>('/v1/metrics/overview', { query: spanOf(range, Date.now()), signal }),
  });
}

/**
 * The range that was chosen, else one that the hub's history fills: a first hour drawn into a week would be
 * one dot. `known` is false until that is decided.
 */
export function useShownRange(chosen: string, usual: Range): { range: Range; known: boolean } {
  const auto = chosen === '';
  const hour = useOverview(RANGES[0], auto);
  const whole = useOverview(usual, auto);
  if (!auto) return { range: rangeOf(chosen), known: true };
  const failed = hour.error !== null || whole.error !== null;
  if (hour.data === undefined || whole.data === undefined) return { range: usual, known: failed };
  return { range: defaultRange(usual, hour.data.runs.started, whole.data.runs.started), known: true };
}
