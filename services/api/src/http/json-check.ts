import { ProblemError } from '../problems/problem.error.js';

/**
 * Levels of arrays and objects in a JSON body. Far above what anybody writes, and far below what ends the
 * stack of the parsers, serialisers and expressions that the value meets later.
 */
export const JSON_DEPTH_MAX = 256;

/** A number that may be beyond the range of a double: a large exponent, or very many digits. */
const MAYBE_HUGE = /[eE]\+?\d{3}|\d{309}/;

/**
 * Why a body is refused that is JSON as far as its grammar goes, or that the parser refused for another
 * reason than its grammar. `parsed` is absent when the parser refused the text.
 */
export function refusedJson(text: string, parsed: { value: unknown } | undefined): ProblemError | undefined {
  if (depthOf(text) > JSON_DEPTH_MAX) {
    return new ProblemError(
      'malformed-body',
      `The JSON is nested deeper than jsonDepthMax: at most ${JSON_DEPTH_MAX} levels. Send it flatter, or as an artifact.`,
    );
  }
  if (parsed === undefined) return dangerousKey(text);
  if (!MAYBE_HUGE.test(text) || isFinite(parsed.value)) return undefined;
  return new ProblemError(
    'malformed-body',
    'The JSON has a number beyond the range of a double (about 1.8e308). Send it as a string.',
  );
}

/** The deepest nesting. Counts brackets outside strings; every level takes two of them. */
function depthOf(text: string): number {
  if (text.length <= 2 * JSON_DEPTH_MAX) return 0;
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

/** The parser refuses keys that would change the prototype of objects; that is not a mistake in the JSON. */
function dangerousKey(text: string): ProblemError | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return new ProblemError(
    'malformed-body',
    'The keys "__proto__" and "constructor" with "prototype" inside are not taken. Rename them.',
  );
}

function isFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFinite);
}
