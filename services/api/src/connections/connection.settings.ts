import {
  type ConnectionLimits,
  isEnvAllowed,
  isReference,
  type PluginDescription,
  referenceProblem,
} from '@tutti/contracts';
import { KAFKA_CONNECTOR } from '../triggers/kafka/kafka-connector.js';
import { type SchemaFinding, compileSchema } from '../schemas/schema-check.js';

/** What a secret that is set reads. Written back, it keeps the secret as it is. */
export const MASK = '********';

export type Settings = Record<string, unknown>;

/** Settings taken apart for storage. */
export interface SplitSettings {
  plain: Settings;
  secrets: Record<string, string>;
}

/** Names of the settings that are secret, by the mark in the plugin's schema. */
export function secretNames(plugin: Pick<PluginDescription, 'settings'>): Set<string> {
  const properties = (plugin.settings.properties ?? {}) as Record<string, { secret?: unknown }>;
  return new Set(Object.keys(properties).filter((name) => properties[name]?.secret === true));
}

/**
 * Puts the kept secrets where the mask stands. A mask with nothing behind it is left out, and the schema
 * then says what is missing.
 */
export function unmask(given: Settings, names: ReadonlySet<string>, kept: Record<string, string>): Settings {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      if (value !== MASK || !names.has(name)) return [[name, value]];
      return kept[name] === undefined ? [] : [[name, kept[name]]];
    }),
  );
}

/** Where values of settings may lie that are references. */
export interface ReferenceRules {
  secretEnvAllowed: readonly string[];
  hasVault: boolean;
}

/**
 * Where settings break the plugin's schema; pointers begin at the request's body. The value of a reference is
 * checked where it is read, at the connector host.
 */
export function checkSettings(
  plugin: PluginDescription,
  settings: Settings,
  rules: ReferenceRules,
): SchemaFinding[] {
  const names = Object.keys(settings).filter((name) => isReference(settings[name]));
  const ofReferences = names.flatMap((name) => {
    const detail = wrongReference(plugin, name, settings[name], rules);
    return detail === null ? [] : [{ pointer: `/settings/${escaped(name)}`, detail }];
  });
  const found = compileSchema(plugin.settings)(settings)
    .filter(({ pointer }) => !names.some((name) => isAt(pointer, `/${escaped(name)}`)))
    .map((finding) => ({ ...finding, pointer: `/settings${finding.pointer}` }));
  return [...ofReferences, ...found];
}

/** What is wrong with a reference in the place of this setting; null: nothing. */
function wrongReference(
  plugin: PluginDescription,
  name: string,
  value: unknown,
  { secretEnvAllowed, hasVault }: ReferenceRules,
): string | null {
  if (!isReference(value)) return null;
  // It is read by the API itself, which resolves nothing.
  if (plugin.name === KAFKA_CONNECTOR) return 'connections of the connector kafka take no references';
  const properties = (plugin.settings.properties ?? {}) as Record<string, { type?: unknown }>;
  if (!secretNames(plugin).has(name) && properties[name]?.type !== 'string')
    return 'a reference stands only in the place of a text or a secret';
  const problem = referenceProblem(value);
  if (problem !== null) return problem;
  if ('$vault' in value)
    return hasVault ? null : 'this hub has no Vault: the operator names it in TUTTI_VAULT_ADDRESS';
  return isEnvAllowed(value.$env, secretEnvAllowed)
    ? null
    : `the variable ${value.$env} may not be read: the operator names those that may in TUTTI_SECRET_ENV_ALLOWED`;
}

const isAt = (pointer: string, place: string) => pointer === place || pointer.startsWith(`${place}/`);
const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Secrets apart from the rest: only the sealed box may hold them. */
export function splitSettings(settings: Settings, names: ReadonlySet<string>): SplitSettings {
  const split: SplitSettings = { plain: {}, secrets: {} };
  for (const [name, value] of Object.entries(settings)) {
    // A reference is no secret: it is shown as it is.
    if (!names.has(name) || isReference(value)) split.plain[name] = value;
    else split.secrets[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return split;
}

/** Settings as they may be shown: every secret that is set is a mask. */
export function maskedSettings(plain: Settings, secrets: Record<string, string>): Settings {
  return { ...plain, ...Object.fromEntries(Object.keys(secrets).map((name) => [name, MASK])) };
}

/** Limits for storage: those that limit nothing are none. */
export function limitsText(limits: ConnectionLimits | null): string | null {
  const sets = limits !== null && (limits.concurrency !== undefined || limits.rateLimit !== undefined);
  return sets ? JSON.stringify(limits) : null;
}

export function limitsOf(text: string | null): ConnectionLimits | null {
  return text === null ? null : (JSON.parse(text) as ConnectionLimits);
}
