import { z } from 'zod';
import { Effect } from '../capability.js';
import { Instant } from './common.api.js';

const JsonObject = z.record(z.string(), z.unknown());

/** What the other side tells of a capability. */
const Told = z.object({
  title: z.string().nullable(),
  description: z.string().nullable(),
  effect: Effect,
  input: JsonObject,
  output: JsonObject.nullable(),
});

/** A capability that a connection found by itself. */
export const ConnectionCapability = Told.extend({
  name: z.string().describe('as workflows call it'),
  original: z.string().describe('as the other system calls it'),
  /** `callable`; `waiting`: nobody has approved it yet; `refused`: it is something else or gone now. */
  use: z.enum(['callable', 'waiting', 'refused']),
  /** Whether only the other side says that the effect is no write. */
  hinted: z.boolean(),
  /** How it differs from what was approved; null: it does not. */
  change: z.enum(['added', 'removed', 'changed']).nullable(),
  /** What of it changed: name, title, description, effect, input, output or detail. */
  parts: z.array(z.string()),
  /** What was approved, where that is something else. */
  approved: Told.nullable(),
}).meta({ id: 'ConnectionCapability' });
export type ConnectionCapability = z.infer<typeof ConnectionCapability>;

export const ConnectionCapabilities = z
  .object({
    connection: z.string(),
    plugin: z.string(),
    /**
     * `none`: its plugin finds nothing by itself; `waiting`: it was not asked yet; `new`: nothing was
     * approved yet; `changed`: it has something else now than what was approved.
     */
    state: z.enum(['none', 'waiting', 'new', 'approved', 'changed']),
    /** `pin`: what was approved is called; `follow`: what was found last, at once. */
    mode: z.enum(['pin', 'follow']),
    /** Names are `tools.<prefix>.<name>`. */
    prefix: z.string(),
    /** Of what was found last: what an approval names. */
    hash: z.string().nullable(),
    approved: z.object({ hash: z.string(), by: z.string(), at: Instant }).nullable(),
    items: z.array(ConnectionCapability),
    leftOut: z.array(z.object({ name: z.string(), why: z.string() })),
    /** Why the last look failed; what was found before counts. */
    error: z.string().nullable(),
    foundAt: Instant.nullable(),
    lookedAt: Instant.nullable(),
  })
  .meta({ id: 'ConnectionCapabilities' });
export type ConnectionCapabilities = z.infer<typeof ConnectionCapabilities>;

export const CapabilitiesApproval = z.object({
  /** Of what was looked at; 409 when the connection has found something else meanwhile. */
  hash: z.string(),
  /** Effects by name, in place of those that were found. */
  effects: z.record(z.string(), Effect).default({}),
});
export const CapabilitiesSettings = z.object({
  mode: z.enum(['pin', 'follow']).optional(),
  /** Null: the connection's name. Names change with it, and have to be approved anew. */
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower-case letters, digits and dashes')
    .max(63)
    .nullable()
    .optional(),
});
