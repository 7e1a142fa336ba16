import { z } from 'zod';

/** What holds schemas by names that are none of JSON Schema's own. */
const BY_NAME = new Set(['properties', 'dependentSchemas']);
/** What holds values and no schemas. */
const VALUES = new Set(['enum', 'const', 'default', 'examples']);
/** A stranger's regular expressions; what is referred to is put where it is used. */
const LEFT_OUT = new Set(['pattern', 'patternProperties', '$defs', 'definitions', '$ref']);
/** Parts of one schema, counted wherever they are used. */
export const SCHEMA_PARTS_MAX = 20_000;

/**
 * The host's own check of what a plugin in another process was given or answered, from the JSON Schema that
 * the process told. It takes time in proportion to what it checks, whatever the schema says: without
 * patterns, since a stranger's regular expression could keep the host busy for ever, and without going round
 * in references to a schema around them. Both are checked where the plugin runs. Throws when the schema
 * cannot be used.
 */
export function hostSchema(schema: Record<string, unknown>): z.ZodType {
  return z.fromJSONSchema(plainSchema(schema) as Parameters<typeof z.fromJSONSchema>[0]);
}

/** The schema without patterns and references. Throws when it is too large or refers to nothing. */
export function plainSchema(schema: Record<string, unknown>): Record<string, unknown> {
  return new Simplifier(schema).of(schema, ['#']) as Record<string, unknown>;
}

class Simplifier {
  readonly #root: unknown;
  #parts = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  /** Around it are the targets of these references. */
  of(schema: unknown, around: readonly string[]): unknown {
    if (Array.isArray(schema)) return schema.map((part) => this.of(part, around));
    if (!isRecord(schema)) return schema;
    this.#parts += 1;
    if (this.#parts > SCHEMA_PARTS_MAX) throw new Error(`A schema has more than ${SCHEMA_PARTS_MAX} parts.`);
    const target = schema['$ref'];
    if (typeof target === 'string')
      return around.includes(target) ? {} : this.of(this.#find(target), [...around, target]);
    const kept = Object.entries(schema).filter(([name]) => !LEFT_OUT.has(name));
    return Object.fromEntries(kept.map(([name, part]) => [name, this.#part(name, part, around)]));
  }

  #part(name: string, part: unknown, around: readonly string[]): unknown {
    if (VALUES.has(name)) return part;
    if (!BY_NAME.has(name) || !isRecord(part)) return this.of(part, around);
    return Object.fromEntries(Object.entries(part).map(([key, schema]) => [key, this.of(schema, around)]));
  }

  #find(reference: string): unknown {
    const [document, ...names] = reference.split('/');
    let found = document === '#' ? this.#root : undefined;
    for (const name of names) {
      const key = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
      found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined;
    }
    if (found === undefined) throw new Error(`A schema refers to "${reference}", which is not in it.`);
    return found;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
