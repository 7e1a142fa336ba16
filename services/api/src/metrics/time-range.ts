import { z } from 'zod';
import { ProblemError } from '../problems/problem.error.js';

/** An instant in a query: ISO 8601 with `Z` or an offset, or a day, which begins at midnight UTC. */
export const InstantQuery = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => new Date(text));

/** Time range of a metrics query. */
export const RangeQueryDates = z.object({ from: InstantQuery.optional(), to: InstantQuery.optional() });

/** A range whose ends lie on steps; all in epoch milliseconds but for the step. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
  stepSeconds: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RANGE_MS_MAX = 400 * DAY_MS;
const MINUTE_STEP_UP_TO_MS = 3 * HOUR_MS;
const HOUR_STEP_UP_TO_MS = 4 * DAY_MS;

/**
 * The asked range, by default the last 24 hours, widened to whole steps: minutes, hours or days, so that at
 * most some hundred points come out.
 */
export function timeRangeOf(
  query: { from?: Date | undefined; to?: Date | undefined },
  nowMs: number,
): TimeRange {
  const toMs = query.to?.getTime() ?? nowMs;
  const fromMs = query.from?.getTime() ?? toMs - DAY_MS;
  if (fromMs >= toMs) throw new ProblemError('invalid-request', '"from" must be earlier than "to".');
  if (toMs - fromMs > RANGE_MS_MAX)
    throw new ProblemError('invalid-request', 'A range of metrics is at most 400 days.');
  const stepSeconds =
    toMs - fromMs <= MINUTE_STEP_UP_TO_MS ? 60 : toMs - fromMs <= HOUR_STEP_UP_TO_MS ? 3_600 : 86_400;
  const stepMs = stepSeconds * 1000;
  return {
    fromMs: Math.floor(fromMs / stepMs) * stepMs,
    toMs: Math.ceil(toMs / stepMs) * stepMs,
    stepSeconds,
  };
}

/** The range of the same length just before. */
export function rangeBefore(range: TimeRange): TimeRange {
  return { ...range, fromMs: 2 * range.fromMs - range.toMs, toMs: range.fromMs };
}
