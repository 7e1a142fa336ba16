import { valueAt } from './pointer';
import type { Field } from './fields';

export interface Fault {
  pointer: string;
  text: string;
}

/**
 * What is plainly wrong with the values, beside the field, before anything is sent. The hub checks against
 * the whole schema again; this only saves a round trip for what a person can see.
 */
export function faultsOf(field: Field, value: unknown): Fault[] {
  if (field.kind === 'object') {
    const own = valueAt(value, field.pointer);
    if ((own === undefined || own === null) && !field.required) return [];
    return field.children.flatMap((child) => faultsOf(child, value));
  }
  const own = valueAt(value, field.pointer);
  const text = faultOf(field, own);
  return text === null ? [] : [{ pointer: field.pointer, text }];
}

function faultOf({ kind, required, nullable, schema }: Field, value: unknown): string | null {
  if (value === undefined || (value === null && !nullable)) return required ? 'This is needed.' : null;
  if (value === null) return null;
  if (kind === 'number' || kind === 'integer') return numberFault(kind, schema, value);
  if (typeof value === 'string') return textFault(schema, value, required);
  return null;
}

function numberFault(kind: string, schema: Record<string, unknown>, value: unknown): string | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'This is not a number.';
  if (kind === 'integer' && !Number.isInteger(value)) return 'This must be a whole number.';
  if (typeof schema['minimum'] === 'number' && value < schema['minimum'])
    return `At least ${schema['minimum']}.`;
  if (typeof schema['maximum'] === 'number' && value > schema['maximum'])
    return `At most ${schema['maximum']}.`;
  return null;
}

function textFault(schema: Record<string, unknown>, value: string, required: boolean): string | null {
  if (value === '' && required && Number(schema['minLength'] ?? 0) > 0) return 'This is needed.';
  if (typeof schema['pattern'] === 'string' && !matches(schema['pattern'], value))
    return patternWords(schema['pattern']);
  if (typeof schema['maxLength'] === 'number' && value.length > schema['maxLength'])
    return `At most ${schema['maxLength']} characters.`;
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
