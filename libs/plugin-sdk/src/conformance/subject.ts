import type { PluginDescription } from '@tutti/contracts';
import { z } from 'zod';
import { capabilityOf } from '../attempt.js';
import { describePlugin, secretSettings } from '../describe.js';
import { PermanentError } from '../errors.js';
import { hostsOf } from '../hosts.js';
import { isLater } from '../later.js';
import type { HealthContext, HttpDefaults, Plugin, Reconciliation, RunContext } from '../plugin.js';
import type { DatabasePort } from '../ports.js';
import type { HookRequest, HookVerification, Trigger, TriggerContext } from '../trigger.js';

export type Settings = Record<string, unknown>;
/** An attempt whose input has not been checked. */
export type SubjectContext = RunContext<unknown, Settings, DatabasePort | undefined>;
/** What a function of a trigger is given, whichever kind it is of. */
export type SubjectTriggerContext = TriggerContext<Settings, DatabasePort | undefined> &
  HookRequest & { cursor: unknown; emit: (batch: unknown) => Promise<void> };
export type SubjectHealthContext = HealthContext<Settings, DatabasePort | undefined>;

/** An input that the capability's own schema refused, before it ran. */
export class InputRefused extends PermanentError {}

/** What an attempt gave, checked by the schema of the output. */
export interface SubjectResult {
  output: unknown;
  /** As the capability's own function tells it; absent when it has none. */
  confidence?: unknown;
}

/** What the suite has to know of a trigger. */
export interface SubjectTrigger {
  kind: Trigger['kind'];
  event: z.ZodType;
  verify?: HookVerification | undefined;
}

/** A plugin as the suite tries it, wherever its code runs. */
export interface ConformanceSubject {
  description: PluginDescription;
  secretNames: readonly string[];
  isolated: boolean;
  hasHealth: boolean;
  /** The settings as the plugin sees them. Throws when they are not valid. */
  settings(values: Settings): Settings;
  reach(settings: Settings): Promise<{ hosts: readonly string[]; http: HttpDefaults | undefined }>;
  /** Rejects with `InputRefused` before anything runs, and with what the capability throws. */
  run(capability: string, context: SubjectContext): Promise<SubjectResult>;
  reconcile(capability: string, context: SubjectContext): Promise<Reconciliation<unknown>>;
  health(context: SubjectHealthContext): Promise<unknown>;
  /** By their names. */
  triggers: Readonly<Record<string, SubjectTrigger>>;
  /** The one function that a trigger of its kind has; gives what that gives, unchecked. */
  trigger(name: string, context: SubjectTriggerContext): Promise<unknown>;
  /** What it said in no call, as far as that is known. */
  strayLines(): readonly string[];
}

/** A plugin whose code is in this process: one of the hub's own, or of its author's tests. */
export function subjectOf(plugin: Plugin): ConformanceSubject {
  return {
    description: describePlugin(plugin),
    secretNames: secretSettings(plugin),
    isolated: false,
    hasHealth: plugin.health !== undefined,
    settings: (values) => plugin.settings.parse(values),
    reach: (settings) => Promise.resolve({ hosts: hostsOf(plugin, settings), http: plugin.http?.(settings) }),
    async run(name, context) {
      const capability = capabilityOf(plugin, name);
      const given = await capability.run({
        ...context,
        input: checkedInput(capability.input, context.input),
      });
      if (isLater(given)) return { output: given.pending };
      const output = checkedOutput(capability.output, given);
      const confidence = capability.confidence?.(output);
      return confidence === undefined ? { output } : { output, confidence };
    },
    async reconcile(name, context) {
      const capability = capabilityOf(plugin, name);
      const input = checkedInput(capability.input, context.input);
      const found = (await capability.reconcile?.({ ...context, input })) ?? { happened: 'unknown' };
      if (found.happened !== true) return found;
      return { happened: true, output: checkedOutput(capability.output, found.output) };
    },
    health: async (context) => plugin.health?.(context),
    triggers: plugin.triggers ?? {},
    trigger: async (name, context) => {
      const trigger = plugin.triggers?.[name] as Record<string, SubjectTriggered> | undefined;
      const { kind } = plugin.triggers?.[name] ?? {};
      return kind === undefined ? undefined : trigger?.[kind]?.(context);
    },
    strayLines: () => [],
  };
}

type SubjectTriggered = (context: SubjectTriggerContext) => unknown;

function checkedInput(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputRefused(z.prettifyError(parsed.error));
}

function checkedOutput(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = `The output breaks the schema of the capability: ${z.prettifyError(parsed.error)}`;
  throw new PermanentError(message, { status: 502, reason: 'invalid-output' });
}
