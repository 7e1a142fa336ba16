import { z } from 'zod';
import { Effect } from '../capability.js';
import { Problem } from '../problem.js';
import { RunStatusSchema } from './runs.api.js';

/** Items that each list of a preview shows; `count` has all of them. */
export const PREVIEW_ITEMS_MAX = 200;
/** Turns that a run may have to be replayed for a request: a preview, or the data of one of its tasks. */
export const PREVIEW_TURNS_MAX = 20_000;

export const RetryPreviewQuery = z.object({
  from: z.string().max(2_000).optional().describe('JSON pointer or position of the task to start from'),
});

const Place = z.object({
  task: z.string().describe('JSON pointer of the task'),
  name: z.string(),
  position: z.string().describe('the instance of the task: its pointer with loop turns'),
});

const PreviewedCall = Place.extend({
  capability: z.string().nullable().describe('null: a call over HTTP'),
  connection: z.string().nullable(),
  effect: Effect,
  receipt: z.boolean().describe('whether a receipt of its success is stored'),
});

function listed<T extends z.ZodType>(item: T) {
  return z.object({ count: z.int(), items: z.array(item) });
}

const RetryPlan = z.object({
  from: Place,
  kept: listed(PreviewedCall).describe(
    'calls that succeeded before the task: their answers are kept, and they are not made again',
  ),
  firstTurn: z
    .object({
      status: RunStatusSchema.describe('how the retry stands after it'),
      tasks: listed(Place),
      calls: listed(
        PreviewedCall.omit({ receipt: true }).extend({
          underWay: z.boolean().describe('sent again with the key that it had'),
        }),
      ),
      reviews: listed(
        z.object({ task: z.string(), position: z.string(), title: z.string(), because: z.string() }),
      ).describe('what people are asked'),
      events: z.int().describe('events that it emits'),
      error: Problem.nullable(),
    })
    .describe(
      'certain while policies and connections stay as they are: the first turn, made and thrown away',
    ),
  repeated: listed(PreviewedCall).describe(
    'calls that succeeded from the task on: made again, with new keys, when the retry comes there',
  ),
  possible: listed(
    z.object({
      task: z.string(),
      name: z.string(),
      type: z.string(),
      capability: z.string().nullable(),
      effect: Effect.nullable().describe('null: it depends on the connection, or it is no call'),
    }),
  ).describe('tasks that may run after the first turn; which of them do depends on answers and data'),
});

/** Answer to GET /v1/runs/{id}/retry-preview. Nothing was changed. */
export const RetryPreview = z
  .object({
    runId: z.uuid(),
    refused: z.string().nullable().describe('why the run cannot be retried from there'),
    plan: RetryPlan.nullable().describe('null when it is refused'),
  })
  .meta({ id: 'RetryPreview' });
export type RetryPreview = z.infer<typeof RetryPreview>;
