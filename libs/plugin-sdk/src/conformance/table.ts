import { z } from 'zod';

/**
 * What can go wrong with one request, as the suite makes it go wrong: a status, no answer in time, an answer
 * that breaks off, JSON that is broken, JSON of another shape.
 */
export const Fault = z.enum([
  '401',
  '403',
  '404',
  '409',
  '422',
  '429',
  '500',
  '503',
  'timeout',
  'cut',
  'broken-json',
  'wrong-shape',
]);
export type Fault = z.infer<typeof Fault>;

/** One answer of the other system. */
export const ScriptedReply = z.strictObject({
  /** Which request it answers, such as `GET /contacts?email=ann`; of the query only what is named counts. */
  request: z
    .string()
    .regex(/^(GET|HEAD|POST|PUT|PATCH|DELETE) \S+$/)
    .optional(),
  status: z.int().min(200).max(599).default(200),
  headers: z.record(z.string(), z.string()).default({}),
  /** Body as JSON. */
  json: z.unknown().optional(),
  /** Body as text; its `content-type` is `text/plain` unless the headers say otherwise. */
  text: z.string().optional(),
  /** The request changes nothing, whatever its method (a search by POST). */
  read: z.boolean().default(false),
});
export type ScriptedReply = z.infer<typeof ScriptedReply>;

const Replies = z.array(ScriptedReply).default([]);

/** What the other system says about an earlier attempt, and what `reconcile` is to make of it. */
export const ReconcileExample = z.strictObject({
  replies: Replies,
  happened: z.union([z.boolean(), z.literal('unknown')]),
  /** Compared when it is there: every property that is named has to be there with that value. */
  output: z.unknown().optional(),
});
export type ReconcileExample = z.infer<typeof ReconcileExample>;

/** One call of a capability that works. */
export const CapabilityExample = z.strictObject({
  name: z.string().optional(),
  input: z.unknown(),
  /** In the order in which the requests are made. */
  replies: Replies,
  /** Compared when it is there: every property that is named has to be there with that value. */
  output: z.unknown().optional(),
  /** Faults that the capability answers with an output on purpose, such as 404 with "not found". */
  handles: z.array(Fault).default([]),
  /** The answers to the same call with the same key again, where they are others. */
  repeat: z.strictObject({ replies: Replies }).optional(),
  reconcile: z.array(ReconcileExample).default([]),
});
export type CapabilityExample = z.infer<typeof CapabilityExample>;

/** A request that the other system sends to a hook. */
export const SentExample = z.strictObject({
  method: z.string().default('POST'),
  headers: z.record(z.string(), z.string()).default({}),
  query: z.record(z.string(), z.string()).default({}),
  /** Body as JSON. */
  json: z.unknown().optional(),
  /** Body as text. */
  text: z.string().optional(),
  /** When the other system signed it: its headers carry a signature of its own. Absent: the suite signs. */
  signedAt: z.iso.datetime().optional(),
});
export type SentExample = z.infer<typeof SentExample>;

/** One look of a poll, one stream from its start to its last reply, or one request to a hook. */
export const TriggerExample = z.strictObject({
  name: z.string().optional(),
  /** What the document of the trigger says. */
  options: z.record(z.string(), z.unknown()).default({}),
  /** Where the look or stream begins; absent: null, the first time. */
  cursor: z.unknown().optional(),
  /** In the order in which the requests are made. */
  replies: Replies,
  /** Of a webhook. */
  request: SentExample.optional(),
  /** Compared when it is there: every property that is named has to be there with that value. */
  events: z.array(z.unknown()).optional(),
  /** Faults in spite of which it goes on, on purpose. */
  handles: z.array(Fault).default([]),
});
export type TriggerExample = z.infer<typeof TriggerExample>;

/** The examples of a plugin: what `conformance.yaml` beside it holds. */
export const ConformanceTable = z.strictObject({
  /** Of the connection; secrets in it stand for real ones and are looked for in logs and errors. */
  settings: z.record(z.string(), z.unknown()).default({}),
  /** Artifacts that inputs refer to: their text by id. */
  files: z.record(z.string(), z.string()).default({}),
  health: z.strictObject({ replies: Replies }).optional(),
  capabilities: z.record(z.string(), z.array(CapabilityExample)).default({}),
  triggers: z.record(z.string(), z.array(TriggerExample)).default({}),
});
export type ConformanceTable = z.infer<typeof ConformanceTable>;
/** As an author writes it. */
export type ConformanceExamples = z.input<typeof ConformanceTable>;
