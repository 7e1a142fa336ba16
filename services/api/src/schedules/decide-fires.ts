import { nextTimes, plannedTimes, type WorkflowSchedule } from '@tutti/workflow';

/** A planned time is on time for so long; later it is a missed one, and `catchUp` says what becomes of it. */
export const ON_TIME_MS = 30_000;
/** As many times of one schedule can be on time at once: one a second, both ends included. */
const ON_TIME_MAX = ON_TIME_MS / 1000 + 1;

/** A schedule with something to do. Times are epoch milliseconds of the database's clock. */
export interface DueSchedule {
  schedule: WorkflowSchedule;
  nextAtMs: number | null;
  /** The planned time that waits for the run under way to end (`overlap: queue-one`). */
  heldAtMs: number | null;
  /** Whether a run of this schedule is under way. */
  active: boolean;
}

export type Entry =
  | { outcome: 'fired' | 'caught-up' | 'queued'; plannedAtMs: number }
  | {
      outcome: 'skipped';
      reason: 'missed' | 'overlap';
      plannedAtMs: number;
      /** The last planned time of those that were skipped together. */
      throughMs: number;
      count: number;
    };

/** What is to happen, in this order, and how the schedule stands afterwards. */
export interface Decision {
  entries: Entry[];
  nextAtMs: number | null;
  heldAtMs: number | null;
}

/** Which planned times become runs now. Pure, so that every scheduler decides the same. */
export function decideFires(due: DueSchedule, nowMs: number): Decision {
  const deciding = new Deciding(due);
  if (due.heldAtMs !== null && !due.active) deciding.startHeld(due.heldAtMs);
  if (due.nextAtMs !== null && due.nextAtMs <= nowMs) deciding.take(due.nextAtMs, nowMs);
  return deciding.decision;
}

class Deciding {
  readonly decision: Decision;
  private active: boolean;

  constructor(private readonly due: DueSchedule) {
    this.active = due.active;
    this.decision = { entries: [], nextAtMs: due.nextAtMs, heldAtMs: due.heldAtMs };
  }

  startHeld(plannedAtMs: number): void {
    this.decision.heldAtMs = null;
    this.start('queued', plannedAtMs);
  }

  take(nextAtMs: number, nowMs: number): void {
    const { schedule } = this.due;
    if (schedule.kind === 'after') {
      // Its next time is known when this run has ended.
      this.decision.nextAtMs = null;
      this.start('fired', nextAtMs);
      return;
    }
    const keep = ON_TIME_MAX + schedule.catchUpMax;
    const { times, earlier } = plannedTimes(schedule, { fromMs: nextAtMs, toMs: nowMs, keep });
    const onTime = times.filter((time) => nowMs - time <= ON_TIME_MS);
    const missed = times.slice(0, times.length - onTime.length);
    const made = madeGood(schedule, missed, onTime);
    const dropped = missed.slice(0, missed.length - made.length);
    if (earlier + dropped.length > 0)
      this.skip('missed', {
        fromMs: nextAtMs,
        throughMs: dropped.at(-1) ?? nextAtMs,
        count: earlier + dropped.length,
      });
    for (const time of made) this.offer('caught-up', time);
    for (const time of onTime) this.offer('fired', time);
    this.decision.nextAtMs = nextTimes(schedule, { afterMs: nowMs, baseMs: nextAtMs })[0] ?? null;
  }

  private offer(outcome: 'fired' | 'caught-up', plannedAtMs: number): void {
    const { overlap } = this.due.schedule;
    if (overlap === 'allow' || !this.active) this.start(outcome, plannedAtMs);
    else if (overlap === 'queue-one' && this.decision.heldAtMs === null) this.decision.heldAtMs = plannedAtMs;
    else this.skip('overlap', { fromMs: plannedAtMs, throughMs: plannedAtMs, count: 1 });
  }

  private start(outcome: 'fired' | 'caught-up' | 'queued', plannedAtMs: number): void {
    this.active = true;
    this.decision.entries.push({ outcome, plannedAtMs });
  }

  private skip(
    reason: 'missed' | 'overlap',
    { fromMs, throughMs, count }: { fromMs: number; throughMs: number; count: number },
  ): void {
    const last = this.decision.entries.at(-1);
    if (last?.outcome === 'skipped' && last.reason === reason) {
      last.throughMs = throughMs;
      last.count += count;
    } else this.decision.entries.push({ outcome: 'skipped', reason, plannedAtMs: fromMs, throughMs, count });
  }
}

/** The missed times that still become runs: the last of them. One that is on time is as good as the last. */
function madeGood(schedule: WorkflowSchedule, missed: number[], onTime: number[]): number[] {
  switch (schedule.catchUp) {
    case 'none':
      return [];
    case 'last':
      return onTime.length > 0 ? [] : missed.slice(-1);
    case 'all':
      return missed.slice(-schedule.catchUpMax);
  }
}
