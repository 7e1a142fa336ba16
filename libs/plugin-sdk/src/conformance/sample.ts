/** Values made of a JSON Schema, for inputs that no author thought of. */

type Schema = Record<string, unknown>;
/** Schemas may contain themselves: what lies deeper is left out where it may be. */
const DEPTH_MAX = 6;
const TEXTS: Readonly<Record<string, string>> = {
  email: 'conformance@example.com',
  uri: 'https://conformance.example/',
  url: 'https://conformance.example/',
  uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
  date: '2026-01-31',
  'date-time': '2026-01-31T10:20:30Z',
  time: '10:20:30',
};

/**
 * A value that fits the schema in most cases: patterns and rules that JSON Schema cannot tell are not known.
 * `full`: with the properties that may be left out.
 */
export function sampleOf(schema: unknown, full: boolean): unknown {
  return new Sampler(schema, full).of(schema, 0);
}

class Sampler {
  readonly #root: unknown;
  readonly #full: boolean;

  constructor(root: unknown, full: boolean) {
    this.#root = root;
    this.#full = full;
  }

  of(schema: unknown, depth: number): unknown {
    if (!isRecord(schema) || depth > DEPTH_MAX) return null;
    if (typeof schema['$ref'] === 'string') return this.of(this.#find(schema['$ref']), depth + 1);
    if ('const' in schema) return schema['const'];
    if ('default' in schema) return schema['default'];
    if (Array.isArray(schema['enum'])) return schema['enum'][0];
    const [first] = [schema['anyOf'], schema['oneOf'], schema['allOf']].find(Array.isArray) ?? [];
    if (first !== undefined) return this.of(first, depth + 1);
    return this.#ofType(schema, [schema['type']].flat()[0], depth);
  }

  #ofType(schema: Schema, type: unknown, depth: number): unknown {
    switch (type) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return this.#array(schema, depth);
      case 'string':
        return text(schema);
      case 'integer':
      case 'number':
        return number(schema);
      case 'boolean':
        return true;
      default:
        return null;
    }
  }

  #object({ properties, required }: Schema, depth: number): unknown {
    const needed = new Set(Array.isArray(required) ? required : []);
    const wanted = Object.entries(isRecord(properties) ? properties : {}).filter(
      ([name]) => needed.has(name) || (this.#full && depth < DEPTH_MAX),
    );
    return Object.fromEntries(wanted.map(([name, schema]) => [name, this.of(schema, depth + 1)]));
  }

  #array({ items, prefixItems, minItems }: Schema, depth: number): unknown {
    if (Array.isArray(prefixItems)) return prefixItems.map((item) => this.of(item, depth + 1));
    const length = Math.max(Number(minItems ?? 0), this.#full && items !== undefined ? 1 : 0);
    return Array.from({ length }, () => this.of(items, depth + 1));
  }

  #find(reference: string): unknown {
    return reference
      .split('/')
      .slice(1)
      .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((found, name) => (isRecord(found) ? found[name] : undefined), this.#root);
  }
}

function text({ format, minLength, maxLength }: Schema): string {
  const made = TEXTS[String(format)] ?? 'text of the suite';
  return made.padEnd(Number(minLength ?? 0), 'x').slice(0, Number(maxLength ?? Infinity));
}

function number(schema: Schema): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, type } = schema;
  const step = Number(multipleOf ?? 1);
  const low = Math.max(Number(minimum ?? -Infinity), Number(exclusiveMinimum ?? -Infinity) + step);
  const high = Math.min(Number(maximum ?? Infinity), Number(exclusiveMaximum ?? Infinity) - step);
  const made = Math.min(Math.max(step, low), high);
  return type === 'integer' ? Math.ceil(made / step) * step : made;
}

/** A value, and in words how it differs from one that fits. */
export interface Variant {
  value: unknown;
  how: string;
}

/** Of other types, and unusual ones of the right: a zero character, which databases refuse, a long number. */
const OTHERS = [{ 'tutti-conformance': 1 }, 'text', 'a\0b', -1.5, Number.MAX_SAFE_INTEGER, null];

/** The value with one property left out, of another type, or too many; whether it fits still is not said. */
export function variantsOf(schema: unknown, value: unknown): Variant[] {
  if (!isRecord(value)) return [{ value: { 'tutti-conformance': 1 }, how: 'another type' }];
  const properties = isRecord(schema) && isRecord(schema['properties']) ? schema['properties'] : {};
  const names = Object.keys(properties);
  const without = names
    .filter((name) => name in value)
    .map((name) => {
      const { [name]: _, ...rest } = value;
      return { value: rest, how: `without "${name}"` };
    });
  const others = names.flatMap((name) =>
    OTHERS.map((other) => ({
      value: { ...value, [name]: other },
      how: `with ${JSON.stringify(other)} as "${name}"`,
    })),
  );
  const more = { value: { ...value, 'tutti-conformance': 1 }, how: 'with a property that is not known' };
  return [...without, ...others, more, { value: 'text', how: 'as text' }, { value: null, how: 'as null' }];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
