import { isObject, type JsonObject, member, type OpenApiDocument, resolved } from '@tutti/plugin-sdk/openapi';

/** Parts of one schema, and references within one another; what lies deeper is left to the other side. */
const PARTS_MAX = 1_500;
const DEPTH_MAX = 6;
/** What says something about values; everything else of OpenAPI's schemas is about documents. */
const LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const SCHEMAS = new Set(['items', 'additionalProperties', 'not', 'contains', 'propertyNames']);
const KEPT = new Set([
  'type',
  'format',
  'enum',
  'const',
  'default',
  'title',
  'description',
  'pattern',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'uniqueItems',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
]);

/** Which properties are none of the value: those that only the other direction has. */
export type Direction = 'request' | 'reply';

/**
 * A schema of the document as JSON Schema 2020-12 that refers to nothing: references are put where they are
 * used, and a circle ends where it begins.
 */
export function jsonSchemaOf(
  document: OpenApiDocument,
  schema: unknown,
  direction: Direction,
): Record<string, unknown> {
  const written = new Writer(document.root, direction).of(schema, []);
  return isObject(written) ? { ...written } : {};
}

class Writer {
  readonly #root: JsonObject;
  readonly #direction: Direction;
  #parts = 0;

  constructor(root: JsonObject, direction: Direction) {
    this.#root = root;
    this.#direction = direction;
  }

  of(schema: unknown, around: readonly string[]): unknown {
    if (typeof schema === 'boolean') return schema;
    this.#parts += 1;
    if (!isObject(schema) || this.#parts > PARTS_MAX) return {};
    const reference = member(schema, '$ref');
    if (typeof reference === 'string') {
      if (around.includes(reference) || around.length >= DEPTH_MAX) return {};
      return this.of(resolved(this.#root, schema), [...around, reference]);
    }
    const parts = Object.entries(schema).flatMap(([name, part]) => this.#part(name, part, around));
    return withNull(schema, withBounds(schema, this.#withRequired(schema, Object.fromEntries(parts))));
  }

  #part(name: string, part: unknown, around: readonly string[]): [string, unknown][] {
    // A file of 2.0 is bytes, which no schema describes.
    if (name === 'type' && part === 'file') return [];
    if (LISTS.has(name) && Array.isArray(part)) return [[name, part.map((one) => this.of(one, around))]];
    if (SCHEMAS.has(name)) return [[name, this.of(part, around)]];
    if (name === 'properties' && isObject(part)) {
      const properties = Object.entries(part).map(([key, one]) => [key, this.of(one, around)]);
      return [[name, Object.fromEntries(properties)]];
    }
    return KEPT.has(name) ? [[name, part]] : [];
  }

  #withRequired(schema: JsonObject, written: Record<string, unknown>): Record<string, unknown> {
    const required = member(schema, 'required');
    if (!Array.isArray(required)) return written;
    const properties = member(schema, 'properties');
    const absent = this.#direction === 'request' ? 'readOnly' : 'writeOnly';
    const needed = required.filter(
      (name) => member(resolved(this.#root, member(properties, String(name))), absent) !== true,
    );
    return { ...written, required: needed };
  }
}

/** `nullable` of 3.0. */
function withNull(schema: JsonObject, written: Record<string, unknown>): unknown {
  const { type } = written;
  if (member(schema, 'nullable') !== true) return written;
  if (typeof type !== 'string') return { anyOf: [written, { type: 'null' }] };
  const values = written['enum'];
  return {
    ...written,
    type: [type, 'null'],
    ...(Array.isArray(values) && !values.includes(null) && { enum: [...(values as unknown[]), null] }),
  };
}

/** Up to 3.0 exclusive bounds are marks of the others. */
function withBounds(schema: JsonObject, written: Record<string, unknown>): Record<string, unknown> {
  const changed = { ...written };
  for (const [mark, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof member(schema, mark) !== 'boolean') continue;
    delete changed[mark];
    if (member(schema, mark) !== true) continue;
    changed[mark] = changed[bound];
    delete changed[bound];
  }
  return changed;
}
