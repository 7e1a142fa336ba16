import type { MetricPoint } from '@tutti/contracts';
import type { MetricSeries } from '@/hub/types';

/** One place on the time axis; null is a gap: nothing was measured there. */
export interface Row {
  atMs: number;
  completed: number | null;
  faulted: number | null;
  cancelled: number | null;
  open: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
  cost: number | null;
}

const POINTS_MAX = 2000;
const MICROS = 1_000_000;

function rowOf(atMs: number, point: MetricPoint | undefined): Row {
  if (point === undefined)
    return {
      atMs,
      completed: null,
      faulted: null,
      cancelled: null,
      open: null,
      p50Ms: null,
      p95Ms: null,
      cost: null,
    };
  const { runs, completed, faulted, cancelled, p50Ms, p95Ms, costMicros } = point;
  return {
    atMs,
    completed,
    faulted,
    cancelled,
    open: Math.max(0, runs - completed - faulted - cancelled),
    p50Ms,
    p95Ms,
    cost: costMicros / MICROS,
  };
}

/**
 * The points on an even grid from `from` to `to`. The server leaves out steps without data; on the grid they
 * are gaps, so that a line does not cross a time in which nothing ran, and two charts over one time have the
 * same axis.
 */
export function rowsOf(series: Pick<MetricSeries, 'from' | 'to' | 'stepSeconds' | 'points'>): Row[] {
  const stepMs = series.stepSeconds * 1000;
  const points = new Map(series.points.map((point) => [Math.floor(Date.parse(point.at) / stepMs), point]));
  const first = Math.floor(Date.parse(series.from) / stepMs);
  const last = Math.min(Math.floor((Date.parse(series.to) - 1) / stepMs), first + POINTS_MAX);
  const rows: Row[] = [];
  for (let step = first; step <= last; step += 1) rows.push(rowOf(step * stepMs, points.get(step)));
  return rows;
}

export interface Totals {
  runs: number;
  ended: number;
  costMicros: number;
  measured: number;
}

/** What a chart is made from, for its caption. */
export function totalsOf(points: readonly MetricPoint[]): Totals {
  const totals = { runs: 0, ended: 0, costMicros: 0, measured: 0 };
  for (const { runs, completed, faulted, cancelled, costMicros, p50Ms } of points) {
    totals.runs += runs;
    totals.ended += completed + faulted + cancelled;
    totals.costMicros += costMicros;
    if (p50Ms !== null) totals.measured += completed + faulted + cancelled;
  }
  return totals;
}

/** The label of a place on the axis: a time within a day or so, else a date. */
export function axisLabel(atMs: number, spanMs: number): string {
  const options: Intl.DateTimeFormatOptions =
    spanMs <= 90_000_000
      ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
      : { month: 'short', day: 'numeric' };
  return new Intl.DateTimeFormat('en', options).format(atMs);
}
