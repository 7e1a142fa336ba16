import type { CallUsage, Effect, FoundCapability, RateLimit } from '@tutti/contracts';
import type { z } from 'zod';
import type { Later, LaterCall } from './later.js';
import type { OAuth2 } from './oauth2.js';
import type { DatabasePort, FilesPort, HttpPort, LogPort, ProgramsPort } from './ports.js';
import type { SessionDeclaration } from './session.js';
import type { Trigger } from './trigger.js';

/** The version of the contract between plugin and host that this SDK speaks. */
export const CONTRACT_VERSION = 1;

/** The contracts that this host can work with; plugins of older ones go on working until `from` moves. */
export const CONTRACT_RANGE = { from: 1, to: CONTRACT_VERSION } as const;

/** What a plugin contributes to; the first part of its name. */
export const PLUGIN_KINDS = ['crm', 'erp', 'desk', 'model', 'agent', 'auto', 'cms', 'doc', 'util'] as const;
export type PluginKind = (typeof PLUGIN_KINDS)[number];

/** A PostgreSQL schema of the plugin's own, kept by the host. */
export interface DatabaseDeclaration {
  /** Name of the schema: lower case letters, digits and `_`. */
  schema: string;
  /**
   * SQL scripts, run once each in this order, in the schema. Add to the end, never change one that was
   * released.
   */
  migrations: readonly string[];
}

/** Signature Version 4 of AWS. The host signs: an isolated plugin holds no secret that it could sign with. */
export interface AwsSignature {
  kind: 'aws-sig-v4';
  region: string;
  /** As AWS calls it in signatures: `bedrock`, `s3`. */
  service: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string;
}

/** Where requests go and what is added to each of them. */
export interface HttpDefaults {
  baseUrl: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  /**
   * Sent as `authorization: Basic ...` to the base address. The host encodes it: where a plugin runs in a
   * process of its own it holds no password that it could encode.
   */
  basicAuth?: { user: string; password: string };
  /** Requests to the base address are signed by the host, whichever of its parts the plugin gives. */
  sign?: AwsSignature;
}

/** What the host hands to a health check. */
export interface HealthContext<Settings, Database> {
  settings: Settings;
  http: HttpPort;
  files: FilesPort;
  /** Undefined for a plugin that runs in a process of its own: it starts none. */
  programs?: ProgramsPort;
  /** Undefined unless the plugin declares a `database`. */
  database: Database;
  /** Aborted at the deadline. */
  signal: AbortSignal;
  log: LogPort;
}

/** What the host hands to one attempt of a call. */
export interface RunContext<Input, Settings, Database> extends HealthContext<Settings, Database> {
  /** Checked by the capability's input schema. */
  input: Input;
  /**
   * The same over all attempts of one call: give it to the other system, so that a repeat changes nothing.
   */
  idempotencyKey: string;
  /**
   * The attempt's place in the trace (W3C), for protocols that carry it beside their headers. Undefined for a
   * plugin that runs in a process of its own.
   */
  traceparent?: string;
  /**
   * To be called before the moment from which a write may take effect, by a plugin that talks to the other
   * system by itself: should the answer be lost from then on, the write is not repeated but reconciled. What
   * goes through `http` and `database` says so by itself. For effect `write` only; else it does nothing.
   */
  readonly mayHaveHappened: () => void;
  /**
   * Tells what comes next of the output's text, for people who watch the run. Nothing of it is kept: the
   * output that `run` gives is what counts. Costs next to nothing while nobody watches.
   */
  readonly partial: (text: string) => void;
  /**
   * An address of the hub for this call, to be told to a system that answers later; the same in all attempts.
   * What is sent there once, as JSON, is what `resume` gets. Only for capabilities that have `resume`. Throws
   * when the hub does not know its own address.
   */
  readonly callback: () => Promise<string>;
}

/** What the host hands to a capability that goes on with a call. */
export interface ResumeContext<Input, Settings, Database> extends RunContext<Input, Settings, Database> {
  later: LaterCall;
}

/** What the other system says about a write whose answer was lost. */
export type Reconciliation<Output> =
  /** It happened, and this is its answer. */
  | { happened: true; output: Output }
  /** It did not happen, and is now performed. */
  | { happened: false }
  /** The other system cannot tell: a person decides. */
  | { happened: 'unknown' };

/** A typed operation of a connector. */
export interface Capability<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Settings = Record<string, unknown>,
  Database = DatabasePort | undefined,
> {
  /** One sentence for the catalog. */
  summary: string;
  effect: Effect;
  input: Input;
  output: Output;
  /** Performs one attempt. Throw `PermanentError` or `TransientError`; anything else is a defect. */
  run(
    context: RunContext<z.output<Input>, Settings, Database>,
  ): Promise<z.input<Output> | Later> | z.input<Output> | Later;
  /**
   * Goes on with a call for which `run` gave `later(...)`: when its callback came, or it is time to look
   * again. It may be repeated, so it must only look; nothing of it is reconciled. Not yet for plugins that
   * run in a process of their own.
   */
  resume?(
    context: ResumeContext<z.output<Input>, Settings, Database>,
  ): Promise<z.input<Output> | Later> | z.input<Output> | Later;
  /** For effect `write`: looks up whether an earlier attempt with this idempotency key took effect. */
  reconcile?(
    context: RunContext<z.output<Input>, Settings, Database>,
  ): Promise<Reconciliation<z.input<Output>>>;
  /** How sure the output is, 0 to 1; absent: the output's own `confidence` when it has one. */
  confidence?(output: z.output<Output>): number | undefined;
  /** Usage and cost of the attempt. */
  cost?(attempt: {
    input: z.output<Input>;
    output: z.output<Output>;
    settings: Settings;
  }): CallUsage | undefined;
  /**
   * How many calls may run at once on one connection; default 16. Over all hosts together for a plugin that
   * declares `hosts`; for each host by itself where the work stays in the process: lower it for work that
   * keeps a processor busy.
   */
  concurrency?: number;
  /** How often the capability may be called on one connection, beside the plugin's own limit. */
  rateLimit?: RateLimit;
}

/**
 * For systems that tell what they can do: tools of an MCP server, operations of an OpenAPI document. The host
 * asks now and then, shows people what is new, and calls only what they approved.
 */
export interface Discovery<Settings = Record<string, unknown>, Database = undefined> {
  /**
   * What the connection can do now, in any order. Schemas refer to nothing outside of them. Throws what a
   * capability throws.
   */
  find(context: HealthContext<Settings, Database>): Promise<readonly FoundCapability[]>;
  /**
   * One attempt of what was approved. The host checks input and output by its schemas. Throw
   * `changedCapability` when the other side has something else under its name now.
   */
  run(context: FoundRunContext<Settings, Database>): Promise<unknown>;
}

/** What the host hands to an attempt of a found capability. */
export interface FoundRunContext<Settings = Record<string, unknown>, Database = undefined> extends RunContext<
  unknown,
  Settings,
  Database
> {
  /** As it was approved. */
  capability: FoundCapability;
}

/** What every plugin says about itself. */
interface PluginManifest<Settings> {
  /** The contract version the plugin was written for. */
  contract: typeof CONTRACT_VERSION;
  /** `<kind>-<vendor>`, lower case. */
  name: string;
  kind: PluginKind;
  /** One sentence for the catalog. */
  summary?: string;
  /** Default: the version in the plugin's package.json. */
  version?: string;
  /**
   * Hosts that may be called; none when absent. A list (`name`, `name:port`, `*.name.tld`) is shown to who
   * approves of the plugin. A function gives names without `*`; of a plugin that does not come with the hub
   * it needs `hostsFrom`, or a person confirms its hosts for each connection.
   */
  hosts?: readonly string[] | ((settings: Settings) => readonly string[]);
  /**
   * Settings whose address (or `name[:port]`) names a host that may be called. The host process holds what
   * `hosts` gives to them; without `hosts` they are all that may be called.
   */
  hostsFrom?: readonly (keyof Settings & string)[];
  /**
   * How often one connection may be called, over all hosts together; a connection's own limit replaces it.
   */
  rateLimit?: RateLimit;
  /** Base address and headers of all requests. */
  http?: (settings: Settings) => HttpDefaults;
  /** How connections sign in by OAuth 2.0: the host adds the token to requests to the base address. */
  auth?: OAuth2<Settings>;
  /** For systems that one signs in to. Not yet for plugins that run in a process of their own. */
  session?: SessionDeclaration<Settings>;
}

/** A plugin as the host sees it: schemas instead of types. */
export interface Plugin extends PluginManifest<Record<string, unknown>> {
  settings: z.ZodObject;
  database?: DatabaseDeclaration;
  capabilities: Record<string, Capability>;
  discovery?: Discovery<Record<string, unknown>, DatabasePort | undefined>;
  triggers?: Record<string, Trigger>;
  health?(context: HealthContext<Record<string, unknown>, DatabasePort | undefined>): Promise<string | void>;
}

/** The port that a plugin gets for its declaration. */
export type DatabaseFor<Declared> = [Declared] extends [never] ? undefined : DatabasePort;

/** A plugin as its author writes it; see `definePlugin`. */
export interface PluginLiteral<
  Settings extends z.ZodObject,
  Inputs extends Record<string, z.ZodType>,
  Outputs extends Record<keyof Inputs, z.ZodType>,
  Declared extends DatabaseDeclaration,
  Events extends Record<string, z.ZodType> = Record<string, z.ZodType>,
> extends PluginManifest<z.output<Settings>> {
  /**
   * What a connection has to be given. Secrets are text at the top level, marked `.meta({ secret: true })`.
   */
  settings: Settings;
  database?: Declared;
  /** By name, `<noun>.<verb>` in lower case. */
  capabilities: // Two maps, because TypeScript infers one type parameter from one mapped type.
  {
    [Name in keyof Inputs]: Capability<
      Inputs[Name],
      Outputs[Name],
      z.output<Settings>,
      DatabaseFor<Declared>
    >;
  } & { [Name in keyof Outputs]: { output: Outputs[Name] } };
  /** Finds capabilities that only a connection knows; see docs/plugins/discovery.md. */
  discovery?: Discovery<z.output<Settings>, DatabaseFor<Declared>>;
  /** By name, `<noun>.<what happened>` in lower case. */
  triggers?: {
    [Name in keyof Events]: Trigger<Events[Name], z.output<Settings>, DatabaseFor<Declared>>;
  };
  /**
   * Cheap check that the connection works. Resolve with what is good to know; throw when it does not work.
   */
  health?(context: HealthContext<z.output<Settings>, DatabaseFor<Declared>>): Promise<string | void>;
}

/**
 * Declares a plugin. The literal is returned as it is; its types are inferred from its schemas, so that a
 * wrong input, setting or output type is a compile error. Nothing runs here: the host reads the plugin first
 * and hands in everything it works with.
 */
export function definePlugin<
  Settings extends z.ZodObject,
  Inputs extends Record<string, z.ZodType>,
  Outputs extends Record<keyof Inputs, z.ZodType>,
  Declared extends DatabaseDeclaration = never,
  Events extends Record<string, z.ZodType> = Record<never, z.ZodType>,
>(plugin: PluginLiteral<Settings, Inputs, Outputs, Declared, Events>): Plugin {
  return plugin as unknown as Plugin;
}
