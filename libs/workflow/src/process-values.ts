import { EvaluationError } from './evaluation-error.js';

/** A value as the text that a process is given: texts as they are, everything else as JSON. */
export function processText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** What has to be a text. Throws EvaluationError. */
export function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new EvaluationError('expression', `The ${what} must be a text`);
}

/** `arguments` of a process. */
export function processArguments(value: unknown): string[] {
  return Array.isArray(value) ? value.map(processText) : [];
}

/** `environment`, `ports` or `volumes` of a process as texts; a value that is null is left out. */
export function processMap(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([name, item]) => [name, processText(item)]));
}
