import type { Overview } from '@tutti/contracts';
import { formatCost, formatCount, formatDuration, formatShare, MISSING, plural } from '@/format/format';
import { changeOf, changeOfShare, type Change } from '@/features/metrics/prepare/change';

export interface OverviewTile {
  id: string;
  label: string;
  value: string;
  note: string;
  change: Change | null;
  href?: string;
}

/** The numbers at the top of the overview, each with what it is compared to or made from. */
export function overviewTiles(
  { runs, previous, reviews, assets }: Overview,
  range: string,
  oldest: string | null,
): OverviewTile[] {
  const ended = runs.completed + runs.faulted;
  const compared = (change: Change | null, note: string) =>
    change === null ? note : 'vs. the period before';
  const started = changeOf(runs.started, previous.started, 'none');
  const success = changeOfShare(runs.successShare, previous.successShare);
  const time = changeOf(runs.p50Ms, previous.p50Ms, 'down');
  const cost = changeOf(runs.costMicros, previous.costMicros, 'none');
  return [
    {
      id: 'runs',
      label: 'Runs started',
      value: formatCount(runs.started),
      change: started,
      note: compared(started, `${plural(runs.active, 'run')} active now`),
      href: `/runs?range=${range}`,
    },
    {
      id: 'success',
      label: 'Success',
      value: formatShare(runs.successShare),
      change: success,
      note:
        ended === 0 ? 'no run ended' : `of ${formatCount(ended)} ended, ${formatCount(runs.faulted)} faulted`,
      href: `/runs?status=faulted&range=${range}`,
    },
    {
      id: 'time',
      label: 'Median cycle time',
      value: formatDuration(runs.p50Ms),
      change: time,
      note: runs.p95Ms === null ? 'no run ended' : `95 % under ${formatDuration(runs.p95Ms)}`,
    },
    {
      id: 'reviews',
      label: 'Waiting reviews',
      value: formatCount(reviews.open),
      change: null,
      note: reviews.open === 0 ? 'nothing waits for a person' : `oldest ${oldest ?? MISSING}`,
      href: '/reviews',
    },
    {
      id: 'cost',
      label: 'Model cost',
      value: formatCost(runs.costMicros),
      change: runs.costMicros === 0 ? null : cost,
      note: costNote(runs),
    },
    {
      id: 'assets',
      label: 'AI systems',
      value: formatCount(assets.managed + assets.unmanaged),
      change: null,
      note: `${formatCount(assets.managed)} managed, ${formatCount(assets.unmanaged)} not`,
      href: '/inventory?managed=false',
    },
  ];
}

function costNote({ started, costMicros }: Overview['runs']): string {
  if (started === 0) return 'no run';
  return costMicros === 0 ? 'no paid model used' : `${formatCost(Math.round(costMicros / started))} a run`;
}

/** The words about telemetry that was not taken, which is never hidden. */
export function telemetryNote({ spansAccepted, spansRejected, spansDropped }: Overview['telemetry']): string {
  const lost = spansRejected + spansDropped;
  const received = `${plural(spansAccepted, 'span')} received`;
  if (lost === 0) return received;
  return `${received}, ${formatCount(spansRejected)} rejected, ${formatCount(spansDropped)} dropped`;
}
