import type { CompiledTemplate, VariableSource } from './compiled.types.js';
import { EvaluationError } from './evaluation-error.js';

type Parts = Record<string, CompiledTemplate | undefined>;

/** An object out of its parts. A part that is missing, or yields undefined, is left out. */
export function objectOf(parts: Parts): CompiledTemplate {
  const entries = Object.entries(parts).filter((entry): entry is [string, CompiledTemplate] => !!entry[1]);
  return {
    constant: false,
    evaluate(input: unknown, variables: VariableSource) {
      const values = entries.map(([name, part]) => [name, part.evaluate(input, variables)] as const);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined));
    },
  };
}

/** The same template, whose value must be a text. `what` begins the sentence of the error. */
export function textIn<T extends CompiledTemplate | undefined>(template: T, what: string): T {
  return checked(template, (value) => {
    if (typeof value !== 'string') throw new EvaluationError('expression', `${what} must be a text`);
    return value;
  });
}

/** The same template, whose value must be an object; null is none. */
export function recordIn<T extends CompiledTemplate | undefined>(template: T, what: string): T {
  return checked(template, (value) => (value === null ? undefined : record(value, what)));
}

/** The same template, whose value must be an object of texts; other values in it become their JSON text. */
export function textsIn<T extends CompiledTemplate | undefined>(template: T, what: string): T {
  return checked(template, (value) => {
    if (value === null) return undefined;
    const entries = Object.entries(record(value, what)).filter(([, item]) => item !== null);
    return Object.fromEntries(entries.map(([name, item]) => [name, textOf(item)]));
  });
}

/** The same template, whose value must be a list of texts. */
export function textListIn(template: CompiledTemplate, what: string): CompiledTemplate {
  return checked(template, (value) => {
    if (Array.isArray(value)) return value.map(textOf);
    throw new EvaluationError('expression', `${what} must be a list of texts`);
  });
}

/** A template that is not there stays so. */
function checked<T extends CompiledTemplate | undefined>(template: T, check: (value: unknown) => unknown): T {
  if (template === undefined) return template;
  const checking: CompiledTemplate = {
    constant: false,
    evaluate: (input, variables) => check(template.evaluate(input, variables)),
  };
  return checking as T;
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new EvaluationError('expression', `${what} must be an object`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
