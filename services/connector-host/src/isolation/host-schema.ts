import { z } from 'zod';

/** What holds schemas by names that are none of JSON Schema's own. */
const BY_NAME = new Set(['properties', '$defs', 'definitions', 'dependentSchemas']);
/** What holds values and no schemas. */
const VALUES = new Set(['enum', 'const', 'default', 'examples']);

/**
 * The host's own check of what a plugin in another process was given or answered, from the JSON Schema that
 * the process told. Without its patterns: a stranger's regular expression could keep the host busy for ever.
 * They are checked where the plugin runs. Throws when the schema cannot be read.
 */
export function hostSchema(schema: Record<string, unknown>): z.ZodType {
  return z.fromJSONSchema(withoutPatterns(schema) as Parameters<typeof z.fromJSONSchema>[0]);
}

function withoutPatterns(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutPatterns);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([name]) => name !== 'pattern' && name !== 'patternProperties');
  return Object.fromEntries(kept.map(([name, part]) => [name, partOf(name, part)]));
}

function partOf(name: string, part: unknown): unknown {
  if (VALUES.has(name)) return part;
  if (!BY_NAME.has(name) || typeof part !== 'object' || part === null) return withoutPatterns(part);
  return Object.fromEntries(Object.entries(part).map(([key, schema]) => [key, withoutPatterns(schema)]));
}
