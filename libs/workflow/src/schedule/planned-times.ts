import { Cron } from 'croner';
import { SCHEDULE_LIMITS } from './schedule-hints.js';
import type { PlannedTimes, WorkflowSchedule } from './schedule.types.js';

const SECOND = 1000;

type Rule = Pick<WorkflowSchedule, 'kind' | 'expression' | 'timezone' | 'intervalMs'>;

/**
 * The next planned times after `afterMs` (epoch milliseconds), oldest first; none when the rule has no more.
 * `every` counts from `baseMs`, one of its planned times; without it from `afterMs`. Of `after` only the
 * first is known: the others depend on when runs end.
 */
export function nextTimes(
  rule: Rule,
  { afterMs, baseMs = afterMs, count = 1 }: { afterMs: number; baseMs?: number; count?: number },
): number[] {
  if (rule.kind === 'cron') {
    return cronOf(rule)
      .nextRuns(count, new Date(afterMs))
      .map((date) => date.getTime());
  }
  const intervalMs = rule.intervalMs ?? SCHEDULE_LIMITS.intervalMsMin;
  if (rule.kind === 'after') return [afterMs + intervalMs];
  const first = baseMs + (Math.floor((afterMs - baseMs) / intervalMs) + 1) * intervalMs;
  return Array.from({ length: count }, (_, i) => first + i * intervalMs);
}

/** The planned times from `fromMs`, itself one of them, to `toMs`: the last `keep` of them. */
export function plannedTimes(
  rule: Rule,
  { fromMs, toMs, keep }: { fromMs: number; toMs: number; keep: number },
): PlannedTimes {
  if (rule.kind === 'after') return { times: [fromMs], earlier: 0 };
  if (rule.kind === 'cron') return cronTimes(rule, { fromMs, toMs, keep });
  const intervalMs = rule.intervalMs ?? SCHEDULE_LIMITS.intervalMsMin;
  const all = Math.floor((toMs - fromMs) / intervalMs) + 1;
  const earlier = Math.max(0, all - keep);
  const times = Array.from({ length: all - earlier }, (_, i) => fromMs + (earlier + i) * intervalMs);
  return { times, earlier };
}

function cronTimes(rule: Rule, at: { fromMs: number; toMs: number; keep: number }): PlannedTimes {
  const cron = cronOf(rule);
  // The end is excluded by the library, which counts in whole seconds.
  const end = new Date((Math.floor(at.toMs / SECOND) + 1) * SECOND);
  const times = cron
    .previousRuns(at.keep, end)
    .map((date) => date.getTime())
    .filter((time) => time > at.fromMs)
    .reverse();
  // The row's own time is kept, even when the rules of its zone have changed since it was planned.
  if (times.length < at.keep) return { times: [at.fromMs, ...times], earlier: 0 };
  const oldest = times[0] as number;
  const between = cron.nextRuns(SCHEDULE_LIMITS.missedCounted - 1, new Date(at.fromMs));
  return { times, earlier: 1 + between.filter((date) => date.getTime() < oldest).length };
}

function cronOf({ expression, timezone }: Rule): Cron {
  return new Cron(expression.trim(), { timezone, paused: true });
}
