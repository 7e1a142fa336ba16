import { z } from 'zod';
import { TRIGGER_KINDS } from '../capability.js';
import { Instant, PageQuery, pageOf } from './common.api.js';

/** What a trigger does now, over all API processes. */
export const TRIGGER_STATES = ['starting', 'running', 'paused', 'failing'] as const;

export const TriggerItem = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(['kafka', 'cloudevents', 'plugin']),
    workflow: z.object({ namespace: z.string(), name: z.string() }),
    /**
     * A Kafka trigger's topic, the types of the events that an event trigger takes, or what a plugin calls
     * its trigger.
     */
    source: z.string(),
    /**
     * The connection to a foreign cluster or to the plugin's system; null: the hub's own cluster, or none.
     */
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

/** How far a trigger of a plugin is. */
export const PluginTriggerState = z
  .object({
    kind: z.enum(TRIGGER_KINDS).nullable().describe('null until a connector host looked at it'),
    cursor: z.unknown().describe('what the next look begins with; null: none'),
    hookPath: z.string().nullable().describe('webhooks only: where the other system sends to, below the API'),
    subscribed: z.boolean().describe('whether the plugin registered the address in the other system'),
    nextLookAt: Instant.nullable().describe('null while it is paused, and for streams'),
    lookedAt: Instant.nullable(),
    lastEventAt: Instant.nullable(),
    events: z.int().describe('found or sent since it was made'),
    waiting: z.int().describe('events that are no runs yet'),
  })
  .meta({ id: 'PluginTriggerState' });
export type PluginTriggerState = z.infer<typeof PluginTriggerState>;

export const TriggerDetail = TriggerItem.extend({
  text: z.string().describe('the document as it was applied'),
  definition: z.unknown().describe('the document as JSON'),
  /** Kafka only: the group whose offsets say how far it is. */
  consumerGroup: z.string().nullable(),
  partitions: z
    .array(z.object({ partition: z.int(), lag: z.int().nullable(), process: z.string() }))
    .describe('who reads which partition, and how many records wait there'),
  plugin: PluginTriggerState.nullable().describe('null unless a plugin brings its events'),
  /** Runs of this trigger that wait for a place, and those that are under way with one. */
  places: z.object({ waiting: z.int(), taken: z.int(), limit: z.int().nullable() }),
}).meta({ id: 'TriggerDetail' });
export type TriggerDetail = z.infer<typeof TriggerDetail>;

export const TriggerChange = z.object({ enabled: z.boolean() });
export const TriggerListQuery = PageQuery;
