import { z } from 'zod';
import { RunStatusSchema } from './runs.api.js';
import { Instant, PageQuery, pageOf } from './common.api.js';

/** What became of a dead letter. `open`: nothing yet. */
export const DEAD_LETTER_STATUSES = ['open', 'redriven', 'discarded'] as const;
export const DeadLetterStatus = z.enum(DEAD_LETTER_STATUSES);

/** The most letters that one bulk request takes on; the answer's cursor leads to the next. */
export const DEAD_LETTERS_BATCH_MAX = 200;

export const DeadLetterItem = z
  .object({
    id: z.uuid(),
    topic: z.string(),
    partition: z.int(),
    /** Decimal text: Kafka's offsets do not fit a number. */
    offset: z.string(),
    key: z.string().nullable(),
    reason: z.string().describe('one word: malformed, unknown-kind, refused, too-large, ...'),
    detail: z.string().describe('what was wrong, for a person'),
    status: DeadLetterStatus,
    bytes: z.int().describe('of the payload as it came'),
    edited: z.boolean(),
    redrives: z.int().describe('how often this message was sent again'),
    trigger: z.object({ id: z.uuid(), name: z.string().nullable() }).nullable(),
    createdAt: Instant,
    resolvedAt: Instant.nullable(),
    resolvedBy: z.string().nullable(),
  })
  .meta({ id: 'DeadLetterItem' });
export type DeadLetterItem = z.infer<typeof DeadLetterItem>;
export const DeadLetterPage = pageOf(DeadLetterItem).meta({ id: 'DeadLetterPage' });

/** A payload in the simplest form that loses nothing: JSON, else text, else base64. */
export const DeadLetterPayload = z
  .object({
    encoding: z.enum(['json', 'text', 'base64']),
    bytes: z.int(),
    text: z.string().describe('the JSON text, the text, or the base64 of the bytes'),
    truncated: z.boolean().describe('true: only the beginning is shown'),
  })
  .meta({ id: 'DeadLetterPayload' });
export type DeadLetterPayload = z.infer<typeof DeadLetterPayload>;

export const DeadLetterDetail = DeadLetterItem.extend({
  headers: z.record(z.string(), z.string()),
  payload: DeadLetterPayload.describe('as it came'),
  editedPayload: DeadLetterPayload.nullable().describe(
    'what a redrive sends instead, once somebody edited it',
  ),
  run: z
    .object({
      id: z.uuid(),
      status: RunStatusSchema,
      workflow: z.object({ namespace: z.string(), name: z.string() }),
    })
    .nullable()
    .describe('the run that the message is for, when that is known'),
  problem: z
    .string()
    .nullable()
    .describe('why a redrive would be refused now; null: nothing is known against it'),
}).meta({ id: 'DeadLetterDetail' });
export type DeadLetterDetail = z.infer<typeof DeadLetterDetail>;

/** `status` is one or several, comma-separated; the rest narrows it. */
export const DeadLetterFilter = z.object({
  status: z.string().optional().describe('open, redriven, discarded; comma-separated'),
  topic: z.string().max(300).optional(),
  reason: z.string().max(100).optional(),
  trigger: z.string().max(200).optional().describe('name of a trigger'),
  q: z.string().max(200).optional().describe('text in key, detail or payload, or the id of a letter'),
});
export const DeadLetterListQuery = PageQuery.extend(DeadLetterFilter.shape);

/** Exactly one of the three: JSON, text, or bytes as base64. */
export const DeadLetterEdit = z
  .object({ json: z.unknown().optional(), text: z.string().optional(), base64: z.base64().optional() })
  .meta({ id: 'DeadLetterEdit' });
export type DeadLetterEdit = z.infer<typeof DeadLetterEdit>;

/** Which letters: these, or all that match, a batch at a time. */
export const DeadLetterSelection = z
  .object({
    ids: z.array(z.uuid()).min(1).max(DEAD_LETTERS_BATCH_MAX).optional(),
    filter: DeadLetterFilter.omit({ status: true }).optional(),
    cursor: z.string().optional().describe('of the answer before, to go on with the next batch'),
  })
  .meta({ id: 'DeadLetterSelection' });
export type DeadLetterSelection = z.infer<typeof DeadLetterSelection>;

/** What a bulk request did, or with `?plan=true` would do. */
export const DeadLetterBatch = z
  .object({
    plan: z.boolean(),
    matched: z.int().describe('open letters that were chosen, this batch and those behind it'),
    done: z.int().describe('of this batch; in a plan: what could be done'),
    refused: z.array(z.object({ id: z.uuid(), detail: z.string() })).describe('left open, with the reason'),
    skipped: z.int().describe('letters that somebody else is at, or that are not open any more'),
    groups: z
      .array(z.object({ topic: z.string(), reason: z.string(), count: z.int() }))
      .describe('the letters of this batch by topic and reason'),
    nextCursor: z.string().nullable().describe('null: there is nothing behind this batch'),
  })
  .meta({ id: 'DeadLetterBatch' });
export type DeadLetterBatch = z.infer<typeof DeadLetterBatch>;
