import { z } from 'zod';

/**
 * What a repeat of a call would do. `read`: nothing; `idempotent-write`: nothing more, given the same
 * idempotency key; `write`: the change a second time, so a call whose outcome is unknown is never repeated.
 */
export const Effect = z.enum(['read', 'idempotent-write', 'write']);
export type Effect = z.infer<typeof Effect>;

const READ_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The effect of a plain HTTP request, by its method in capitals. A state-changing request is sent with an
 * idempotency key, so that a repeat of it is safe where the other side knows keys.
 */
export function methodEffect(method: string): Effect {
  return READ_METHODS.has(method) ? 'read' : 'idempotent-write';
}

/**
 * Why a call failed, decided once where it is known. `permanent`: repeating cannot help; `transient`: it may;
 * `defect`: a bug, with a bounded number of retries; `unknown`: a `write` that may or may not have happened.
 */
export const Fate = z.enum(['permanent', 'transient', 'defect', 'unknown']);
export type Fate = z.infer<typeof Fate>;

/** Why a routing policy moves on to its next candidate. */
export const FallbackReason = z.enum([
  'timeout',
  'unavailable',
  'throttled',
  'invalid-output',
  'low-confidence',
  'rejected',
  'defect',
]);
export type FallbackReason = z.infer<typeof FallbackReason>;

/**
 * The error of a failed call: a problem document without the instance, plus what routing and retries need.
 */
export interface CallError {
  /** URI of the error's type; a Serverless Workflow standard type where one fits. */
  type: string;
  status: number;
  title: string;
  detail?: string;
  /**
   * Which fallback of a routing policy this counts as; absent: `rejected` for permanent, `unavailable` for
   * transient.
   */
  reason?: FallbackReason;
  /** Reply of the other side, bounded and redacted, for the person who looks. */
  reply?: unknown;
}

/** Usage and cost of one call, as reported or computed by the price table. */
export interface CallUsage {
  inputTokens?: number;
  /** Among the input tokens: those that the provider had in its cache. */
  cachedInputTokens?: number;
  outputTokens?: number;
  model?: string;
  provider?: string;
  /** Integer micro-units of `currency`. */
  costMicros?: number;
  currency?: string;
  priceTable?: string;
}

/**
 * How a call ended. `effect` is there when only the attempt could tell what it was (`call: openapi`); it
 * counts in the place of the request's.
 */
export type CallOutcome =
  | {
      status: 'succeeded';
      output: unknown;
      confidence?: number;
      usage?: CallUsage;
      effect?: Effect;
      /** There: the other side took the call, and answers later; `output` is null then. */
      pending?: PendingCall;
    }
  | { status: 'failed'; fate: Fate; error: CallError; retryAfterMs?: number; effect?: Effect };

/** What was begun elsewhere and is answered later. */
export interface PendingCall {
  /** JSON that the plugin gets back when it goes on. */
  state: unknown;
  /** When the plugin is to look again by itself; absent: only a callback tells. */
  againAfterMs?: number;
  /** How long an answer is waited for, from the first time that it was promised. */
  forMs: number;
}

/** How a call goes on that was begun before: with what the plugin kept, and what the callback said. */
export interface LaterCall {
  /** Null when the attempt that began it was lost before it could say. */
  state: unknown;
  /** The body of the callback; absent: there was none yet. */
  answer?: unknown;
}

/** How many requests the other side takes in any stretch of time, over all hosts together. */
export const RateLimit = z.object({
  requests: z.int().min(1).max(1_000_000),
  perMs: z.int().min(100).max(86_400_000),
});
export type RateLimit = z.infer<typeof RateLimit>;

/** What a connection sets in place of the limits that its plugin declares. */
export const ConnectionLimits = z.object({
  /** Calls under way at once, over all hosts together. */
  concurrency: z.int().min(1).max(1_024).optional(),
  rateLimit: RateLimit.optional(),
});
export type ConnectionLimits = z.infer<typeof ConnectionLimits>;

/** A capability as a plugin declares it, in JSON: what the catalog, the forms and the checks read. */
export interface CapabilityDescription {
  name: string;
  summary: string;
  effect: Effect;
  /** JSON Schema 2020-12. */
  input: Record<string, unknown>;
  /** JSON Schema 2020-12. */
  output: Record<string, unknown>;
  reconciles: boolean;
  /** Absent: only the plugin's own limit holds. */
  rateLimit?: RateLimit;
}

/** The hosts that a plugin may call, known before it has settings. */
export const DeclaredHosts = z
  .object({
    /** `name`, `name:port`, or `*.name.tld` for all that lie below it. */
    patterns: z.array(z.string().max(300)).max(100),
    /** Settings whose addresses name hosts. */
    settings: z.array(z.string().max(300)).max(20),
  })
  .meta({ id: 'DeclaredHosts' });
export type DeclaredHosts = z.infer<typeof DeclaredHosts>;
/** How a plugin's trigger comes to its events. */
export const TRIGGER_KINDS = ['poll', 'webhook', 'stream'] as const;

/** A trigger as a plugin declares it, in JSON. */
export interface TriggerDescription {
  name: string;
  summary: string;
  kind: (typeof TRIGGER_KINDS)[number];
  /** JSON Schema 2020-12 of the data of its events. */
  event: Record<string, unknown>;
  /** JSON Schema 2020-12 of what a document may say; absent: nothing. */
  options?: Record<string, unknown>;
  /** Between two polls, unless the document says otherwise; polls only. */
  intervalSeconds?: number;
  /**
   * Whether requests are verified by a secret, and the plugin registers its address itself; webhooks only.
   */
  verified?: boolean;
  subscribes?: boolean;
}

/** A plugin in JSON, as the connector host registers it at start. */
export interface PluginDescription {
  name: string;
  version: string;
  kind: string;
  contract: number;
  summary?: string;
  /** JSON Schema 2020-12 of the settings; secret properties carry `"secret": true`. */
  settings: Record<string, unknown>;
  capabilities: CapabilityDescription[];
  /** Present: its connections find capabilities of their own. */
  discovers?: true;
  /** Absent: it has none. */
  triggers?: TriggerDescription[];
  /** Whether the plugin needs a database schema of its own. */
  database: boolean;
  /** Present: the plugin calls other systems. */
  network?: true;
  /** Which ones; absent with `network`: only the plugin's code says so, from the settings of a connection. */
  hosts?: DeclaredHosts;
  rateLimit?: RateLimit;
  /** Present: connections sign in by OAuth 2.0; `authorization_code`: a person does it once. */
  signIn?: 'authorization_code' | 'client_credentials';
}
