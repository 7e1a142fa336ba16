import type { ArtifactRef, CallUsage, FoundCapability, PluginDescription, RateLimit } from '@tutti/contracts';
import type {
  FormField,
  HookVerification,
  HttpAnswer,
  HttpDefaults,
  HttpPortMethod,
  LogPort,
  OAuth2Client,
  StreamItem,
} from '@tutti/plugin-sdk';
import type { ToldError } from './told-error.js';

/** A body or a reply of HTTP: JSON has no bytes and no forms. */
export type Packed =
  | { json: unknown }
  | { bytes: string }
  | { form: [string, string][] }
  /** What refers to artifacts travels as it is: their bytes stay with the host. */
  | { file: ArtifactRef }
  | { fields: FormField[] };

/** Answer to a request of HTTP of which status and headers are wanted. */
export interface Answered {
  value: Packed;
  answer: HttpAnswer;
}

/** How the error begins of an input that the capability's own schema refused. */
export const INPUT_REFUSED = 'The input does not match the capability';

/** What a process is asked to do for a call; each has an answer of its own. */
export type Work =
  /** Takes settings (with marks in the place of secrets) for a number; answer: `Opened`. */
  | { action: 'open'; connection: number; settings: Record<string, unknown> }
  | { action: 'health'; connection: number }
  /** What the connection can do; answer: a list, unchecked. */
  | { action: 'find'; connection: number }
  /** An attempt of what was found; answer: its output, unchecked. */
  | {
      action: 'run-found';
      connection: number;
      found: FoundCapability;
      input: unknown;
      idempotencyKey: string;
    }
  | {
      action: 'run' | 'reconcile';
      connection: number;
      capability: string;
      input: unknown;
      idempotencyKey: string;
    }
  | TriggerWork;

/** One function of a trigger; answer: what it gives. */
export interface TriggerWork {
  action: 'trigger';
  connection: number;
  trigger: string;
  options: Record<string, unknown>;
  do: TriggerPart;
}
export type TriggerPart =
  | { part: 'poll' | 'stream'; cursor: unknown }
  | {
      part: 'webhook';
      method: string;
      headers: Readonly<Record<string, string>>;
      query: Readonly<Record<string, string>>;
      /** Base64. */
      bytes: string;
    }
  | { part: 'subscribe' | 'unsubscribe'; url: string; state: unknown };

export interface Opened {
  hosts: string[];
  http?: HttpDefaults | undefined;
  auth?: OAuth2Client | undefined;
}

/** Answer to `run`; with `happened`, to `reconcile`. */
export interface Ran {
  happened?: boolean | 'unknown' | undefined;
  output?: unknown;
  /** There when the capability has a function for it; null when that cannot tell. */
  confidence?: number | null | undefined;
  usage?: CallUsage | undefined;
}

/** Answer to `next`: at least one item unless the stream is at its end. */
export interface StreamPart {
  items: StreamItem[];
  ended: boolean;
}

export type HostMessage =
  | { kind: 'call'; call: number; work: Work }
  | { kind: 'cancel'; call: number; why: string }
  | { kind: 'answer'; ask: number; value: unknown }
  | { kind: 'no'; ask: number; error: ToldError }
  | { kind: 'ping' };

/** What a plugin asks its host for. */
export type Ask =
  | {
      port: 'http';
      method: HttpPortMethod;
      path: string;
      query?: Record<string, unknown> | undefined;
      headers?: Record<string, string> | undefined;
      body?: Packed | undefined;
      into?: 'file' | undefined;
      /** The answer is `Answered`: status and headers are wanted too. */
      told?: boolean | undefined;
    }
  /** Opens a stream under a number of the plugin's own; `next` gives what came, `stop` ends it. */
  | {
      port: 'open';
      stream: number;
      method?: 'GET' | 'POST' | undefined;
      path: string;
      query?: Record<string, unknown> | undefined;
      headers?: Record<string, string> | undefined;
      body?: Packed | undefined;
    }
  | { port: 'next' | 'stop'; stream: number }
  /** Events of a stream; the answer comes when they are stored. */
  | { port: 'emit'; batch: unknown }
  | { port: 'read'; artifact: string }
  | { port: 'write'; bytes: string; mediaType: string; name?: string | undefined };

export interface CapabilityTraits {
  concurrency?: number | undefined;
  rateLimit?: RateLimit | undefined;
}

/** What only the host needs to know of a trigger. */
export interface TriggerTraits {
  verify?: HookVerification | undefined;
  subscribes: boolean;
  unsubscribes: boolean;
}

/** What a process says of its plugin when it is loaded. */
export interface Ready {
  description: PluginDescription;
  secretNames: string[];
  hasHealth: boolean;
  traits: Record<string, CapabilityTraits>;
  triggers: Record<string, TriggerTraits>;
}

export type ChildMessage =
  | { kind: 'ready'; ready: Ready }
  | { kind: 'unfit'; error: string }
  | { kind: 'ended'; call: number; value: unknown }
  | { kind: 'failed'; call: number; error: ToldError }
  | { kind: 'ask'; call: number; ask: number; of: Ask }
  | {
      kind: 'log';
      call: number;
      level: keyof LogPort;
      message: string;
      fields?: Record<string, unknown> | undefined;
    }
  /** What comes next of the output's text. */
  | { kind: 'partial'; call: number; text: string }
  /** The plugin touched what is closed to it. */
  | { kind: 'refused'; what: string }
  | { kind: 'pong' };
