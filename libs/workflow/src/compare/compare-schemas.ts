import { canonicalJson } from '../content-hash.js';
import { pointerToken } from '../pointer.js';

/** A place at which a new schema refuses what the old one took. */
export interface SchemaNarrowing {
  /** JSON pointer of the value, not of the schema; `*` stands for any item or further property. */
  pointer: string;
  detail: string;
  /** False: both differ in a way (`anyOf`, `$ref`, ...) of which it is not known whether it refuses more. */
  certain: boolean;
}

type Schema = Record<string, unknown>;

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];
const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains'];
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains'];
const DEMANDS = ['pattern', 'format', 'multipleOf', 'contains', 'propertyNames', 'dependentRequired'];
/** Keywords that are compared as a whole. */
const OPAQUE = [
  '$ref',
  '$defs',
  'definitions',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'prefixItems',
  'patternProperties',
  'dependentSchemas',
  'unevaluatedProperties',
  'unevaluatedItems',
];

/**
 * Where the JSON Schema `after` is stricter than `before` (absent: takes everything). JSON Schema 2020-12,
 * keyword by keyword; what keywords say together is not worked out, so it may name a place that another
 * keyword refused already.
 */
export function narrowings(before: unknown, after: unknown): SchemaNarrowing[] {
  const found: SchemaNarrowing[] = [];
  compare(schemaOf(before), schemaOf(after), { pointer: '', found });
  return found;
}

interface At {
  pointer: string;
  found: SchemaNarrowing[];
}

function compare(before: Schema | false, after: Schema | false, at: At): void {
  if (before === false) return;
  if (after === false) return tell(at, 'takes no value any more');
  compareTypes(before, after, at);
  compareValues(before, after, at);
  compareBounds(before, after, at);
  for (const key of DEMANDS) {
    if (key in after && canonicalJson(after[key]) !== canonicalJson(before[key]))
      tell(at, `must match ${key} ${canonicalJson(after[key])}`);
  }
  if (after.uniqueItems === true && before.uniqueItems !== true) tell(at, 'must have unique items');
  compareProperties(before, after, at);
  if ('items' in after) compare(schemaOf(before.items), schemaOf(after.items), inside(at, '*'));
  for (const key of OPAQUE) {
    if (key in after && canonicalJson(after[key]) !== canonicalJson(before[key]))
      at.found.push({ pointer: at.pointer, detail: `${key} changed, and may refuse more`, certain: false });
  }
}

function compareTypes(before: Schema, after: Schema, at: At): void {
  const [old, now] = [typesOf(before), typesOf(after)];
  const gone = old.filter((type) => !now.includes(type) && !(type === 'integer' && now.includes('number')));
  if (gone.length > 0) tell(at, `does not take ${gone.join(', ')} any more`);
}

function compareValues(before: Schema, after: Schema, at: At): void {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  if (now === null) return;
  if (old === null) return tell(at, `must be one of ${now.join(', ')}`);
  const gone = old.filter((value) => !now.includes(value));
  if (gone.length > 0) tell(at, `does not take ${gone.join(', ')} any more`);
}

function compareBounds(before: Schema, after: Schema, at: At): void {
  const check = (key: string, isStricter: (now: number, old: number) => boolean) => {
    const [old, now] = [before[key], after[key]];
    if (typeof now !== 'number' || (typeof old === 'number' && !isStricter(now, old))) return;
    tell(at, typeof old === 'number' ? `${key} is ${now}, was ${old}` : `${key} is ${now}, was none`);
  };
  for (const key of LOWER_BOUNDS) check(key, (now, old) => now > old);
  for (const key of UPPER_BOUNDS) check(key, (now, old) => now < old);
}

function compareProperties(before: Schema, after: Schema, at: At): void {
  const [old, now] = [recordOf(before.properties), recordOf(after.properties)];
  const required = namesOf(before.required);
  for (const name of namesOf(after.required)) {
    if (!required.includes(name)) tell(inside(at, name), 'is required now');
  }
  for (const name of Object.keys(now)) {
    const was = Object.hasOwn(old, name) ? old[name] : before.additionalProperties;
    compare(schemaOf(was), schemaOf(now[name]), inside(at, name));
  }
  for (const name of Object.keys(old)) {
    if (!Object.hasOwn(now, name))
      compare(schemaOf(old[name]), schemaOf(after.additionalProperties), inside(at, name));
  }
  if ('additionalProperties' in after)
    compare(schemaOf(before.additionalProperties), schemaOf(after.additionalProperties), inside(at, '*'));
}

function tell(at: At, detail: string): void {
  at.found.push({ pointer: at.pointer, detail, certain: true });
}

function inside(at: At, name: string): At {
  return { pointer: `${at.pointer}/${pointerToken(name)}`, found: at.found };
}

/** True and absent take everything. */
function schemaOf(value: unknown): Schema | false {
  return value === false ? false : recordOf(value);
}

function recordOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

function typesOf(schema: Schema): string[] {
  if (typeof schema.type === 'string') return [schema.type];
  return Array.isArray(schema.type) ? namesOf(schema.type) : TYPES;
}

/** The values of `enum` or `const`, as JSON; null: any. */
function valuesOf(schema: Schema): string[] | null {
  if ('const' in schema) return [canonicalJson(schema.const)];
  return Array.isArray(schema.enum) ? schema.enum.map(canonicalJson) : null;
}
