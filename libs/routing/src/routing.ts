import type { Effect, PluginDescription } from '@tutti/contracts';
import { compilePolicy } from './compile.js';
import type { RoutingPolicyDocument } from './policy-document.js';
import type { CompiledPolicy, ConnectionInfo } from './policy.types.js';

/** What decisions depend on beside the workflow: policies by capability, and the enabled connections. */
export interface Routing {
  policies: ReadonlyMap<string, CompiledPolicy>;
  connections: readonly ConnectionInfo[];
}

/** The same as it is stored: `definition` and `description` are JSON. */
export interface RoutingRows {
  policies: readonly { capability: string; definition: string }[];
  /** By name, with a row for each version of the plugin that is registered, the last one last. */
  connections: readonly ConnectionRow[];
}

interface ConnectionRow {
  name: string;
  plugin: string;
  version: string;
  description: string;
  /** JSON of the names and effects of what the connection found by itself; absent: nothing. */
  offers?: string | null;
}

export function compileRouting({ policies, connections }: RoutingRows): Routing {
  return {
    policies: new Map(
      policies.map(({ capability, definition }) => [
        capability,
        compilePolicy(JSON.parse(definition) as RoutingPolicyDocument),
      ]),
    ),
    // Several versions of one plugin may be registered; the one registered last serves.
    connections: [...new Map(connections.map((row) => [row.name, connectionInfo(row)])).values()],
  };
}

function connectionInfo({ name, plugin, version, description, offers }: ConnectionRow): ConnectionInfo {
  const { capabilities } = JSON.parse(description) as PluginDescription;
  const found = (offers ? JSON.parse(offers) : []) as { name: string; effect: Effect }[];
  return {
    name,
    plugin,
    pluginVersion: version,
    capabilities: Object.fromEntries([
      ...found.map(({ name, effect }) => [name, { effect, reconciles: false }] as const),
      ...capabilities.map((one) => [one.name, { effect: one.effect, reconciles: one.reconciles }] as const),
    ]),
  };
}
