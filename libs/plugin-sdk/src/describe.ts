import type { CapabilityDescription, PluginDescription, TriggerDescription } from '@tutti/contracts';
import { z } from 'zod';
import { declaredHosts, reachesOut } from './hosts.js';
import type { Capability, Plugin } from './plugin.js';
import { POLL_INTERVAL_SECONDS, type Trigger } from './trigger.js';

/**
 * The plugin in JSON: what the catalog, the settings form and the checks read. Schemas are JSON Schema
 * 2020-12: settings and inputs as they are written (`io: input`), outputs as they leave the host. Throws when
 * a schema cannot be told in JSON Schema.
 */
export function describePlugin(
  plugin: Plugin,
  version: string = plugin.version ?? '0.0.0',
): PluginDescription {
  const hosts = declaredHosts(plugin);
  return {
    name: plugin.name,
    version,
    kind: plugin.kind,
    contract: plugin.contract,
    ...(plugin.summary === undefined ? {} : { summary: plugin.summary }),
    settings: jsonSchema(plugin.settings, 'input'),
    capabilities: Object.entries(plugin.capabilities).map(([name, capability]) =>
      describeCapability(name, capability),
    ),
    ...(plugin.discovery === undefined ? {} : { discovers: true as const }),
    ...(plugin.triggers === undefined ? {} : { triggers: describeTriggers(plugin.triggers) }),
    database: plugin.database !== undefined,
    ...(reachesOut(plugin) ? { network: true as const } : {}),
    ...(hosts === undefined ? {} : { hosts }),
    ...(plugin.rateLimit === undefined ? {} : { rateLimit: plugin.rateLimit }),
    ...(plugin.auth === undefined ? {} : { signIn: plugin.auth.flow }),
  };
}

function describeCapability(name: string, capability: Capability): CapabilityDescription {
  return {
    name,
    summary: capability.summary,
    effect: capability.effect,
    input: jsonSchema(capability.input, 'input'),
    output: jsonSchema(capability.output, 'output'),
    reconciles: capability.reconcile !== undefined,
    ...(capability.rateLimit === undefined ? {} : { rateLimit: capability.rateLimit }),
  };
}

function describeTriggers(triggers: Record<string, Trigger>): TriggerDescription[] {
  return Object.entries(triggers).map(([name, trigger]) => ({
    name,
    summary: trigger.summary,
    kind: trigger.kind,
    event: jsonSchema(trigger.event, 'output'),
    ...(trigger.options === undefined ? {} : { options: jsonSchema(trigger.options, 'input') }),
    ...(trigger.kind === 'poll' ? { intervalSeconds: trigger.intervalSeconds ?? POLL_INTERVAL_SECONDS } : {}),
    ...(trigger.kind === 'webhook'
      ? { verified: trigger.verify !== undefined, subscribes: trigger.subscribe !== undefined }
      : {}),
  }));
}

/** The names of the settings that are secrets: stored sealed, never shown, redacted by value. */
export function secretSettings(plugin: Pick<Plugin, 'settings'>): string[] {
  const properties = jsonSchema(plugin.settings, 'input')['properties'] as
    Record<string, { secret?: unknown }> | undefined;
  return Object.entries(properties ?? {})
    .filter(([, schema]) => schema.secret === true)
    .map(([name]) => name);
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  return z.toJSONSchema(schema, { target: 'draft-2020-12', io }) as Record<string, unknown>;
}
