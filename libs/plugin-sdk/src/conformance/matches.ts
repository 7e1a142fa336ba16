import { isRecord } from './sample.js';

/**
 * Where a value is not as an example has it, or null: every property that the example names has to be there
 * with that value, lists have the same length.
 */
export function mismatch(actual: unknown, wanted: unknown, path = ''): string | null {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(actual) || actual.length !== wanted.length) return told(path, actual, wanted);
    return firstOf(wanted.map((item, at) => () => mismatch(actual[at], item, `${path}/${at}`)));
  }
  if (isRecord(wanted)) {
    if (!isRecord(actual)) return told(path, actual, wanted);
    return firstOf(
      Object.entries(wanted).map(
        ([name, value]) =>
          () =>
            mismatch(actual[name], value, `${path}/${name}`),
      ),
    );
  }
  return Object.is(actual, wanted) ? null : told(path, actual, wanted);
}

function firstOf(looks: readonly (() => string | null)[]): string | null {
  for (const look of looks) {
    const found = look();
    if (found !== null) return found;
  }
  return null;
}

function told(path: string, actual: unknown, wanted: unknown): string {
  return `${path || 'the output'} is ${short(actual)}, where the example has ${short(wanted)}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'not there';
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
