import { PROCESS_KINDS, PROTOCOL_KINDS, TOPICS } from '@tutti/contracts';
import { z } from 'zod';

const Name = z.string().min(1);
const Millis = z.number().nonnegative();
const Workflow = z.object({ namespace: Name, name: Name, version: Name, versionId: z.uuid() }).loose();
const Outcome = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), output: z.unknown() }).loose(),
  z
    .object({
      status: z.literal('failed'),
      fate: z.enum(['permanent', 'transient', 'defect', 'unknown']),
      error: z.object({ type: Name, status: z.int(), title: z.string() }).loose(),
    })
    .loose(),
]);
const Command = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cancel'), by: Name }).loose(),
  z.object({ kind: z.literal('suspend'), by: Name }).loose(),
  z.object({ kind: z.literal('resume'), by: Name }).loose(),
  z.object({ kind: z.literal('event'), by: Name }).loose(),
  z.object({ kind: z.literal('migrate'), by: Name, from: Workflow, to: Workflow }).loose(),
  z
    .object({
      kind: z.literal('call.answered'),
      by: Name,
      position: Name,
      idempotencyKey: Name,
      connection: Name,
    })
    .loose(),
  z
    .object({
      kind: z.literal('child.ended'),
      runId: z.uuid(),
      position: Name,
      status: z.enum(['completed', 'faulted', 'cancelled']),
    })
    .loose(),
  z
    .object({
      kind: z.literal('review.decided'),
      by: Name,
      reviewId: z.uuid(),
      decision: z.object({ approved: z.boolean() }).loose(),
    })
    .loose(),
]);
const Target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('http') }).loose(),
  z.object({ kind: z.literal('openapi') }).loose(),
  z.object({ kind: z.enum(PROTOCOL_KINDS) }).loose(),
  z.object({ kind: z.enum(PROCESS_KINDS) }).loose(),
  z
    .object({
      kind: z.literal('capability'),
      capability: Name,
      version: Name,
      connection: Name,
      plugin: Name,
      pluginVersion: Name,
    })
    .loose(),
]);

const RunInbox = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('run.accepted'),
      runId: z.uuid(),
      workspaceId: Name,
      workflowId: z.uuid(),
      workflow: Workflow,
      trigger: Name,
      acceptedAt: Millis,
      traceId: z.hex().length(32),
      rootSpanId: z.hex().length(16),
    })
    .loose(),
  z
    .object({
      kind: z.literal('call.settled'),
      runId: z.uuid(),
      callId: Name,
      attempt: z.int().min(1),
      outcome: Outcome,
      startedAt: Millis,
      endedAt: Millis,
    })
    .loose(),
  z.object({ kind: z.literal('run.due'), runId: z.uuid() }).loose(),
  z
    .object({ kind: z.literal('run.commanded'), runId: z.uuid(), commandId: z.uuid(), command: Command })
    .loose(),
]);

const Calls = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('call.request'),
      runId: z.uuid(),
      workspaceId: Name,
      workflow: Workflow,
      callId: Name,
      attempt: z.int().min(1),
      task: Name,
      taskName: Name,
      target: Target,
      effect: z.enum(['read', 'idempotent-write', 'write']),
      idempotencyKey: Name,
      timeoutMs: z.number().positive(),
      redelivered: z.boolean(),
      trace: z.object({ traceId: z.hex().length(32), spanId: z.hex().length(16) }).loose(),
    })
    .loose(),
]);

/**
 * What the topics that carry JSON take, as far as a person who edits a message has to be told. Members that
 * are not named here pass as they are.
 */
export const BUS_MESSAGES: Readonly<Record<typeof TOPICS.runInbox | typeof TOPICS.calls, z.ZodType>> = {
  [TOPICS.runInbox]: RunInbox,
  [TOPICS.calls]: Calls,
};
