import type { ConnectionLimits, PluginDescription } from '@tutti/contracts';
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

/** Where settings break the plugin's schema; pointers begin at the request's body. */
export function checkSettings(plugin: PluginDescription, settings: Settings): SchemaFinding[] {
  return compileSchema(plugin.settings)(settings).map((finding) => ({
    ...finding,
    pointer: `/settings${finding.pointer}`,
  }));
}

/** Secrets apart from the rest: only the sealed box may hold them. */
export function splitSettings(settings: Settings, names: ReadonlySet<string>): SplitSettings {
  const split: SplitSettings = { plain: {}, secrets: {} };
  for (const [name, value] of Object.entries(settings)) {
    if (!names.has(name)) split.plain[name] = value;
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
