import { raise } from './errors.js';
import { nameValue } from './json-write.js';
import type { Runtime } from './limits.js';
import { splitText } from './operators.js';
import { codePointLength, hasNoSurrogates } from './values.js';
import type { ValueFunction } from './value-function.js';

/** Offsets, in code points, where a string occurs in another, overlaps included. */
export function strindices(text: unknown, wanted: unknown): number[] {
  if (typeof text !== 'string') {
    return raise(`${nameValue(text)} cannot be searched, as it is not a string`);
  }
  if (typeof wanted !== 'string') {
    return raise(`${nameValue(wanted)} is not a string`);
  }
  const found: number[] = [];
  if (wanted === '') {
    return found;
  }
  const isPlain = hasNoSurrogates(text);
  let points = 0;
  let counted = 0;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    points += isPlain ? at - counted : codePointLength(text.slice(counted, at));
    counted = at;
    found.push(points);
  }
  return found;
}

function startsWith(input: unknown, prefix: unknown): boolean {
  return typeof input === 'string' && typeof prefix === 'string'
    ? input.startsWith(prefix)
    : raise('startswith() requires string inputs');
}

function endsWith(input: unknown, suffix: unknown): boolean {
  return typeof input === 'string' && typeof suffix === 'string'
    ? input.endsWith(suffix)
    : raise('endswith() requires string inputs');
}

function trimPrefix(input: unknown, prefix: unknown): unknown {
  return startsWith(input, prefix) ? (input as string).slice((prefix as string).length) : input;
}

function trimSuffix(input: unknown, suffix: unknown): unknown {
  return endsWith(input, suffix)
    ? (input as string).slice(0, (input as string).length - (suffix as string).length)
    : input;
}

/** Unicode White_Space, which is not quite what the host's own trim removes. */
const SPACE = '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${SPACE}+`);
const SPACE_CHAR = new RegExp(SPACE);

function trimEnd(text: string): string {
  // A loop, because a pattern anchored at the end takes quadratic time on long runs of space.
  let end = text.length;
  while (end > 0 && SPACE_CHAR.test(text[end - 1] as string)) {
    end -= 1;
  }
  return text.slice(0, end);
}

function trim(input: unknown, side: 'left' | 'right' | 'both'): string {
  if (typeof input !== 'string') {
    return raise('trim input must be a string');
  }
  const left = side === 'right' ? input : input.replace(LEADING, '');
  return side === 'left' ? left : trimEnd(left);
}

function explode(input: unknown, runtime: Runtime): number[] {
  if (typeof input !== 'string') {
    return raise('explode input must be a string');
  }
  runtime.checkArrayLength(input.length);
  return Array.from(input, (char) => {
    const code = char.codePointAt(0) as number;
    return code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
  });
}

function implode(input: unknown, runtime: Runtime): string {
  if (!Array.isArray(input)) {
    return raise('implode input must be an array');
  }
  runtime.checkStringLength(input.length);
  let text = '';
  for (const code of input as unknown[]) {
    if (typeof code !== 'number' || code !== code) {
      return raise(`${nameValue(code)} can't be imploded, unicode codepoint needs to be numeric`);
    }
    const point = Math.trunc(code);
    const isValid = point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    text += isValid ? String.fromCodePoint(point) : '\ufffd';
  }
  return text;
}

function changeCase(input: unknown, pattern: RegExp, change: (text: string) => string): string {
  return typeof input === 'string' ? input.replace(pattern, change) : raise('explode input must be a string');
}

function split(input: unknown, separator: unknown, runtime: Runtime): string[] {
  return typeof input === 'string' && typeof separator === 'string'
    ? splitText(input, separator, runtime)
    : raise('split input and separator must be strings');
}

/** Functions of strings. */
export const STRING_FUNCTIONS: readonly (readonly [string, ValueFunction])[] = [
  ['_strindices/1', (input, [wanted]) => strindices(input, wanted)],
  ['startswith/1', (input, [prefix]) => startsWith(input, prefix)],
  ['endswith/1', (input, [suffix]) => endsWith(input, suffix)],
  ['ltrimstr/1', (input, [prefix]) => trimPrefix(input, prefix)],
  ['rtrimstr/1', (input, [suffix]) => trimSuffix(input, suffix)],
  ['trimstr/1', (input, [affix]) => trimSuffix(trimPrefix(input, affix), affix)],
  ['trim/0', (input) => trim(input, 'both')],
  ['ltrim/0', (input) => trim(input, 'left')],
  ['rtrim/0', (input) => trim(input, 'right')],
  ['explode/0', (input, _args, runtime) => explode(input, runtime)],
  ['implode/0', (input, _args, runtime) => implode(input, runtime)],
  ['ascii_downcase/0', (input) => changeCase(input, /[A-Z]+/g, (text) => text.toLowerCase())],
  ['ascii_upcase/0', (input) => changeCase(input, /[a-z]+/g, (text) => text.toUpperCase())],
  ['split/1', (input, [separator], runtime) => split(input, separator, runtime)],
];
