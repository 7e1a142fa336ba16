import type { MetricPoint } from '@tutti/contracts';
import { percentileOf } from '@tutti/store';
import type { RunStepRow } from './metrics.queries.js';
import type { TimeRange } from './time-range.js';

/**
 * Figures of the runs that ended in a time. Times are those of completed runs: a run that faults at once
 * would flatter them.
 */
export interface RunFigures {
  runs: number;
  completed: number;
  faulted: number;
  cancelled: number;
  /** Completed of those that completed or faulted; a cancelled run is neither. Null without any. */
  successShare: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
  costMicros: number;
}

/** Adds rollups up. */
export function runFiguresOf(rows: readonly RunStepRow[]): RunFigures {
  const count = (status: string) =>
    rows.filter((row) => row.status === status).reduce((sum, row) => sum + row.runs, 0);
  const [completed, faulted, cancelled] = [count('completed'), count('faulted'), count('cancelled')];
  const durations = addUp(rows.filter((row) => row.status === 'completed').map((row) => row.durations));
  return {
    runs: completed + faulted + cancelled,
    completed,
    faulted,
    cancelled,
    successShare: completed + faulted === 0 ? null : completed / (completed + faulted),
    p50Ms: percentileOf(durations, 0.5),
    p95Ms: percentileOf(durations, 0.95),
    costMicros: rows.reduce((sum, row) => sum + row.costMicros, 0),
  };
}

/** One point for every step of the range, also for those in which nothing ended. */
export function pointsOf(rows: readonly RunStepRow[], range: TimeRange): MetricPoint[] {
  const steps = new Map<number, RunStepRow[]>();
  for (const row of rows) steps.set(row.atMs, [...(steps.get(row.atMs) ?? []), row]);
  const points: MetricPoint[] = [];
  for (let atMs = range.fromMs; atMs < range.toMs; atMs += range.stepSeconds * 1000) {
    const { successShare: _share, ...figures } = runFiguresOf(steps.get(atMs) ?? []);
    points.push({ at: new Date(atMs).toISOString(), ...figures });
  }
  return points;
}

function addUp(histograms: readonly (readonly number[])[]): number[] {
  const sums: number[] = [];
  for (const histogram of histograms)
    histogram.forEach((count, place) => {
      sums[place] = (sums[place] ?? 0) + count;
    });
  return sums;
}
