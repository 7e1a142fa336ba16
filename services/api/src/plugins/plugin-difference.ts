import type { DeclaredHosts, PluginChange, PluginDescription, PluginPermissions } from '@tutti/contracts';
import { narrowings } from '@tutti/workflow';

type Capability = PluginDescription['capabilities'][number];

/** What a plugin may do, read from what it says about itself. */
export function permissionsOf(description: PluginDescription): PluginPermissions {
  const { network, settings, database, contract } = description;
  const properties = (settings['properties'] ?? {}) as Record<string, { secret?: unknown }>;
  const secrets = Object.keys(properties).filter((name) => properties[name]?.secret === true);
  return { network: network === true, hosts: description.hosts ?? null, secrets, database, contract };
}

/**
 * In what a version differs from the one before it: what it may do besides, which settings and inputs it does
 * not take any more, and which outputs it gives that those who read them do not know.
 */
export function pluginChanges(before: PluginDescription, after: PluginDescription): PluginChange[] {
  const [old, now] = [byName(before), byName(after)];
  const changes = [...permissionChanges(permissionsOf(before), permissionsOf(after))];
  for (const { pointer, detail } of narrowings(closed(before.settings), after.settings))
    changes.push({ what: 'setting', name: pointer, detail, breaking: true });
  for (const [name, capability] of now) {
    const was = old.get(name);
    if (was === undefined)
      changes.push({ what: 'capability', name, detail: `is new: ${capability.summary}`, breaking: false });
    else changes.push(...capabilityChanges(was, capability));
  }
  for (const name of old.keys())
    if (!now.has(name)) changes.push({ what: 'capability', name, detail: 'is gone', breaking: true });
  return changes;
}

function byName(description: PluginDescription): Map<string, Capability> {
  return new Map(description.capabilities.map((capability) => [capability.name, capability]));
}

function permissionChanges(before: PluginPermissions, after: PluginPermissions): PluginChange[] {
  const changes: PluginChange[] = [];
  const say = (name: string, detail: string) =>
    changes.push({ what: 'permission', name, detail, breaking: false });
  if (after.network && !before.network) say('network', 'calls other systems now');
  if (!after.network && before.network) say('network', 'calls no other systems any more');
  if (after.network && before.network) changes.push(...hostChanges(before.hosts, after.hosts));
  if (after.database && !before.database) say('database', 'wants tables of its own now');
  for (const name of after.secrets)
    if (!before.secrets.includes(name)) say('secrets', `asks for the secret "${name}" now`);
  if (before.contract !== after.contract)
    changes.push({
      what: 'contract',
      name: 'contract',
      detail: `is ${after.contract}, was ${before.contract}`,
      breaking: true,
    });
  return changes;
}

/** More hosts are more that it may do; a declaration that is gone leaves the hosts to each connection. */
function hostChanges(before: DeclaredHosts | null, after: DeclaredHosts | null): PluginChange[] {
  const say = (detail: string): PluginChange => ({
    what: 'permission',
    name: 'hosts',
    detail,
    breaking: false,
  });
  if (after === null)
    return before === null ? [] : [say('declares none any more: they are confirmed for each connection')];
  const known = (list: 'patterns' | 'settings') => new Set(before?.[list]);
  return [
    ...after.patterns.filter((one) => !known('patterns').has(one)).map((one) => say(`may call ${one} now`)),
    ...after.settings
      .filter((one) => !known('settings').has(one))
      .map((one) => say(`may call the host that the setting "${one}" names now`)),
    ...(before?.patterns ?? [])
      .filter((one) => !after.patterns.includes(one))
      .map((one) => say(`may not call ${one} any more`)),
    ...(before?.settings ?? [])
      .filter((one) => !after.settings.includes(one))
      .map((one) => say(`may not call the host that the setting "${one}" names any more`)),
  ];
}

function capabilityChanges(before: Capability, after: Capability): PluginChange[] {
  const { name } = after;
  const changes: PluginChange[] = [];
  if (before.effect !== after.effect)
    changes.push({
      what: 'capability',
      name,
      detail: `has the effect ${after.effect}, had ${before.effect}`,
      breaking: true,
    });
  for (const { pointer, detail } of narrowings(closed(before.input), after.input))
    changes.push({ what: 'input', name: `${name}${pointer}`, detail, breaking: true });
  // Who reads an output knows the old schema: what that refuses is new to them. More properties are not.
  for (const { pointer, detail } of narrowings(open(after.output), open(before.output)))
    changes.push({
      what: 'output',
      name: `${name}${pointer}`,
      detail: `may be what it was not before: the former version ${detail}`,
      breaking: true,
    });
  return changes;
}

/**
 * The schema as its plugin reads it: it knows no further properties, so that a new one which may be left out
 * refuses nothing.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const known = 'type' in schema && schema.type === 'object' && 'properties' in schema;
  return { ...(known && { additionalProperties: false }), ...Object.fromEntries(parts) } as unknown;
}

/** The schema without the rule that no further properties are there. */
function open(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(open);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === 'additionalProperties' && value === false))
      .map(([key, value]) => [key, open(value)]),
  );
}
