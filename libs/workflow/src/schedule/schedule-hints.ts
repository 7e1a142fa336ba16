import type { Finding } from '@tutti/contracts';
import { Cron } from 'croner';
import type { WorkflowDocument } from '../document.types.js';
import { durationMs } from '../duration.js';
import type { WorkflowSchedule } from './schedule.types.js';

/** Limits of schedules. */
export const SCHEDULE_LIMITS = {
  /** The shortest `every` and `after`. */
  intervalMsMin: 1000,
  /** The largest `catchUp: { all: N }`. */
  catchUpMax: 100,
  /** What `catchUp: all` without a number means. */
  catchUpDefault: 10,
  /** Missed times of a cron schedule that are counted; there may have been more. */
  missedCounted: 500,
} as const;

/** Where the hints are in a document. */
export const SCHEDULE_HINTS = '/document/metadata/tutti/schedule';
const HINTS = SCHEDULE_HINTS;
const KINDS = ['cron', 'every', 'after'] as const;
const HINT_NAMES = new Set(['timezone', 'overlap', 'catchUp', 'input']);
const OVERLAPS: unknown[] = ['allow', 'skip', 'queue-one'];

type Report = (pointer: string, message: string, fix: string) => void;

/** The schedule of a document that `scheduleFindings` finds nothing wrong with; null when it has none. */
export function workflowSchedule(document: WorkflowDocument): WorkflowSchedule | null {
  const { schedule } = document;
  const kind = KINDS.find((name) => schedule?.[name] !== undefined);
  if (schedule === undefined || kind === undefined) return null;
  const written = schedule[kind];
  const hints = scheduleHints(document);
  return {
    kind,
    expression: typeof written === 'string' ? written : JSON.stringify(written),
    intervalMs: kind === 'cron' ? null : (durationMs(written) ?? null),
    timezone: typeof hints.timezone === 'string' ? hints.timezone : 'UTC',
    // "Unlike after, this option will run the workflow regardless of whether the previous run is still in
    // progress" (DSL reference, Schedule): so `every` lets runs overlap, unless its author says otherwise.
    overlap: (hints.overlap as WorkflowSchedule['overlap']) ?? (kind === 'every' ? 'allow' : 'skip'),
    ...catchUpOf(hints.catchUp),
  };
}

/** The input of scheduled runs as written; it may hold expressions. Absent: an empty object. */
export function scheduleInput(document: WorkflowDocument): unknown {
  const { input } = scheduleHints(document);
  return input === undefined ? {} : input;
}

/** What is wrong with `schedule` and its hints, apart from the expressions of their input. */
export function scheduleFindings(document: WorkflowDocument): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (pointer, message, fix) =>
    findings.push({ severity: 'error', code: 'schedule', pointer, message, fix });
  const hints = hintsValue(document);
  if (document.schedule === undefined) {
    if (hints !== undefined)
      report(HINTS, 'The workflow has hints for a schedule but no "schedule"', ADD_SCHEDULE);
    return findings;
  }
  if (document.schedule.on !== undefined) {
    findings.push(...eventFindings(document.schedule));
    if (hints !== undefined)
      report(HINTS, 'The hints of a schedule are for times, and this one is by events', 'Remove the hints.');
    return findings;
  }
  checkSchedule(document.schedule, report);
  if (hints !== undefined) checkHints(document, hints, report);
  return findings;
}

/** What of a schedule by events the hub does not run. */
function eventFindings(schedule: Record<string, unknown>): Finding[] {
  if (KINDS.every((kind) => schedule[kind] === undefined)) return [];
  return [
    {
      severity: 'error',
      code: 'unsupported',
      pointer: '/schedule/on',
      message: 'A schedule by events beside one by times is not supported',
      fix: 'Keep one, or write two workflows.',
    },
  ];
}

const ADD_SCHEDULE = "Add it, such as schedule: { cron: '0 6 * * *' }, or remove the hints.";
const CRON_FIELDS =
  "Write five fields (minute hour day month weekday), such as '0 6 * * MON-FRI'; six begin with seconds.";
const DURATION = 'Write a constant duration such as PT15M or { minutes: 15 }.';

function checkSchedule(schedule: Record<string, unknown>, report: Report): void {
  const given = KINDS.filter((kind) => schedule[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    const which = given.length === 0 ? 'none' : given.join(' and ');
    report('/schedule', `A schedule has one of cron, every and after; here is ${which}`, 'Keep one.');
    return;
  }
  if (kind === 'cron') checkCron(schedule.cron, report);
  else checkInterval(schedule[kind], `/schedule/${kind}`, report);
}

function checkCron(written: unknown, report: Report): void {
  const text = String(written).trim();
  const fields = text.split(/\s+/).length;
  if (fields < 5 || fields > 6) {
    report('/schedule/cron', `"${text}" has ${fields} fields of cron, not five or six`, CRON_FIELDS);
    return;
  }
  try {
    // The day is any: a pattern that matches no date within the calendar never matches.
    const next = new Cron(text, { timezone: 'UTC', paused: true }).nextRun(new Date(0));
    if (next === null)
      report('/schedule/cron', `"${text}" is a date that never comes`, 'Correct the day or the month.');
  } catch (error) {
    const reason = (error as Error).message.replace(/^CronPattern: /, '');
    report('/schedule/cron', `"${text}" is no cron expression: ${reason}`, CRON_FIELDS);
  }
}

function checkInterval(written: unknown, pointer: string, report: Report): void {
  const ms = durationMs(written);
  if (ms === undefined) {
    report(pointer, `${JSON.stringify(written)} is not a duration that a schedule can use`, DURATION);
  } else if (ms < SCHEDULE_LIMITS.intervalMsMin) {
    const least = `${SCHEDULE_LIMITS.intervalMsMin / 1000} second`;
    report(pointer, `The interval is ${ms} ms; the shortest is ${least}`, 'Write a longer one.');
  }
}

function checkHints(document: WorkflowDocument, value: unknown, report: Report): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report(HINTS, 'The hints of the schedule are not an object', 'Write { timezone: Europe/Berlin }.');
    return;
  }
  const hints = value as Record<string, unknown>;
  for (const name of Object.keys(hints).filter((key) => !HINT_NAMES.has(key))) {
    const known = [...HINT_NAMES].join(', ');
    report(`${HINTS}/${name}`, `"${name}" is no hint of a schedule`, `The hints are ${known}.`);
  }
  if (hints.timezone !== undefined) checkTimezone(document, hints.timezone, report);
  if (hints.overlap !== undefined && !OVERLAPS.includes(hints.overlap))
    report(`${HINTS}/overlap`, '"overlap" is allow, skip or queue-one', 'Write one of them.');
  if (hints.catchUp !== undefined && !isCatchUp(hints.catchUp)) {
    const most = SCHEDULE_LIMITS.catchUpMax;
    report(`${HINTS}/catchUp`, '"catchUp" is none, last, all or { all: N }', `N is 1 to ${most}.`);
  }
}

function checkTimezone(document: WorkflowDocument, timezone: unknown, report: Report): void {
  const pointer = `${HINTS}/timezone`;
  if (document.schedule?.cron === undefined) {
    report(pointer, 'Only cron is read in a time zone', 'Remove "timezone", or write a cron.');
    return;
  }
  try {
    if (typeof timezone !== 'string') throw new RangeError('no text');
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    const name = JSON.stringify(timezone);
    report(pointer, `${name} is no known time zone`, 'Write an IANA name such as Europe/Berlin.');
  }
}

function isCatchUp(value: unknown): boolean {
  if (value === 'none' || value === 'last' || value === 'all') return true;
  const { all, ...rest } = record(value);
  return (
    Number.isInteger(all) &&
    (all as number) >= 1 &&
    (all as number) <= SCHEDULE_LIMITS.catchUpMax &&
    Object.keys(rest).length === 0
  );
}

function catchUpOf(value: unknown): Pick<WorkflowSchedule, 'catchUp' | 'catchUpMax'> {
  const { all } = record(value);
  if (typeof all === 'number') return { catchUp: 'all', catchUpMax: all };
  const catchUp = (value as WorkflowSchedule['catchUp'] | undefined) ?? 'last';
  return { catchUp, catchUpMax: SCHEDULE_LIMITS.catchUpDefault };
}

function hintsValue(document: WorkflowDocument): unknown {
  return record(document.document.metadata?.tutti).schedule;
}

function scheduleHints(document: WorkflowDocument): Record<string, unknown> {
  return record(hintsValue(document));
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
