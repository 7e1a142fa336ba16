import { durationMs } from '@tutti/workflow';
import { Effect, Fate } from '@tutti/contracts';
import { z } from 'zod';

const Duration = z
  .unknown()
  .transform((value, context) => {
    const ms = durationMs(value);
    if (ms === undefined) context.addIssue('must be a duration: PT5S, or { seconds: 5 }');
    return ms ?? 0;
  })
  .pipe(z.number());

/** What calls an answer or an expectation is for: those that fit everything that is given. */
const Which = {
  task: z.string().optional().describe('name or JSON pointer of the task'),
  capability: z.string().optional(),
  connection: z.string().optional(),
};

/** An answer in place of the recorded one. */
const GivenAnswer = z
  .strictObject({
    ...Which,
    input: z.unknown().optional().describe('only for calls whose input has at least this'),
    times: z.int().min(1).optional().describe('for so many calls; absent: for all'),
    after: Duration.optional(),
    effect: Effect.optional().describe('of a capability that no recorded connection offers'),
    output: z.unknown().optional(),
    confidence: z.number().min(0).max(1).optional(),
    error: z
      .strictObject({
        status: z.int().min(400).max(599),
        title: z.string().optional(),
        detail: z.string().optional(),
        type: z.string().optional(),
        fate: Fate.optional(),
        retryAfter: Duration.optional(),
      })
      .optional(),
    timeout: z.literal(true).optional().describe('nobody answers'),
  })
  .refine(
    (answer) => [answer.output, answer.error, answer.timeout].filter((one) => one !== undefined).length === 1,
    'give one of output, error, timeout',
  );
export type GivenAnswer = z.output<typeof GivenAnswer>;

const GivenReview = z.strictObject({
  task: z.string().optional().describe('name or JSON pointer of the task; absent: any'),
  approved: z.boolean().optional(),
  nobody: z.literal(true).optional().describe('nobody decides'),
  data: z.unknown().optional().describe('in place of the data that was shown'),
  comment: z.string().optional(),
  by: z.string().default('tester'),
  after: Duration.optional(),
});
export type GivenReview = z.output<typeof GivenReview>;

const GivenEvent = z.strictObject({
  after: Duration.optional().describe('from the start of the run'),
  event: z.looseObject({ type: z.string() }),
});

const Count = z.union([
  z.int().min(0),
  z.strictObject({ min: z.int().min(0).optional(), max: z.int().optional() }),
]);

const Expectation = z.strictObject({
  status: z.enum(['completed', 'faulted', 'cancelled', 'running', 'waiting', 'suspended']).optional(),
  output: z.unknown().optional().describe('the output has at least this'),
  error: z.unknown().optional().describe('the error has at least this'),
  calls: z
    .array(z.strictObject({ ...Which, times: Count.optional(), input: z.unknown().optional() }))
    .optional(),
  reviews: z
    .array(z.strictObject({ task: z.string().optional(), because: z.string().optional() }))
    .optional(),
  events: z.array(z.looseObject({ type: z.string().optional() })).optional(),
  within: Duration.optional().describe('time as the run saw it'),
  jq: z.array(z.string()).optional().describe('programs over the result, each of which must answer true'),
});
export type Expectation = z.output<typeof Expectation>;

const Case = z.strictObject({
  name: z.string().min(1),
  cassette: z.string().optional(),
  input: z.unknown().optional().describe('in place of the recorded one'),
  answers: z.array(GivenAnswer).default([]),
  reviews: z.array(GivenReview).default([]),
  events: z.array(GivenEvent).default([]),
  expect: Expectation.optional().describe('absent: the end that was recorded'),
});
export type Case = z.output<typeof Case>;

/** A file of tests of one workflow, as `tutti test` reads it. Paths are relative to the file. */
export const WorkflowTest = z.strictObject({
  kind: z.literal('WorkflowTest'),
  workflow: z.string().optional().describe('file of the document; absent: the recorded one'),
  policies: z.array(z.string()).optional().describe('files of routing policies; absent: the recorded ones'),
  cassette: z.string().optional().describe('of the tests that name none'),
  ignore: z.array(z.string()).default([]).describe('jq paths in inputs that are not compared'),
  tests: z.array(Case).min(1),
});
export type WorkflowTest = z.output<typeof WorkflowTest>;
