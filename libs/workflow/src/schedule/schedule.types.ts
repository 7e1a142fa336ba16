/** What may happen to a planned run while an earlier one of the schedule is under way. */
export type OverlapPolicy = 'allow' | 'skip' | 'queue-one';

/** Which of the planned times that nobody was there for are made good. */
export type CatchUpPolicy = 'none' | 'last' | 'all';

/** The schedule of a workflow, with the hints under `document.metadata.tutti.schedule` and their defaults. */
export interface WorkflowSchedule {
  kind: 'cron' | 'every' | 'after';
  /** As written: five or six fields of cron, or a duration (ISO 8601 text or its parts as JSON). */
  expression: string;
  /** Milliseconds of `every` and `after`; null for cron. */
  intervalMs: number | null;
  /** IANA name of the time zone that cron is read in. */
  timezone: string;
  overlap: OverlapPolicy;
  catchUp: CatchUpPolicy;
  /** Missed runs that `catchUp: all` makes good at most. */
  catchUpMax: number;
}

/** Planned times up to a moment. All times are epoch milliseconds. */
export interface PlannedTimes {
  /** The last of them, oldest first. */
  times: number[];
  /** How many there were before those; of cron at most `SCHEDULE_LIMITS.missedCounted`. */
  earlier: number;
}
