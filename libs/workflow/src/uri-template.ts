import type { CompiledTemplate } from './compiled.types.js';
import { EvaluationError } from './evaluation-error.js';
import { constantTemplate } from './template.js';

const VARIABLE = /\{([^{}]*)\}/g;

/**
 * A URI with `{name}` parts (RFC 6570 simple string expansion), filled from the top-level properties of the
 * task's input. As the DSL reference has it: a name is taken verbatim, a missing value is empty, an object or
 * array is an error.
 */
export function compileUri(uri: string): CompiledTemplate {
  if (!uri.includes('{')) return constantTemplate(uri);
  return {
    constant: false,
    evaluate: (input) => uri.replaceAll(VARIABLE, (_, name: string) => expand(input, name)),
  };
}

function expand(input: unknown, name: string): string {
  const object = typeof input === 'object' && input !== null && !Array.isArray(input);
  const value = object && Object.hasOwn(input, name) ? (input as Record<string, unknown>)[name] : undefined;
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') {
    throw new EvaluationError('expression', `{${name}} in the URI is not a text, a number or a boolean`);
  }
  return encodeURIComponent(String(value as string | number | boolean));
}
