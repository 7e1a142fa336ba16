import { z } from 'zod';
import { Instant } from './common.api.js';

/**
 * What a connection can do now, the first that holds: switched off, its plugin is not there or kept out of
 * use, people have to act, or how its last test ended.
 */
export const CONNECTION_STATES = [
  'off',
  'plugin-missing',
  'quarantined',
  'hosts-to-confirm',
  'sign-in-needed',
  'failing',
  'ok',
  'unknown',
] as const;
export const ConnectionState = z.enum(CONNECTION_STATES);
export type ConnectionState = z.infer<typeof ConnectionState>;

/** The newest call over a connection that failed. */
export const ConnectionError = z
  .object({
    at: Instant,
    title: z.string(),
    status: z.int(),
    capability: z.string(),
    runId: z.string().nullable().describe('null: its run is not there, as for a call that was tried out'),
  })
  .meta({ id: 'ConnectionError' });
export type ConnectionError = z.infer<typeof ConnectionError>;

/** One quota of the other system. */
export const Quota = z
  .object({
    name: z.string().describe('as the other system calls it: requests, tokens, day'),
    limit: z.number().nullable(),
    remaining: z.number().nullable(),
    resetAt: Instant.nullable(),
  })
  .meta({ id: 'Quota' });
export type Quota = z.infer<typeof Quota>;

/** What the headers of the last reply with such headers said of quotas. */
export const ConnectionHeadroom = z
  .object({
    at: Instant.describe('when the reply came'),
    quotas: z.array(Quota),
    retryAt: Instant.nullable().describe('Retry-After of a refusal'),
  })
  .meta({ id: 'ConnectionHeadroom' });
export type ConnectionHeadroom = z.infer<typeof ConnectionHeadroom>;

/** Calls over a connection in some time. */
const Calls = z.object({
  calls: z.int(),
  failed: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  cost: z
    .array(z.object({ currency: z.string(), micros: z.int() }))
    .describe('what is known of it, in micro-units of each currency'),
});
/** Over the last 24 hours, the one that has begun included. */
export const ConnectionUsage = Calls.meta({ id: 'ConnectionUsage' });
export type ConnectionUsage = z.infer<typeof ConnectionUsage>;
export const ConnectionHour = Calls.extend({ at: Instant.describe('when the hour begins') }).meta({
  id: 'ConnectionHour',
});
export type ConnectionHour = z.infer<typeof ConnectionHour>;

/** One test of a connection. */
export const ConnectionCheck = z
  .object({ at: Instant, by: z.string(), ok: z.boolean(), detail: z.string(), durationMs: z.number() })
  .meta({ id: 'ConnectionCheck' });
export type ConnectionCheck = z.infer<typeof ConnectionCheck>;

/** What goes on without the connection, or cannot. */
export const ConnectionUsers = z
  .object({
    policies: z
      .array(z.object({ name: z.string(), capability: z.string() }))
      .describe('active policies that name it'),
    workflows: z
      .array(
        z.object({
          namespace: z.string(),
          name: z.string(),
          capabilities: z.array(z.string()).describe('that it calls, and that may go over this connection'),
        }),
      )
      .describe('by their current version'),
    triggers: z.array(z.string()),
  })
  .meta({ id: 'ConnectionUsers' });
export type ConnectionUsers = z.infer<typeof ConnectionUsers>;
