import type { MetricPoint, WorkflowDetail } from '@tutti/contracts';
import { againstBaseline } from '@/features/metrics/prepare/change';
import { formatCost, formatCount, formatDuration, formatShare, plural } from '@/format/format';

export interface WorkflowTile {
  id: string;
  label: string;
  value: string;
  note: string;
}

/**
 * The median over steps, weighted by how many runs ended in each: the closest one can come from points alone.
 */
export function medianOf(points: readonly MetricPoint[]): number | null {
  const measured = points
    .flatMap((point) =>
      point.p50Ms === null
        ? []
        : [{ ms: point.p50Ms, runs: point.completed + point.faulted + point.cancelled }],
    )
    .sort((a, b) => a.ms - b.ms);
  const all = measured.reduce((sum, { runs }) => sum + runs, 0);
  let seen = 0;
  return measured.find(({ runs }) => (seen += runs) * 2 >= all)?.ms ?? null;
}

/** The numbers of one workflow over a time, against the process as it was before the hub. */
export function workflowTiles(
  points: readonly MetricPoint[],
  baseline: WorkflowDetail['baseline'],
): WorkflowTile[] {
  const sum = (pick: (point: MetricPoint) => number) =>
    points.reduce((total, point) => total + pick(point), 0);
  const runs = sum((point) => point.runs);
  const [completed, faulted] = [sum((point) => point.completed), sum((point) => point.faulted)];
  const costMicros = sum((point) => point.costMicros);
  const costOfRun = runs === 0 ? null : Math.round(costMicros / runs);
  const median = medianOf(points);
  const time = againstBaseline(median, baseline?.cycleTimeMs ?? null, { less: 'faster', more: 'slower' });
  // The baseline is the cost of the whole case and this is the cost of models alone, so the two stand side by
  // side without a ratio.
  const cost =
    baseline === null || baseline.costMicros === null
      ? null
      : `a case cost ${formatCost(baseline.costMicros, baseline.currency)} in all before the hub`;
  return [
    {
      id: 'runs',
      label: 'Runs',
      value: formatCount(runs),
      note: plural(completed + faulted, 'run ended', 'runs ended'),
    },
    {
      id: 'success',
      label: 'Success',
      value: formatShare(completed + faulted === 0 ? null : completed / (completed + faulted)),
      note: `${formatCount(faulted)} faulted`,
    },
    {
      id: 'time',
      label: 'Median cycle time',
      value: formatDuration(median),
      note:
        time ??
        (baseline?.cycleTimeMs === null || baseline === null
          ? 'no baseline in metadata.tutti.baseline'
          : 'no run ended'),
    },
    {
      id: 'cost',
      label: 'Model cost a run',
      value: formatCost(costOfRun),
      note: cost ?? `${formatCost(costMicros)} in all`,
    },
  ];
}

/** The baseline fits a chart only when it does not flatten the line to nothing. */
export function baselineForChart(points: readonly MetricPoint[], baselineMs: number | null): number | null {
  const highest = Math.max(0, ...points.map((point) => point.p95Ms ?? point.p50Ms ?? 0));
  return baselineMs !== null && highest > 0 && baselineMs <= highest * 3 ? baselineMs : null;
}
