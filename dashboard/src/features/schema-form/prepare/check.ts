import { valueAt } from './pointer';
import { entryField, type Field, type Schema } from './fields';
import { MASK, referenceFault, referenceOf } from './reference';

export interface Fault {
  pointer: string;
  text: string;
}

/**
 * What is plainly wrong with the values, beside the field, before anything is sent. The hub checks against
 * the whole schema again; this only saves a round trip for what a person can see.
 */
export function faultsOf(field: Field, value: unknown, root: Schema = {}): Fault[] {
  if (field.kind === 'object') {
    const own = valueAt(value, field.pointer);
    if ((own === undefined || own === null) && !field.required) return [];
    return field.children.flatMap((child) => faultsOf(child, value, root));
  }
  const own = valueAt(value, field.pointer);
  const text = faultOf(field, own);
  const faults = text === null ? [] : [{ pointer: field.pointer, text }];
  if (field.kind !== 'list' || !Array.isArray(own)) return faults;
  return [...faults, ...own.flatMap((_, index) => faultsOf(entryField(field, index, root), value, root))];
}

function faultOf({ kind, required, nullable, secret, schema }: Field, value: unknown): string | null {
  // What a secret is, only the hub knows.
  if (secret && value === MASK) return null;
  if (secret && value === '' && required) return 'This is needed.';
  const reference = kind === 'json' ? null : referenceOf(value);
  if (reference !== null) return referenceFault(reference);
  if (value === undefined || (value === null && !nullable)) return required ? 'This is needed.' : null;
  if (value === null) return null;
  if (kind === 'json' && typeof value === 'string' && /^\s*[[{]/.test(value)) return 'This is not JSON yet.';
  if (kind === 'number' || kind === 'integer') return numberFault(kind, schema, value);
  if (Array.isArray(value)) return listFault(schema, value);
  if (typeof value === 'string') return textFault(schema, value, required);
  return null;
}

function listFault(schema: Schema, { length }: readonly unknown[]): string | null {
  if (typeof schema['minItems'] === 'number' && length < schema['minItems'])
    return `At least ${schema['minItems']} of them.`;
  if (typeof schema['maxItems'] === 'number' && length > schema['maxItems'])
    return `At most ${schema['maxItems']} of them.`;
  return null;
}

function numberFault(kind: string, schema: Record<string, unknown>, value: unknown): string | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'This is not a number.';
  if (kind === 'integer' && !Number.isInteger(value)) return 'This must be a whole number.';
  if (typeof schema['minimum'] === 'number' && value < schema['minimum'])
    return `At least ${schema['minimum']}.`;
  if (typeof schema['maximum'] === 'number' && value > schema['maximum'])
    return `At most ${schema['maximum']}.`;
  if (typeof schema['exclusiveMinimum'] === 'number' && value <= schema['exclusiveMinimum'])
    return `More than ${schema['exclusiveMinimum']}.`;
  if (typeof schema['exclusiveMaximum'] === 'number' && value >= schema['exclusiveMaximum'])
    return `Less than ${schema['exclusiveMaximum']}.`;
  return null;
}

/** Formats that a person can be told about at once, with an example of each. */
const FORMATS: Record<string, [RegExp, string]> = {
  email: [/^[^\s@]+@[^\s@]+$/, 'This is not an address such as ada@example.com.'],
  uuid: [/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, 'This is not a UUID.'],
  time: [/^\d{2}:\d{2}(:\d{2})?/, 'This is not a time such as 14:30:00Z.'],
  'date-time': [/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/i, 'This is not a time such as 2026-01-31T14:30:00Z.'],
};

function textFault(schema: Record<string, unknown>, value: string, required: boolean): string | null {
  if (value === '' && !required) return null;
  if (value === '' && Number(schema['minLength'] ?? 0) > 0) return 'This is needed.';
  if (typeof schema['pattern'] === 'string' && !matches(schema['pattern'], value))
    return patternWords(schema['pattern']);
  if (typeof schema['maxLength'] === 'number' && value.length > schema['maxLength'])
    return `At most ${schema['maxLength']} characters.`;
  if (typeof schema['minLength'] === 'number' && value.length < schema['minLength'])
    return `At least ${schema['minLength']} characters.`;
  const [format, words] = FORMATS[String(schema['format'])] ?? [];
  if (format !== undefined && words !== undefined && !format.test(value)) return words;
  if (schema['format'] === 'uri' && !URL.canParse(value))
    return 'This is not an address such as https://example.com.';
  return null;
}

/** A pattern that this browser cannot read is left to the hub. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function patternWords(pattern: string): string {
  if (pattern.includes('\\d+(\\.\\d+)?')) return 'A decimal number such as 12.50.';
  if (pattern === '^[A-Z]{3}$') return 'Three capital letters such as EUR.';
  return `This must match ${pattern}`;
}

const SMALL_DECIMAL = /^-?\d+(\.\d+)?$/;

/**
 * What was typed as the value of the field's kind. Nothing typed is null where that is allowed, else it is
 * left out.
 */
export function typedValue(field: Pick<Field, 'kind' | 'nullable'>, text: string): unknown {
  if (text === '')
    return field.nullable ? null : field.kind === 'text' || field.kind === 'long-text' ? '' : undefined;
  if (field.kind === 'number' || field.kind === 'integer')
    return SMALL_DECIMAL.test(text) ? Number(text) : text;
  return text;
}
