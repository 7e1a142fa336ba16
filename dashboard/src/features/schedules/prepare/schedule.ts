import { plural } from '@/format/format';
import type { ScheduleFire, ScheduleItem } from '@tutti/contracts';

/** When a schedule starts runs, as its document says it. */
export function ruleText({ kind, expression, timezone }: ScheduleItem): string {
  if (kind === 'cron') return `${expression} (${timezone})`;
  const interval = intervalText(expression);
  return kind === 'every' ? `every ${interval}` : `${interval} after the end of the last run`;
}

/** An interval as the document has it: parts of a duration, or ISO 8601. */
function intervalText(expression: string): string {
  if (!expression.startsWith('{')) return expression;
  const parts = JSON.parse(expression) as Record<string, number>;
  return Object.entries(parts)
    .map(([unit, value]) => plural(value, unit.replace(/s$/, '')))
    .join(', ');
}

/** Why there is no next time; null when there may be one. */
export function noNextText({ nextAt, waitsForRun, state }: ScheduleItem): string | null {
  if (state === 'paused') return 'paused';
  if (state === 'disabled') return 'workflow is off';
  if (nextAt !== null) return null;
  return waitsForRun === null ? 'no time is left' : 'after the run under way';
}

/** The look of a schedule's state. */
export function stateLook(state: ScheduleItem['state']): { status: string; label: string } {
  switch (state) {
    case 'active':
      return { status: 'completed', label: 'Active' };
    case 'paused':
      return { status: 'suspended', label: 'Paused' };
    case 'disabled':
      return { status: 'suspended', label: 'Workflow off' };
    case 'failing':
      return { status: 'faulted', label: 'Failing' };
  }
}

const OUTCOMES: Record<ScheduleFire['outcome'], string> = {
  fired: 'Started',
  'caught-up': 'Started late',
  queued: 'Started after the run before',
  manual: 'Started by hand',
  skipped: 'Skipped',
};
const REASONS: Record<string, string> = {
  missed: 'nobody was there',
  overlap: 'a run was still under way',
  input: 'its input breaks the schema',
  capacity: 'no more runs may wait',
  repeated: 'it was taken before',
};

/** What became of a planned time, in words. */
export function fireText({ outcome, reason, count }: ScheduleFire): string {
  const times = count > 1 ? ` ${count} times` : '';
  const why = reason === null ? '' : `, ${REASONS[reason] ?? reason}`;
  return `${OUTCOMES[outcome]}${times}${why}`;
}
