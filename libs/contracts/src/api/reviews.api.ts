import { z } from 'zod';
import { REVIEW_STATUSES } from '../bus.js';
import { ArtifactRef } from '../artifact.js';
import { Instant, PageQuery, pageOf } from './common.api.js';

export const ReviewStatusSchema = z.enum(REVIEW_STATUSES);
export const ReviewSummary = z
  .object({
    id: z.uuid(),
    runId: z.uuid(),
    title: z.string(),
    because: z.string(),
    status: ReviewStatusSchema,
    workflow: z.object({ namespace: z.string(), name: z.string(), version: z.string() }),
    task: z.string(),
    openedAt: Instant,
    dueAt: Instant.nullable(),
    decidedAt: Instant.nullable(),
    decidedBy: z.string().nullable(),
  })
  .meta({ id: 'ReviewSummary' });
export type ReviewSummary = z.infer<typeof ReviewSummary>;
export const ReviewPage = pageOf(ReviewSummary).meta({ id: 'ReviewPage' });

export const ReviewEditSchema = z.object({ path: z.string(), before: z.unknown(), after: z.unknown() });
export const ReviewDetail = ReviewSummary.extend({
  /** JSON Schema of `data`: the form. */
  form: z.record(z.string(), z.unknown()).nullable(),
  data: z.unknown().describe('what the person sees and may edit'),
  context: z.unknown().describe('further facts shown beside the fields, not editable'),
  document: ArtifactRef.nullable(),
  decision: z
    .object({
      approved: z.boolean(),
      data: z.unknown(),
      edits: z.array(ReviewEditSchema),
      comment: z.string().optional(),
      by: z.string(),
      at: Instant,
    })
    .nullable(),
  /** Proof that the caller saw this review; needed to decide it. Absent once decided. */
  token: z.string().nullable(),
}).meta({ id: 'ReviewDetail' });
export type ReviewDetail = z.infer<typeof ReviewDetail>;

export const ReviewListQuery = PageQuery.extend({
  status: z.string().optional(),
  workflow: z.string().optional(),
  runId: z.string().optional(),
});

export const ReviewDecisionRequest = z
  .object({
    decision: z.enum(['approve', 'reject']),
    /** The whole data after edits; absent: unchanged. */
    data: z.unknown().optional(),
    comment: z.string().max(2000).optional(),
    token: z.string(),
  })
  .meta({ id: 'ReviewDecisionRequest' });
export type ReviewDecisionRequest = z.infer<typeof ReviewDecisionRequest>;
