import { z } from 'zod';

export const TRIGGER_LIMITS = {
  bytes: 256 * 1024,
  findings: 50,
  /** Steps of one evaluation of `filter` or `input`: a record must not hold up the partition. */
  steps: 200_000,
  stringLength: 2 * 1024 * 1024,
  concurrency: 10_000,
} as const;

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;
const JsonSchema = z.record(z.string(), z.unknown());

const Kafka = z.strictObject({
  /** A connection of the connector `kafka`; absent: the hub's own cluster. */
  connection: z.string().min(1).optional(),
  topic: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'letters, digits, dots, dashes and underscores'),
  /** Where a new trigger begins to read. */
  from: z.enum(['latest', 'earliest']).default('latest'),
  format: z
    .enum(['json', 'cloudevent', 'text'], {
      error: (issue) =>
        issue.input === 'avro'
          ? 'Avro is not read: it needs a schema registry. Have the producer (or a stream processor before the hub) write JSON'
          : 'one of json, cloudevent, text',
    })
    .default('json'),
});

/** Globs (`*` stands for any text) over the attributes of an event; what is absent fits all. */
const CloudEvents = z.strictObject({
  type: z.string().min(1),
  source: z.string().min(1).optional(),
  subject: z.string().min(1).optional(),
});

/** A trigger as written. Unknown keys are refused by name. */
export const TriggerDocument = z.strictObject({
  apiVersion: z.literal('tutti/v1').default('tutti/v1'),
  kind: z.literal('Trigger'),
  metadata: z.strictObject({
    name: z.string().regex(NAME, 'lower-case letters, digits, dashes and dots'),
    summary: z.string().optional(),
  }),
  spec: z
    .strictObject({
      workflow: z.strictObject({ namespace: z.string().min(1), name: z.string().min(1) }),
      kafka: Kafka.optional(),
      cloudevents: CloudEvents.optional(),
      filter: z.string().optional(),
      input: z.string().default('.value'),
      schema: JsonSchema.optional(),
      order: z.enum(['none', 'key']).default('none'),
      concurrency: z.int().min(1).max(TRIGGER_LIMITS.concurrency).optional(),
    })
    .refine((spec) => (spec.kafka === undefined) !== (spec.cloudevents === undefined), {
      error: 'needs exactly one of "kafka" and "cloudevents": where the records come from',
    }),
});
export type TriggerDocument = z.infer<typeof TriggerDocument>;
