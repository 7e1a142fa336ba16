import { pointerTo, valueAt } from './pointer';

export type Schema = Record<string, unknown>;
export type FieldKind =
  | 'text'
  | 'long-text'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'choice'
  | 'date'
  | 'object'
  | 'list'
  | 'record'
  | 'artifact'
  | 'json';

/** One field of a form that is made from a JSON Schema. */
export interface Field {
  pointer: string;
  label: string;
  kind: FieldKind;
  help: string | null;
  required: boolean;
  nullable: boolean;
  secret: boolean;
  choices: unknown[];
  schema: Schema;
  children: Field[];
}

const DEPTH_MAX = 8;
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** "grandTotal" and "grand_total" to "Grand total". */
export function labelOf(key: string): string {
  const words = key
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .trim();
  const known = words.replaceAll(/\b(iban|bic|vat|url|api|id)\b/g, (word) =>
    word === 'id' ? 'ID' : word.toUpperCase(),
  );
  return known.charAt(0).toUpperCase() + known.slice(1);
}

/** The schema behind references, without the null branch; whether null is allowed. */
export function resolved(schema: Schema, root: Schema, depth = 0): { schema: Schema; nullable: boolean } {
  if (depth > DEPTH_MAX) return { schema: {}, nullable: false };
  if (typeof schema['$ref'] === 'string') {
    const { $ref, ...beside } = schema;
    const target = refTarget($ref as string, root);
    const inner = resolved(target, root, depth + 1);
    return { schema: { ...inner.schema, ...beside }, nullable: inner.nullable };
  }
  if (Array.isArray(schema['allOf'])) return resolved(merged(schema, root), root, depth + 1);
  const branches = [schema['anyOf'], schema['oneOf']].find(Array.isArray) as unknown[] | undefined;
  if (branches !== undefined) {
    const real = branches.filter(isSchema).filter((branch) => branch['type'] !== 'null');
    const { anyOf: _anyOf, oneOf: _oneOf, ...beside } = schema;
    const only = real[0];
    if (real.length === 1 && only !== undefined) {
      const inner = resolved(only, root, depth + 1);
      return {
        schema: { ...inner.schema, ...beside },
        nullable: inner.nullable || real.length < branches.length,
      };
    }
  }
  const types = Array.isArray(schema['type']) ? (schema['type'] as unknown[]) : undefined;
  if (types === undefined) return { schema, nullable: schema['nullable'] === true };
  const real = types.filter((type) => type !== 'null');
  return {
    schema: { ...schema, type: real.length === 1 ? real[0] : undefined },
    nullable: real.length < types.length,
  };
}

/** A schema with the parts of its `allOf` taken in: properties and required ones of all of them. */
function merged(schema: Schema, root: Schema): Schema {
  const { allOf, ...own } = schema;
  const parts = [own, ...(allOf as unknown[]).filter(isSchema).map((part) => resolved(part, root).schema)];
  const properties = Object.assign({}, ...parts.map((part) => part['properties'] ?? {})) as Schema;
  const required = parts.flatMap((part) =>
    Array.isArray(part['required']) ? (part['required'] as unknown[]) : [],
  );
  return {
    ...(Object.assign({}, ...parts.toReversed()) as Schema),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required: [...new Set(required)] } : {}),
  };
}

function refTarget(ref: string, root: Schema): Schema {
  // References to the contracts' own ArtifactRef stay recognisable even when the definition is not in the
  // document.
  if (/ArtifactRef$/.test(ref)) return { 'x-artifact': true };
  const target = ref.startsWith('#/') ? valueAt(root, ref.slice(1)) : undefined;
  return isSchema(target) ? target : {};
}

function kindOf(schema: Schema): FieldKind {
  const properties = schema['properties'];
  if (
    schema['x-artifact'] === true ||
    (isSchema(properties) && '$artifact' in properties) ||
    schema['title'] === 'ArtifactRef'
  )
    return 'artifact';
  if (Array.isArray(schema['enum']) || 'const' in schema) return 'choice';
  switch (schema['type']) {
    case 'object':
      return isSchema(properties) ? 'object' : isRecord(schema) ? 'record' : 'json';
    case 'array':
      return isSchema(schema['items']) ? 'list' : 'json';
    case 'integer':
      return 'integer';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'string':
      return schema['format'] === 'date'
        ? 'date'
        : Number(schema['maxLength'] ?? 0) > 300
          ? 'long-text'
          : 'text';
    default:
      return isSchema(properties) ? 'object' : 'json';
  }
}

/** Any names, with values that one input takes. */
function isRecord({ additionalProperties }: Schema): boolean {
  return (
    isSchema(additionalProperties) &&
    ['string', 'number', 'integer'].includes(String(additionalProperties['type']))
  );
}

/** What the values of a record are. */
export function recordKind({ schema }: Pick<Field, 'schema'>): FieldKind {
  return kindOf(schema['additionalProperties'] as Schema);
}

interface Place {
  pointer: string;
  key: string;
  required: boolean;
  depth: number;
}

function fieldOf(raw: Schema, root: Schema, place: Place): Field {
  const { schema, nullable } = resolved(raw, root);
  const kind = place.depth > DEPTH_MAX ? 'json' : kindOf(schema);
  const choices =
    kind === 'choice'
      ? (Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : [schema['const']]).filter(
          (choice) => choice !== null,
        )
      : [];
  return {
    pointer: place.pointer,
    kind,
    choices,
    schema,
    required: place.required,
    secret: schema['secret'] === true || schema['writeOnly'] === true || schema['format'] === 'password',
    nullable: nullable || (Array.isArray(schema['enum']) && (schema['enum'] as unknown[]).includes(null)),
    label:
      typeof schema['title'] === 'string' && schema['title'] !== 'ArtifactRef'
        ? schema['title']
        : labelOf(place.key),
    help: typeof schema['description'] === 'string' ? schema['description'] : null,
    children:
      kind === 'object' ? membersOf(schema, root, { pointer: place.pointer, depth: place.depth + 1 }) : [],
  };
}

function membersOf(
  schema: Schema,
  root: Schema,
  { pointer, depth }: { pointer: string; depth: number },
): Field[] {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : [];
  return Object.entries(properties)
    .filter(([, each]) => isSchema(each))
    .map(([key, each]) =>
      fieldOf(each as Schema, root, {
        pointer: pointerTo(pointer, key),
        key,
        required: required.includes(key),
        depth,
      }),
    );
}

/** A schema guessed from a value, for reviews that come without a form. */
export function schemaOf(value: unknown): Schema {
  if (Array.isArray(value))
    return { type: 'array', items: value.length > 0 ? schemaOf(value[0]) : undefined };
  if (value === null) return { type: ['string', 'null'] };
  if (typeof value === 'object') {
    if ('$artifact' in value) return { 'x-artifact': true };
    return {
      type: 'object',
      properties: Object.fromEntries(Object.entries(value).map(([key, each]) => [key, schemaOf(each)])),
    };
  }
  return { type: typeof value };
}

/** The fields of a form. The top is always a group, even when the schema is a single value. */
export function formOf(schema: Schema | null, value?: unknown): Field {
  const root = schema === null || Object.keys(schema).length === 0 ? schemaOf(value ?? {}) : schema;
  const form = fieldOf(root, root, { pointer: '', key: '', required: true, depth: 0 });
  const children = form.children.map((child) =>
    isReference(valueAt(value, child.pointer)) ? { ...child, kind: 'json' as const, secret: false } : child,
  );
  return { ...form, children };
}

/** A setting whose value lies elsewhere is shown as what it is, whatever its field takes. */
function isReference(value: unknown): boolean {
  return isSchema(value) && ('$env' in value || '$vault' in value);
}

/** The field of one entry of a list. */
export function entryField(list: Field, index: number, root: Schema): Field {
  const items = isSchema(list.schema['items']) ? list.schema['items'] : {};
  return fieldOf(items, root, {
    pointer: pointerTo(list.pointer, index),
    key: `${index + 1}`,
    required: false,
    depth: 1,
  });
}

/** The value with which a new field begins. */
export function initialOf(field: Field): unknown {
  if ('default' in field.schema) return field.schema['default'];
  if (field.kind === 'object') {
    const entries = field.children
      .map((child) => [child.pointer.split('/').at(-1) ?? '', initialOf(child)] as const)
      .filter(([, value]) => value !== undefined);
    return entries.length > 0 || field.required ? Object.fromEntries(entries) : undefined;
  }
  if (field.kind === 'list') return field.required ? [] : undefined;
  if (field.kind === 'choice' && field.required && field.choices.length === 1) return field.choices[0];
  return field.nullable && field.required
    ? null
    : field.kind === 'boolean' && field.required
      ? false
      : undefined;
}
