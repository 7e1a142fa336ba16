import { z } from 'zod';
import { RUN_STATUSES } from '../bus.js';
import { Problem } from '../problem.js';
import { Instant, PageQuery, pageOf } from './common.api.js';

export const RunStatusSchema = z.enum(RUN_STATUSES);

/**
 * Answer to the start of a run. `output` and `error` are there only when the run ended within `Prefer: wait`.
 */
export const RunStarted = z
  .object({
    id: z.uuid(),
    status: RunStatusSchema,
    output: z.unknown().optional(),
    error: Problem.optional(),
  })
  .meta({ id: 'RunStarted' });
export type RunStarted = z.infer<typeof RunStarted>;

export const RunSummary = z
  .object({
    id: z.uuid(),
    workflow: z.object({ namespace: z.string(), name: z.string(), version: z.string() }),
    status: RunStatusSchema,
    trigger: z.string().describe('api, webhook, schedule, retry, example, workflow'),
    startedAt: Instant,
    endedAt: Instant.nullable(),
    durationMs: z.number().nullable(),
    costMicros: z.int(),
    currency: z.string().nullable(),
    traceId: z.string(),
    retryOf: z.uuid().nullable(),
    error: Problem.nullable(),
  })
  .meta({ id: 'RunSummary' });
export type RunSummary = z.infer<typeof RunSummary>;
export const RunPage = pageOf(RunSummary).meta({ id: 'RunPage' });

/** A run that started this one, or that this one started. `position` is that of the task in the parent. */
const RunRelative = z.object({
  id: z.uuid(),
  position: z.string(),
  workflow: z.object({ namespace: z.string(), name: z.string(), version: z.string() }),
  status: RunStatusSchema,
});

export const RunDetail = RunSummary.extend({
  input: z.unknown(),
  output: z.unknown(),
  revision: z.int(),
  waitsFor: z.string().nullable().describe('why a run that is accepted has not begun, in one sentence'),
  parent: RunRelative.nullable().describe('the run that started this one by `run: workflow`'),
  children: z.array(RunRelative).describe('the newest runs that it started; GET /v1/runs?parent= has all'),
  /** Positions of tasks that are active now. */
  active: z.array(
    z.object({ position: z.string(), task: z.string(), name: z.string(), type: z.string(), since: Instant }),
  ),
}).meta({ id: 'RunDetail' });
export type RunDetail = z.infer<typeof RunDetail>;

export const RunListQuery = PageQuery.extend({
  status: z.string().optional().describe('one or several statuses, comma-separated'),
  workflow: z.string().optional().describe('namespace/name'),
  q: z.string().max(200).optional().describe('run id (or its start), or text in input, output or error'),
  from: z.string().optional(),
  to: z.string().optional(),
  parent: z.uuid().optional().describe('runs that this run started'),
});

export const JournalItem = z
  .object({ sequence: z.int(), at: Instant, kind: z.string() })
  .loose()
  .meta({ id: 'JournalItem' });
export const JournalPage = pageOf(JournalItem).meta({ id: 'JournalPage' });

/**
 * `fromTask`: JSON pointer of the task to start again from; absent: the task that faulted. The retry is a new
 * run.
 */
export const RetryRequest = z.object({ fromTask: z.string().optional() });
export const CancelRequest = z.object({ reason: z.string().max(500).optional() });

/** Runs that one bulk retry takes. */
export const BULK_RETRY_MAX = 500;
export const BulkRetryRequest = z.object({
  workflow: z.string().optional().describe('namespace/name'),
  from: z.string().optional().describe('started at or after, ISO 8601'),
  to: z.string().optional().describe('started before, ISO 8601'),
  q: z.string().max(200).optional().describe('run id (or its start), or text in input, output or error'),
  errorType: z.string().min(1).max(300).optional().describe('type of the error, or its last part: timeout'),
  limit: z.int().min(1).max(BULK_RETRY_MAX).default(100),
  dryRun: z.boolean().default(false),
});

/** Answer to POST /v1/runs/retry. A run that was retried in this way once is not found again. */
export const BulkRetried = z
  .object({
    dryRun: z.boolean(),
    matched: z.int().describe('faulted runs that the filter found, up to the limit'),
    more: z.boolean().describe('whether it finds more than the limit'),
    sample: z.array(RunSummary).describe('the newest of them'),
    retried: z.array(z.object({ id: z.uuid(), retriedBy: z.uuid() })),
    refused: z.array(z.object({ id: z.uuid(), reason: z.string() })),
  })
  .meta({ id: 'BulkRetried' });
export type BulkRetried = z.infer<typeof BulkRetried>;

/** What a call under way has told of its output, for people; the output that it ends with is what counts. */
export const PartialOutput = z
  .object({
    callId: z.string(),
    attempt: z.int(),
    task: z.string().describe('JSON pointer of the task in the document'),
    text: z.string(),
    dropped: z.int().describe('characters that came after the text and are not kept'),
  })
  .meta({ id: 'PartialOutput' });
export type PartialOutput = z.infer<typeof PartialOutput>;
export const PartialOutputs = z.object({ items: z.array(PartialOutput) }).meta({ id: 'PartialOutputs' });
export type PartialOutputs = z.infer<typeof PartialOutputs>;
