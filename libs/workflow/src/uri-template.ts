import type { CompiledTemplate } from './compiled.types.js';
import { EvaluationError } from './evaluation-error.js';
import { constantTemplate } from './template.js';

const VARIABLE = /\{([^{}]*)\}/g;
/** A path segment that addresses read as "here" and "one up", spelt out or encoded. */
const DOTS = /^(?:\.|%2e){1,2}$/i;

/**
 * A URI with `{name}` parts (RFC 6570 simple string expansion), filled from the top-level properties of the
 * task's input. As the DSL reference has it: a name is taken verbatim, a missing value is empty, an object or
 * array is an error. So is a part of the path that becomes `.` or `..`.
 */
export function compileUri(uri: string): CompiledTemplate {
  if (!uri.includes('{')) return constantTemplate(uri);
  const path = (/^[^?#]*/.exec(uri) as RegExpExecArray)[0];
  const segments = path.split(/[/\\]/).filter((segment) => segment.includes('{'));
  return {
    constant: false,
    evaluate(input) {
      for (const segment of segments) checkSegment(segment, filled(segment, input));
      return filled(uri, input);
    },
  };
}

function filled(text: string, input: unknown): string {
  return text.replaceAll(VARIABLE, (_, name: string) => expand(input, name));
}

/** What is filled in names something inside the path; dots would lead out of it, encoded or not. */
function checkSegment(segment: string, value: string): void {
  if (!DOTS.test(value)) return;
  throw new EvaluationError('expression', `${segment} in the URI is "${value}", which leads out of its path`);
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
