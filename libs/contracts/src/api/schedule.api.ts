import { z } from 'zod';
import { Instant, pageOf } from './common.api.js';
import { RunStatusSchema } from './runs.api.js';

export const ScheduleItem = z
  .object({
    workflow: z.object({ namespace: z.string(), name: z.string() }),
    kind: z.enum(['cron', 'every', 'after']),
    expression: z.string().describe('as the document has it'),
    timezone: z.string().describe('IANA name; cron is read in it'),
    overlap: z.enum(['allow', 'skip', 'queue-one']),
    catchUp: z.enum(['none', 'last', 'all']),
    catchUpMax: z.int().nullable().describe('missed runs that are made good at most; null but for "all"'),
    state: z.enum(['active', 'paused', 'disabled', 'failing']).describe('disabled: its workflow is'),
    error: z.string().nullable().describe('why its times cannot be worked out'),
    nextAt: Instant.nullable().describe('null while the end of a run decides, and when no time is left'),
    waitsForRun: z.uuid().nullable().describe('the run from whose end "after" counts'),
    heldAt: Instant.nullable().describe('the planned time that starts when the run under way ends'),
    lastPlannedAt: Instant.nullable(),
    lastRunId: z.uuid().nullable(),
    fired: z.int().describe('runs started since the schedule was first applied'),
    skipped: z.int().describe('planned times that became no run'),
    updatedAt: Instant,
  })
  .meta({ id: 'ScheduleItem' });
export type ScheduleItem = z.infer<typeof ScheduleItem>;
export const SchedulePage = pageOf(ScheduleItem).meta({ id: 'SchedulePage' });

/** What became of a planned time, or of several that were skipped one after the other for one reason. */
export const ScheduleFire = z
  .object({
    plannedAt: Instant,
    throughAt: Instant.describe('the last planned time of several; else plannedAt'),
    outcome: z.enum(['fired', 'caught-up', 'queued', 'manual', 'skipped']),
    reason: z.string().nullable().describe('of skipped ones: missed, overlap, input, capacity or repeated'),
    detail: z.string().nullable(),
    count: z.int(),
    at: Instant.describe('when this was decided'),
    run: z.object({ id: z.uuid(), status: RunStatusSchema.nullable(), ended: z.boolean() }).nullable(),
  })
  .meta({ id: 'ScheduleFire' });
export type ScheduleFire = z.infer<typeof ScheduleFire>;

export const ScheduleDetail = ScheduleItem.extend({
  nextTimes: z.array(Instant).describe('the next ten planned times'),
  fires: z.array(ScheduleFire).describe('the last planned times, newest first'),
}).meta({ id: 'ScheduleDetail' });
export type ScheduleDetail = z.infer<typeof ScheduleDetail>;

/** A workflow that events start, and what waits. */
export const EventScheduleItem = z
  .object({
    workflow: z.object({ namespace: z.string(), name: z.string() }),
    state: z.enum(['active', 'disabled']),
    on: z.enum(['one', 'any', 'all', 'until']).describe('until: any, collected until something holds'),
    types: z.array(z.string()).nullable().describe('of the events that can start it; null: any'),
    waiting: z.int().describe('events that wait for room, at most 10,000'),
    oldestWaitingAt: Instant.nullable(),
    waitsFor: z.string().nullable().describe('why the oldest one waits'),
    sets: z.int().describe('sets of events that are not whole'),
    oldestSetAt: Instant.nullable(),
  })
  .meta({ id: 'EventScheduleItem' });
export type EventScheduleItem = z.infer<typeof EventScheduleItem>;
export const EventSchedulePage = pageOf(EventScheduleItem).meta({ id: 'EventSchedulePage' });
