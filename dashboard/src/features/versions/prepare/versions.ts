import type { VersionFigures, WorkflowVersion } from '@tutti/contracts';
import { formatCost, formatCount, formatDuration, formatShare, MISSING } from '@/format/format';

/** What a version is for new runs, in a word; null: nothing. */
export function roleOf({ current, canaryPercent }: WorkflowVersion): string | null {
  if (current) return 'current';
  return canaryPercent === null ? null : `canary, ${canaryPercent} %`;
}

/** A line of the side-by-side figures: its name, and the value of each version. */
export interface FigureRow {
  name: string;
  current: string;
  canary: string;
  /** The version that does better, when one does and both have enough runs to say so. */
  better: 'current' | 'canary' | null;
}

/** Runs of each version under which nothing is said of which is better. */
export const RUNS_TO_COMPARE = 30;

/** Both versions of a canary, figure by figure. */
export function figureRows(current: VersionFigures, canary: VersionFigures): FigureRow[] {
  const enough = current.ended >= RUNS_TO_COMPARE && canary.ended >= RUNS_TO_COMPARE;
  const row = (
    name: string,
    of: (figures: VersionFigures) => { text: string; value: number | null },
  ): FigureRow => {
    const [a, b] = [of(current), of(canary)];
    return { name, current: a.text, canary: b.text, better: enough ? lower(a.value, b.value) : null };
  };
  return [
    row('Runs', ({ runs }) => ({ text: formatCount(runs), value: null })),
    row('Ended', ({ ended }) => ({ text: formatCount(ended), value: null })),
    row('Faulted', ({ faulted, faultedShare }) => ({
      text: faultedShare === null ? MISSING : `${formatCount(faulted)} (${formatShare(faultedShare)})`,
      value: faultedShare,
    })),
    row('Time, half are faster (p50)', ({ p50Ms }) => ({ text: formatDuration(p50Ms), value: p50Ms })),
    row('Time, 95 % are faster (p95)', ({ p95Ms }) => ({ text: formatDuration(p95Ms), value: p95Ms })),
    row('Cost a run', (figures) => {
      const each = figures.runs === 0 ? null : figures.costMicros / figures.runs;
      return { text: formatCost(each === null ? null : Math.round(each), figures.currency), value: each };
    }),
  ];
}

function lower(current: number | null, canary: number | null): FigureRow['better'] {
  if (current === null || canary === null || current === canary) return null;
  return current < canary ? 'current' : 'canary';
}
