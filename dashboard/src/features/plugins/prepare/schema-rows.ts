/** One property of a schema, as a line of a table. */
export interface SchemaRow {
  /** `customer.address.city`, `lines[].sku`. */
  name: string;
  type: string;
  required: boolean;
  note: string;
}

type Schema = Record<string, unknown>;
const ROWS_MAX = 200;
const DEPTH_MAX = 6;
const VALUES_MAX = 8;

/** The properties of an object's schema, those of objects and lists below them included. */
export function schemaRows(schema: unknown): SchemaRow[] {
  const rows: SchemaRow[] = [];
  collect({ schema: asSchema(schema), path: '', depth: 0 }, asSchema(schema), rows);
  return rows;
}

function collect(at: { schema: Schema; path: string; depth: number }, root: Schema, rows: SchemaRow[]): void {
  if (at.depth > DEPTH_MAX) return;
  const required = Array.isArray(at.schema['required']) ? (at.schema['required'] as unknown[]) : [];
  for (const [name, value] of Object.entries(asSchema(at.schema['properties']))) {
    if (rows.length >= ROWS_MAX) return;
    const property = resolved(value, root);
    const path = at.path === '' ? name : `${at.path}.${name}`;
    rows.push({
      name: path,
      type: typeOf(property, root),
      required: required.includes(name),
      note: noteOf(property),
    });
    const items = resolved(property['items'], root);
    const depth = at.depth + 1;
    if ('properties' in property) collect({ schema: property, path, depth }, root, rows);
    else if ('properties' in items) collect({ schema: items, path: `${path}[]`, depth }, root, rows);
  }
}

/** What a reference within the document means; one that leads nowhere means anything. */
function resolved(value: unknown, root: Schema): Schema {
  const schema = asSchema(value);
  const { $ref } = schema;
  if (typeof $ref !== 'string' || !$ref.startsWith('#/')) return schema;
  return asSchema(
    $ref
      .slice(2)
      .split('/')
      .reduce<unknown>((found, name) => asSchema(found)[name], root),
  );
}

function typeOf(schema: Schema, root: Schema): string {
  const { type, enum: values, const: only, format } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(values))
    return values
      .slice(0, VALUES_MAX)
      .map((one) => JSON.stringify(one))
      .join(' | ');
  for (const key of ['anyOf', 'oneOf'])
    if (Array.isArray(schema[key]))
      return [...new Set((schema[key] as unknown[]).map((one) => typeOf(resolved(one, root), root)))].join(
        ' | ',
      );
  if (type === 'array') return `list of ${typeOf(resolved(schema['items'], root), root)}`;
  const plain = Array.isArray(type) ? type.join(' | ') : typeof type === 'string' ? type : 'anything';
  return typeof format === 'string' ? `${plain} (${format})` : plain;
}

function noteOf(schema: Schema): string {
  const { description, default: usual, secret } = schema;
  return [
    typeof description === 'string' ? description : '',
    usual === undefined ? '' : `Default: ${JSON.stringify(usual)}`,
    secret === true ? 'A secret' : '',
  ]
    .filter((part) => part !== '')
    .join('. ');
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}
