import { z } from 'zod';
import { Instant } from './common.api.js';

/** How the bus is doing in one process. */
export const InstanceBus = z.object({
  transport: z.enum(['in-process', 'kafka']),
  connected: z.boolean(),
  sending: z.int().describe('messages that wait to be sent'),
  handling: z.int().describe('messages delivered and not done yet'),
  lag: z.record(z.string(), z.number()).describe('messages by topic that this process has still to take'),
  shards: z.object({ owned: z.array(z.int()), count: z.int() }),
});

/** One process of the hub. */
export const InstanceItem = z
  .object({
    id: z.uuid(),
    role: z.string(),
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    state: z.string(),
    alive: z.boolean().describe('it was seen in the last 15 seconds'),
    startedAt: Instant,
    seenAt: Instant,
    uptimeSeconds: z.number(),
    clockSkewMs: z
      .number()
      .nullable()
      .describe("the process's clock minus the database's; null: not reported"),
    bus: InstanceBus.nullable(),
    counters: z.record(z.string(), z.number()),
  })
  .meta({ id: 'InstanceItem' });
export type InstanceItem = z.infer<typeof InstanceItem>;

export const SystemTopic = z
  .object({
    topic: z.string(),
    partitions: z.int().nullable(),
    group: z.string().nullable().describe('role that works it off; null: every process reads all of it'),
    lag: z.number().nullable().describe('messages that wait; null: not known'),
  })
  .meta({ id: 'SystemTopic' });
export type SystemTopic = z.infer<typeof SystemTopic>;

/** Something that a person should look at. */
export const SystemWarning = z
  .object({
    code: z.string(),
    severity: z.enum(['warning', 'error']),
    message: z.string(),
    fix: z.string(),
  })
  .meta({ id: 'SystemWarning' });
export type SystemWarning = z.infer<typeof SystemWarning>;

export const SystemSample = z.object({ at: Instant, lag: z.record(z.string(), z.number()) });

export const System = z
  .object({
    at: Instant,
    warnings: z.array(SystemWarning),
    instances: z.array(InstanceItem),
    topics: z.array(SystemTopic),
    history: z.array(SystemSample).describe('lag by topic over the last minutes, oldest first'),
    runs: z.object({
      pending: z.int(),
      running: z.int(),
      waiting: z.int(),
      suspended: z.int(),
      queued: z.int().describe('accepted, and without a first turn yet'),
      oldestQueuedAt: Instant.nullable(),
      oldestWaitingAt: Instant.nullable(),
      overdue: z.int().describe('runs whose alarm is more than 30 seconds late'),
    }),
    deadLetters: z.object({ open: z.int(), oldestAt: Instant.nullable() }),
    outbox: z.object({ events: z.int(), oldestAt: Instant.nullable() }),
    duplicates: z.object({
      total: z.number(),
      byName: z.record(z.string(), z.number()),
    }),
    database: z.object({
      bytes: z.number(),
      version: z.string(),
      connections: z.int(),
      connectionsMax: z.int(),
      partitions: z.array(
        z.object({
          table: z.string(),
          partitions: z.int(),
          bytes: z.number(),
          oldest: z.string().nullable(),
        }),
      ),
    }),
  })
  .meta({ id: 'System' });
export type System = z.infer<typeof System>;
