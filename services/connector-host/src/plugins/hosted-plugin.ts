import type { CallUsage, Effect, FoundCapability, LaterCall, PendingCall, RateLimit } from '@tutti/contracts';
import type {
  Capability,
  DatabaseDeclaration,
  DatabasePort,
  HealthContext,
  HttpPort,
  Plugin,
  RunContext,
} from '@tutti/plugin-sdk';
import { declaredHosts, hostsOf, isLater, reachesOut, signInOf } from '@tutti/plugin-sdk';
import { triggersInProcess, type HostedTrigger } from '../triggers/hosted-trigger.js';
import type { z } from 'zod';
import { heldHosts, type Reach, reachOf } from './reach.js';

type Settings = Record<string, unknown>;
export type PluginContext = RunContext<unknown, Settings, DatabasePort | undefined>;
export type PluginHealthContext = HealthContext<Settings, DatabasePort | undefined>;

/** What a capability gave: nothing of it has been checked. */
export interface Produced {
  output: unknown;
  /** Asked with the checked output; undefined: the output's own `confidence`. */
  confidence?: (output: unknown) => unknown;
  usage?: (output: unknown) => CallUsage | undefined;
  /** There: it was begun, and there is no output yet. */
  pending?: PendingCall;
}

/** The answer of the other system about a write, with what it produced when it happened. */
export type Reconciled = { happened: true; produced: Produced } | { happened: false | 'unknown' };

/** One capability as calls use it, wherever its code runs. */
export interface HostedCapability {
  effect: Effect;
  input: z.ZodType;
  output: z.ZodType;
  concurrency?: number;
  rateLimit?: RateLimit;
  run(context: PluginContext): Promise<Produced> | Produced;
  reconcile?(context: PluginContext): Promise<Reconciled>;
  /** Goes on with what was begun. Absent: the capability is never answered later. */
  resume?(context: PluginContext & { later: LaterCall }): Promise<Produced>;
}

/** Where connections find capabilities of their own; nothing of what it gives has been checked. */
export interface HostedDiscovery {
  find(context: PluginHealthContext): Promise<unknown>;
  run(context: PluginContext, capability: FoundCapability): Promise<unknown>;
}

/** A plugin as the host works with it: its code is in this process, or in one of its own. */
export interface HostedPlugin {
  name: string;
  rateLimit?: RateLimit;
  settings: z.ZodType;
  database?: DatabaseDeclaration;
  /** Whether its calls reach other systems, so that all hosts together keep its limits. */
  reachesOut: boolean;
  capabilities: Readonly<Record<string, HostedCapability>>;
  discovery?: HostedDiscovery;
  triggers: Readonly<Record<string, HostedTrigger>>;
  /** Throws when the plugin cannot work with the settings. */
  reach(settings: Settings): Reach | Promise<Reach>;
  /** Signs in where the plugin's system has sessions: the headers of its requests. */
  openSession?(settings: Settings, http: HttpPort): Promise<Record<string, string>>;
  health?(context: PluginHealthContext): Promise<string | void>;
}

/** A plugin whose code is in this process: one of the hub's own, or of a test. */
export function inProcess(plugin: Plugin): HostedPlugin {
  const { name, settings, rateLimit, database, session, discovery } = plugin;
  const declared = declaredHosts(plugin);
  return {
    name,
    settings,
    reachesOut: reachesOut(plugin),
    capabilities: Object.fromEntries(
      Object.entries(plugin.capabilities).map(([key, one]) => [key, capabilityInProcess(one)]),
    ),
    reach(values) {
      const auth = signInOf(plugin.auth, values);
      return {
        ...reachOf(heldHosts(declared, values, hostsOf(plugin, values)), plugin.http?.(values)),
        ...(auth === undefined ? {} : { auth }),
      };
    },
    ...(session === undefined
      ? {}
      : { openSession: (values, http) => session.open({ settings: values, http }) }),
    ...(discovery === undefined
      ? {}
      : {
          discovery: {
            find: (context) => discovery.find(context),
            run: (context, capability) => discovery.run({ ...context, capability }),
          },
        }),
    triggers: triggersInProcess(plugin.triggers),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(database === undefined ? {} : { database }),
    ...(plugin.health === undefined
      ? {}
      : { health: (context) => plugin.health?.(context) as Promise<string> }),
  };
}

function capabilityInProcess(capability: Capability): HostedCapability {
  const { effect, input, output, concurrency, rateLimit } = capability;
  const produced = (context: PluginContext, value: unknown): Produced => ({
    output: isLater(value) ? null : value,
    ...(isLater(value) && { pending: value.pending }),
    ...(capability.confidence === undefined
      ? {}
      : { confidence: (checked) => capability.confidence?.(checked) }),
    usage: (checked) =>
      capability.cost?.({ input: context.input, output: checked, settings: context.settings }),
  });
  return {
    effect,
    input,
    output,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    run: async (context) => produced(context, await capability.run(context)),
    ...(capability.resume === undefined
      ? {}
      : { resume: async (context) => produced(context, await capability.resume?.(context)) }),
    ...(capability.reconcile === undefined
      ? {}
      : { reconcile: (context) => reconcileWith(capability, context, produced) }),
  };
}

async function reconcileWith(
  capability: Capability,
  context: PluginContext,
  produced: (context: PluginContext, value: unknown) => Produced,
): Promise<Reconciled> {
  const found = (await capability.reconcile?.(context)) ?? { happened: 'unknown' as const };
  return found.happened === true ? { happened: true, produced: produced(context, found.output) } : found;
}
