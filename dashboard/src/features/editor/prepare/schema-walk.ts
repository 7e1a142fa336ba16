/** A JSON Schema, as far as completion reads it. */
export type Schema = Record<string, unknown>;

const DEPTH_MAX = 24;
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function referred(root: Schema, reference: string): unknown {
  return reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((token) => token !== '')
    .reduce<unknown>((at, token) => (isSchema(at) ? at[token] : undefined), root);
}

/**
 * A schema and all that it is made of: what it refers to, and each of its alternatives. Alternatives that the
 * text rules out are left out: those with a `const` or `required` keyword that the value contradicts.
 */
function partsOf(at: { root: Schema; depth: number }, schema: unknown, value: unknown): Schema[] {
  const { root, depth } = at;
  const inner = { root, depth: depth + 1 };
  if (!isSchema(schema) || depth > DEPTH_MAX) return [];
  const parts = [schema];
  if (typeof schema['$ref'] === 'string')
    parts.push(...partsOf(inner, referred(root, schema['$ref']), value));
  for (const each of Array.isArray(schema['allOf']) ? schema['allOf'] : [])
    parts.push(...partsOf(inner, each, value));
  for (const keyword of ['oneOf', 'anyOf']) {
    const alternatives = Array.isArray(schema[keyword]) ? (schema[keyword] as unknown[]) : [];
    const parted = alternatives.map((each) => partsOf(inner, each, value));
    const fitting = parted.filter((each) => each.every((part) => agrees(part, value)));
    parts.push(...fitting.flat());
  }
  if (isSchema(schema['then'])) parts.push(...partsOf(inner, schema['then'], value));
  if (isSchema(schema['else'])) parts.push(...partsOf(inner, schema['else'], value));
  return parts;
}

/** Whether constants of a schema are those of the value, as far as the value has them. */
function agrees(part: Schema, value: unknown): boolean {
  if (!isSchema(value) || !isSchema(part['properties'])) return true;
  return Object.entries(part['properties']).every(([key, inner]) => {
    const given = value[key];
    if (!isSchema(inner) || given === undefined || given === null) return true;
    if (inner['const'] !== undefined) return inner['const'] === given;
    const not = isSchema(inner['not']) ? inner['not']['enum'] : undefined;
    return !Array.isArray(not) || !not.includes(given);
  });
}

/** The parts of the schema at a path of the document. */
export function schemasAt(root: Schema, path: readonly string[], document: unknown): Schema[] {
  let value = document;
  const at = { root, depth: 0 };
  let parts = partsOf(at, root, value);
  for (const token of path) {
    const inner = isSchema(value)
      ? value[token]
      : Array.isArray(value)
        ? (value as unknown[])[Number(token)]
        : undefined;
    parts = parts.flatMap((part) => stepInto(part, token)).flatMap((part) => partsOf(at, part, inner));
    value = inner;
  }
  return [...new Set(parts)];
}

function stepInto(part: Schema, token: string): unknown[] {
  const properties = part['properties'];
  if (isSchema(properties) && Object.hasOwn(properties, token)) return [properties[token]];
  if (/^\d+$/.test(token) && part['items'] !== undefined) return [part['items']];
  return isSchema(part['additionalProperties']) ? [part['additionalProperties']] : [];
}

/** A keyword that a map may have. */
interface Keyword {
  name: string;
  about: string;
  required: boolean;
}

/** The keywords that fit into a map, those it has already left out. */
export function keywordsOf(parts: readonly Schema[], has: readonly string[]): Keyword[] {
  const found = new Map<string, Keyword>();
  for (const part of parts) {
    const required = Array.isArray(part['required']) ? (part['required'] as unknown[]) : [];
    for (const [name, inner] of Object.entries(isSchema(part['properties']) ? part['properties'] : {})) {
      if (has.includes(name)) continue;
      const about = isSchema(inner) && typeof inner['description'] === 'string' ? inner['description'] : '';
      const known = found.get(name);
      found.set(name, {
        name,
        about: known?.about || about,
        required: (known?.required ?? false) || required.includes(name),
      });
    }
  }
  return [...found.values()];
}

/** The values that a schema names: constants, enumerations, yes and no. */
export function valuesOf(parts: readonly Schema[]): string[] {
  const values = parts.flatMap((part) => {
    if (part['const'] !== undefined) return [part['const']];
    if (Array.isArray(part['enum'])) return part['enum'] as unknown[];
    return part['type'] === 'boolean' ? [true, false] : [];
  });
  return [...new Set(values.filter((value) => typeof value !== 'object').map(String))];
}
