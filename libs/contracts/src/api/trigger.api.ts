import { z } from 'zod';
import { Instant, PageQuery, pageOf } from './common.api.js';

/** What a trigger does now, over all API processes. */
export const TRIGGER_STATES = ['starting', 'running', 'paused', 'failing'] as const;

export const TriggerItem = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(['kafka', 'cloudevents']),
    workflow: z.object({ namespace: z.string(), name: z.string() }),
    /** A Kafka trigger's topic, or the types of the events that an event trigger takes. */
    source: z.string(),
    /** The connection to a foreign cluster; null: the hub's own cluster, or no Kafka at all. */
    connection: z.string().nullable(),
    enabled: z.boolean(),
    state: z.enum(TRIGGER_STATES),
    /** What keeps it from working, and what to do. */
    error: z.string().nullable(),
    /** Records that wait on the broker; null while that is not known. */
    lag: z.int().nullable(),
    lastRecordAt: Instant.nullable(),
    records: z.object({
      taken: z.int(),
      filtered: z.int().describe('passed over by the filter'),
      dead: z.int().describe('became dead letters'),
      repeated: z.int().describe('delivered again, and recognised'),
    }),
    runsStarted: z.int(),
    version: z.int().describe('counts the changes of the document'),
    contentHash: z.string(),
    createdBy: z.string(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'TriggerItem' });
export type TriggerItem = z.infer<typeof TriggerItem>;
export const TriggerPage = pageOf(TriggerItem).meta({ id: 'TriggerPage' });

export const TriggerDetail = TriggerItem.extend({
  text: z.string().describe('the document as it was applied'),
  definition: z.unknown().describe('the document as JSON'),
  /** Kafka only: the group whose offsets say how far it is. */
  consumerGroup: z.string().nullable(),
  partitions: z
    .array(z.object({ partition: z.int(), lag: z.int().nullable(), process: z.string() }))
    .describe('who reads which partition, and how many records wait there'),
  /** Runs of this trigger that wait for a place, and those that are under way with one. */
  places: z.object({ waiting: z.int(), taken: z.int(), limit: z.int().nullable() }),
}).meta({ id: 'TriggerDetail' });
export type TriggerDetail = z.infer<typeof TriggerDetail>;

export const TriggerChange = z.object({ enabled: z.boolean() });
export const TriggerListQuery = PageQuery;
