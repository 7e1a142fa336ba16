import { z } from 'zod';
import { ConnectionLimits, Effect, Fate } from '../capability.js';
import { Instant, PageQuery, pageOf } from './common.api.js';
import {
  ConnectionCheck,
  ConnectionError,
  ConnectionHeadroom,
  ConnectionHour,
  ConnectionState,
  ConnectionUsage,
  ConnectionUsers,
} from './connection-facts.api.js';

const JsonObject = z.record(z.string(), z.unknown());
export const CapabilityItem = z
  .object({
    name: z.string(),
    summary: z.string(),
    effect: Effect,
    input: JsonObject,
    output: JsonObject,
    reconciles: z.boolean(),
  })
  .meta({ id: 'CapabilityItem' });
/** What holds a plugin in that runs in a process of its own. */
export const PluginGuard = z
  .object({
    name: z.enum(['permissions', 'closed-world', 'network', 'signals', 'memory', 'orphans']),
    /** False: the machine that the plugin runs on cannot hold it. */
    held: z.boolean(),
    /** How it is held, or why not. */
    detail: z.string(),
  })
  .meta({ id: 'PluginGuard' });
export type PluginGuard = z.infer<typeof PluginGuard>;
export const PluginItem = z
  .object({
    name: z.string(),
    version: z.string(),
    kind: z.string(),
    contract: z.int(),
    summary: z.string().optional(),
    /** Quarantined: its process keeps ending, and `error` says why; no call is made until it is released. */
    state: z.enum(['loaded', 'failed', 'inactive', 'quarantined']),
    error: z.string().nullable(),
    /** Null: it comes with the hub and runs in the process of its connector host. */
    guards: z.array(PluginGuard).nullable(),
    settings: JsonObject,
    capabilities: z.array(CapabilityItem),
  })
  .meta({ id: 'PluginItem' });
export type PluginItem = z.infer<typeof PluginItem>;
export const PluginPage = pageOf(PluginItem).meta({ id: 'PluginPage' });

/** One line that a plugin, or the hub about it, has said. */
export const PluginLogLine = z
  .object({
    at: Instant,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    text: z.string(),
    /** Whose call it came from; null: it is of no workspace. */
    workspaceId: z.string().nullable(),
  })
  .meta({ id: 'PluginLogLine' });
export type PluginLogLine = z.infer<typeof PluginLogLine>;
export const PluginLog = z
  .object({
    items: z.array(
      PluginLogLine.omit({ workspaceId: true }).extend({
        version: z.string(),
        instance: z.string().describe('the process of the connector host'),
      }),
    ),
  })
  .meta({
    id: 'PluginLog',
    description: 'The last lines of each version and connector host, the oldest first.',
  });
export type PluginLog = z.infer<typeof PluginLog>;
export const PluginLogQuery = z.object({ version: z.string().max(100).optional() });

/** The sign-in of a person that a connection needs. */
export const ConnectionSignIn = z
  .object({
    state: z.enum(['signed-in', 'needed']),
    /** Why a person has to sign in again. */
    detail: z.string().nullable(),
    /** Who signed in last, and when. */
    by: z.string().nullable(),
    at: Instant.nullable(),
    refreshedAt: Instant.nullable(),
    scopes: z.string().nullable(),
  })
  .meta({ id: 'ConnectionSignIn' });
export type ConnectionSignIn = z.infer<typeof ConnectionSignIn>;
export const SignInRequest = z.object({
  /** Where the browser goes on afterwards; absent: it stays at a page that says how it ended. */
  returnTo: z.literal('dashboard').optional(),
});
export const SignInBegun = z
  .object({
    id: z.string(),
    /** To be opened with a browser. */
    url: z.string(),
    expiresAt: Instant,
    /** What the client has to be registered with at the authority. */
    redirectUri: z.string(),
  })
  .meta({ id: 'SignInBegun' });
export type SignInBegun = z.infer<typeof SignInBegun>;
export const SignInAttempt = z
  .object({
    id: z.string(),
    status: z.enum(['open', 'done', 'failed', 'expired']),
    detail: z.string().nullable(),
    expiresAt: Instant,
  })
  .meta({ id: 'SignInAttempt' });
export type SignInAttempt = z.infer<typeof SignInAttempt>;

export const ConnectionItem = z
  .object({
    name: z.string(),
    plugin: z.string(),
    enabled: z.boolean(),
    owner: z.string().nullable().describe('who looks after it: a name, a team, an address'),
    environment: z.string().nullable().describe('such as production or test'),
    state: ConnectionState,
    capabilities: z.array(z.string()),
    /** Settings without the secrets; a secret that is set reads `"********"`. */
    settings: JsonObject,
    /**
     * What it sets in place of the limits that its plugin declares; null: nothing. Over all hosts together.
     */
    limits: ConnectionLimits.nullable(),
    /** Null: nobody has to sign in to it. */
    signIn: ConnectionSignIn.nullable(),
    health: z.enum(['ok', 'failing', 'unknown']),
    healthDetail: z.string().nullable(),
    checkedAt: Instant.nullable(),
    recent: ConnectionUsage,
    lastError: ConnectionError.nullable(),
    headroom: ConnectionHeadroom.nullable().describe('null: no reply told any'),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'ConnectionItem' });
export type ConnectionItem = z.infer<typeof ConnectionItem>;
export const ConnectionPage = pageOf(ConnectionItem).meta({ id: 'ConnectionPage' });
export const ConnectionDetail = ConnectionItem.extend({
  hours: z.array(ConnectionHour).describe('the last 24 hours, those without calls left out'),
  checks: z.array(ConnectionCheck).describe('the last tests, the newest first'),
  usedBy: ConnectionUsers,
}).meta({ id: 'ConnectionDetail' });
export type ConnectionDetail = z.infer<typeof ConnectionDetail>;
const Label = z.string().trim().max(200).nullable().optional();
export const ConnectionListQuery = PageQuery.extend({
  plugin: z.string().max(100).optional(),
  environment: z.string().max(200).optional(),
  state: ConnectionState.optional(),
});
export const ConnectionRequest = z.object({
  plugin: z.string(),
  settings: JsonObject.default({}),
  enabled: z.boolean().default(true),
  /** Null or empty: the limits that the plugin declares. Absent: what was set before stays. */
  limits: ConnectionLimits.strict().nullable().optional(),
  /** Null or empty: nobody, none. Absent: as it was. */
  owner: Label,
  environment: Label,
});
export const ConnectionTest = z
  .object({ ok: z.boolean(), detail: z.string(), durationMs: z.number() })
  .meta({ id: 'ConnectionTest' });

/** Hosts of a connection whose plugin is somebody else's and declares none, as `URL.host` spells them. */
export const ConnectionHosts = z
  .object({
    asked: z.array(z.string()).describe('what the plugin wants to call; empty: it was not asked yet'),
    confirmed: z.array(z.string()),
    waiting: z.array(z.string()).describe('asked, and not confirmed: calls are refused until they are'),
  })
  .meta({ id: 'ConnectionHosts' });
export type ConnectionHosts = z.infer<typeof ConnectionHosts>;
export const ConnectionHostsRequest = z.object({ hosts: z.array(z.string().max(300)).min(1).max(100) });

/** One call of a capability that a person tries out. */
export const TrialRequest = z.object({
  connection: z.string().max(63),
  input: z.unknown().default({}).describe('what the capability takes; checked by its input schema'),
  confirm: Effect.optional().describe(
    'needed for effects other than read: the effect, as the capability declares it',
  ),
});
export const Trial = z
  .object({
    capability: z.string(),
    connection: z.string(),
    plugin: z.string(),
    version: z.string(),
    effect: Effect,
    status: z.enum(['succeeded', 'failed']),
    output: z.unknown().optional(),
    confidence: z.number().optional(),
    usage: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('tokens, and cost in micro-units of a currency'),
    fate: Fate.optional().describe('of a failure; unknown: a write that may or may not have happened'),
    error: z
      .object({
        type: z.string(),
        status: z.int(),
        title: z.string(),
        detail: z.string().optional(),
        reply: z.unknown(),
      })
      .partial({ reply: true })
      .optional(),
    durationMs: z.int(),
    traceId: z.string(),
    idempotencyKey: z.string(),
  })
  .meta({ id: 'Trial' });
export type Trial = z.infer<typeof Trial>;
