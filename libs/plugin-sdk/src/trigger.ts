import type { z } from 'zod';
import type { DatabasePort, HttpPort, LogPort } from './ports.js';

/** Something that happened in the other system: it starts one run of each trigger that is bound to it. */
export interface TriggerEvent<Data = unknown> {
  /**
   * Names the event for ever, such as `contact-17@2026-03-01T10:00:00Z`: the same id is the same event, and
   * starts a run once, however often it is given. 1 to 512 characters.
   */
  id: string;
  /** Checked by the trigger's `event` schema. JSON. */
  data: Data;
  /** When it happened, ISO 8601 with an offset; absent: when it was taken. */
  time?: string;
  /** What it is about, such as the contact's id: triggers with `order: key` run those of one key in turn. */
  key?: string;
}

/** Events, and where the next look begins. */
export interface TriggerBatch<Data = unknown> {
  events: readonly TriggerEvent<Data>[];
  /** JSON of at most 64 KiB, kept in the transaction that takes the events; null and absent: none. */
  cursor?: unknown;
}

/** What one poll found. */
export interface Polled<Data = unknown> extends TriggerBatch<Data> {
  /** There is more now: the next poll comes at once. */
  more?: boolean;
}

/** What the host hands to a trigger. */
export interface TriggerContext<Settings, Database> {
  /** Of the connection. */
  settings: Settings;
  /**
   * What the trigger's document says, checked by the trigger's `options`; `Options.parse(options)` gives it
   * its type.
   */
  options: Record<string, unknown>;
  http: HttpPort;
  /** Undefined unless the plugin declares a `database`. */
  database: Database;
  log: LogPort;
  /** Aborted at the deadline, and when the trigger is paused or another host took it over. */
  signal: AbortSignal;
}

/** One poll. */
export interface PollContext<Settings, Database> extends TriggerContext<Settings, Database> {
  /**
   * What the last poll gave; null for the first: give a cursor for now, and events only where history counts.
   */
  cursor: unknown;
}

/** A stream, from its start to its end. */
export interface StreamContext<Data, Settings, Database> extends PollContext<Settings, Database> {
  /** Resolves when the events and the cursor are stored: wait for it before you read on. */
  emit: (batch: TriggerBatch<Data>) => Promise<void>;
}

/** A request of the other system, verified already where the trigger says how. */
export interface HookRequest {
  method: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** As it came. */
  body: Uint8Array;
  /** The same as text in UTF-8. */
  text: string;
}

/** A request as a plugin reads it. */
export interface HookContext<Settings, Database> extends TriggerContext<Settings, Database>, HookRequest {}

/** An answer of its own, such as to a challenge. */
export interface HookResponse {
  /** 200 when absent. */
  status?: number;
  /** `text/plain` (the default) or `application/json`. */
  contentType?: 'text/plain' | 'application/json';
  body?: string;
}

/** What a request was: events, nothing of interest, or something that needs an answer of its own. */
export type Hooked<Data = unknown> =
  'ignored' | { events: readonly TriggerEvent<Data>[]; response?: HookResponse } | { response: HookResponse };

/** A hook that was registered in the other system. */
export interface Subscription {
  /** JSON: what `unsubscribe` and the next `subscribe` need. */
  state: unknown;
  /** When the other system forgets it; `subscribe` is called again before that. */
  expiresInSeconds?: number;
}

/** The registration of a hook in the other system. */
export interface SubscriptionContext<Settings, Database> extends TriggerContext<Settings, Database> {
  /** Where the other system is to send to. */
  url: string;
  /** What an earlier `subscribe` gave; null: there is none. */
  state: unknown;
}

/**
 * How the host verifies a request before the plugin sees it, in constant time. Secrets are named, because an
 * isolated plugin never has them: they are settings of the connection.
 */
export type HookVerification<Name extends string = string> =
  HookSignature<Name> | HookToken<Name> | HookBasicAuth<Name>;

/** A signature over the body, made with a shared secret (HMAC). */
export interface HookSignature<Name extends string = string> {
  scheme: 'hmac';
  /** Header that carries it; of several signatures (between spaces or commas) one must fit. */
  header: string;
  algorithm: 'sha1' | 'sha256' | 'sha512';
  encoding: 'hex' | 'base64';
  /** The setting with the secret. */
  secret: Name;
  /** How the secret becomes the key: text (default), or what is between a prefix and the end in base64. */
  secretEncoding?: 'text' | 'base64';
  /** Left out of the secret's beginning, such as `whsec_`. */
  secretPrefix?: string;
  /** Stands before each signature, such as `sha256=` or `v1=`. */
  prefix?: string;
  /**
   * What is signed: `{body}` (default), with `{timestamp}`, `{method}`, `{url}` (as the other system calls
   * it) and `{header:<name>}` where it takes them in, such as `{timestamp}.{body}`.
   */
  signed?: string;
  /**
   * Where the time of the signature is (since 1970 in seconds or milliseconds, or ISO 8601 in UTC): a header
   * of its own, or in that of the signature.
   */
  timestamp?: { header: string } | { prefix: string };
  /** How far that time may be from now; 300 when absent. */
  toleranceSeconds?: number;
}

/** A header that is the secret. */
export interface HookToken<Name extends string = string> {
  scheme: 'token';
  header: string;
  /** Stands before it, such as `Bearer `. */
  prefix?: string;
  secret: Name;
}

/** HTTP Basic authentication: both are settings of the connection. */
export interface HookBasicAuth<Name extends string = string> {
  scheme: 'basic';
  user: Name;
  password: Name;
}

interface TriggerCommon<Event extends z.ZodType> {
  /** One sentence for the catalog. */
  summary: string;
  /** The `data` of its events. */
  event: Event;
  /** What the document of a trigger may say, such as which list to watch; absent: nothing. No secrets. */
  options?: z.ZodObject;
}

/** Asks the other system from time to time. */
export interface PollTrigger<
  Event extends z.ZodType = z.ZodType,
  Settings = Record<string, unknown>,
  Database = DatabasePort | undefined,
> extends TriggerCommon<Event> {
  kind: 'poll';
  /** Between two polls, unless the document says otherwise; 60 when absent. */
  intervalSeconds?: number;
  poll(context: PollContext<Settings, Database>): Promise<Polled<z.input<Event>>> | Polled<z.input<Event>>;
}

/** Holds a line to the other system, in one host at a time. When it ends it is started again. */
export interface StreamTrigger<
  Event extends z.ZodType = z.ZodType,
  Settings = Record<string, unknown>,
  Database = DatabasePort | undefined,
> extends TriggerCommon<Event> {
  kind: 'stream';
  stream(context: StreamContext<z.input<Event>, Settings, Database>): Promise<void>;
}

/** The other system calls an address of the hub. */
export interface WebhookTrigger<
  Event extends z.ZodType = z.ZodType,
  Settings = Record<string, unknown>,
  Database = DatabasePort | undefined,
> extends TriggerCommon<Event> {
  kind: 'webhook';
  /** Absent: only the address, which nobody can guess, keeps others out. */
  verify?: HookVerification<Extract<keyof Settings, string>>;
  webhook(context: HookContext<Settings, Database>): Promise<Hooked<z.input<Event>>> | Hooked<z.input<Event>>;
  /** Registers the address in the other system when the trigger is switched on. Repeated until it works. */
  subscribe?(context: SubscriptionContext<Settings, Database>): Promise<Subscription> | Subscription;
  /** Takes it back when the trigger is paused or removed. */
  unsubscribe?(context: SubscriptionContext<Settings, Database>): Promise<void> | void;
}

/** What starts runs from a connection of the plugin. */
export type Trigger<
  Event extends z.ZodType = z.ZodType,
  Settings = Record<string, unknown>,
  Database = DatabasePort | undefined,
> =
  | PollTrigger<Event, Settings, Database>
  | StreamTrigger<Event, Settings, Database>
  | WebhookTrigger<Event, Settings, Database>;

/** Seconds between two polls of a trigger that says nothing of it. */
export const POLL_INTERVAL_SECONDS = 60;
