import { z } from 'zod';
import type { ReviewDecision, RunCommand } from './bus.js';
import { type CallOutcome, Effect } from './capability.js';
import type { Problem } from './problem.js';

/** The version of the form of cassettes that this hub writes and reads. */
export const CASSETTE_VERSION = 1;

/** An object whose form others hold to. */
const anObject = <T>() => z.looseObject({}) as unknown as z.ZodType<T>;

/** One attempt of a call, as it was asked and answered. */
export const RecordedCall = z.object({
  task: z.string().describe('JSON pointer of the task'),
  position: z.string().describe('which instance of the task'),
  attempt: z.int().min(1),
  kind: z
    .string()
    .describe('capability, http, openapi, mcp, grpc, a2a, asyncapi, script, shell or container'),
  capability: z.string().optional(),
  connection: z.string().optional(),
  effect: Effect,
  input: z.unknown(),
  ms: z.number().nonnegative().describe('how long the answer took'),
  outcome: anObject<CallOutcome>().nullable().describe('null: no answer came in time'),
});
export type RecordedCall = z.infer<typeof RecordedCall>;

/** A run of another workflow that a task started. */
export const RecordedChild = z.object({
  task: z.string(),
  position: z.string(),
  workflow: z.object({ namespace: z.string(), name: z.string(), version: z.string() }),
  input: z.unknown(),
  ms: z.number().nonnegative(),
  status: z.enum(['completed', 'faulted', 'cancelled', 'started', 'refused']),
  output: z.unknown().optional(),
  error: anObject<Problem>().optional(),
});
export type RecordedChild = z.infer<typeof RecordedChild>;

/** A review as it was asked and decided. */
export const RecordedReview = z.object({
  task: z.string(),
  position: z.string(),
  because: z.string(),
  ms: z.number().nonnegative().describe('how long the decision took'),
  decision: anObject<ReviewDecision>().nullable().describe('null: nobody decided'),
});
export type RecordedReview = z.infer<typeof RecordedReview>;

/** A connection as routing policies saw it: no settings, no secrets. */
export const RecordedConnection = z.object({
  name: z.string(),
  plugin: z.string(),
  pluginVersion: z.string(),
  capabilities: z.record(
    z.string(),
    z.object({
      effect: Effect,
      reconciles: z.boolean(),
      costMicros: z.number().optional(),
      latencyMs: z.number().optional(),
    }),
  ),
});

/**
 * What a run asked of the world and what it was answered, at the boundary between hub and connectors: with it
 * the run's workflow can be run again anywhere, with no hub, no connection and no network. Answer to GET
 * /v1/runs/{id}/cassette, and what `tutti record` writes.
 */
export const Cassette = z
  .object({
    kind: z.literal('Cassette'),
    version: z.literal(CASSETTE_VERSION),
    run: z.object({
      id: z.string(),
      workspaceId: z.string(),
      startedAt: z.number().describe('epoch milliseconds'),
      trigger: z.string(),
    }),
    workflow: z.object({ namespace: z.string(), name: z.string(), version: z.string() }),
    status: z.string(),
    output: z.unknown().optional(),
    error: anObject<Problem>().optional(),
    redacted: z.record(z.string(), z.int()).describe('how many different values were replaced, by kind'),
    input: z.unknown(),
    calls: z.array(RecordedCall),
    children: z.array(RecordedChild),
    reviews: z.array(RecordedReview),
    commands: z
      .array(z.object({ afterMs: z.number().nonnegative(), command: anObject<RunCommand>() }))
      .describe('events and orders that reached the run, from its start on'),
    connections: z.array(RecordedConnection),
    policies: z.array(z.unknown()).describe('the routing policies that were active'),
    definition: z.unknown().describe('the workflow document, with the functions it was applied with'),
  })
  .meta({ id: 'Cassette' });
export type Cassette = z.infer<typeof Cassette>;

export const CassetteQuery = z.object({
  redact: z
    .string()
    .max(2000)
    .optional()
    .describe('names of properties, with commas between them, whose values are replaced wherever they stand'),
});
