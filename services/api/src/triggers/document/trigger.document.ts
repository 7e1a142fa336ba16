import { durationMs } from '@tutti/routing';
import { z } from 'zod';

export const TRIGGER_LIMITS = {
  bytes: 256 * 1024,
  findings: 50,
  /** Steps of one evaluation of `filter` or `input`: a record must not hold up the partition. */
  steps: 200_000,
  stringLength: 2 * 1024 * 1024,
  concurrency: 10_000,
  /** Time between two polls. */
  everyMsMin: 1_000,
  everyMsMax: 7 * 86_400_000,
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

/** A trigger that a plugin brings, over one of its connections. */
const PluginSource = z.strictObject({
  connection: z.string().min(1),
  /** Its name in the plugin, such as `crm.contact.changed`. */
  trigger: z.string().min(1).max(200),
  /** What the plugin lets be said, such as which list to watch. */
  options: z.record(z.string(), z.unknown()).default({}),
  /** Between two polls; absent: as the plugin says. */
  every: z
    .unknown()
    .optional()
    .refine((every) => every === undefined || isInterval(every), {
      error: 'a duration from 1 second to 7 days, such as 30s, PT5M or { minutes: 5 }',
    }),
});

function isInterval(every: unknown): boolean {
  const ms = durationMs(every);
  return ms !== undefined && ms >= TRIGGER_LIMITS.everyMsMin && ms <= TRIGGER_LIMITS.everyMsMax;
}

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
      plugin: PluginSource.optional(),
      filter: z.string().optional(),
      input: z.string().default('.value'),
      schema: JsonSchema.optional(),
      order: z.enum(['none', 'key']).default('none'),
      concurrency: z.int().min(1).max(TRIGGER_LIMITS.concurrency).optional(),
    })
    .refine(({ kafka, cloudevents, plugin }) => isOne([kafka, cloudevents, plugin]), {
      error: 'needs exactly one of "kafka", "cloudevents" and "plugin": where the records come from',
    }),
});
function isOne(sources: readonly unknown[]): boolean {
  return sources.filter((source) => source !== undefined).length === 1;
}

export type TriggerDocument = z.infer<typeof TriggerDocument>;
