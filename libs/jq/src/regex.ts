import { raise } from './errors.js';
import { nameValue } from './json-write.js';
import type { Runtime } from './limits.js';
import { add } from './operators.js';
import { RegexProgram } from './regex-match.js';
import { parseRegex } from './regex-parse.js';
import { hasNoSurrogates, kindOf, setField, type JqObject } from './values.js';
import type { ValueFunction } from './value-function.js';

interface Flags {
  readonly isGlobal: boolean;
  readonly isIgnoringCase: boolean;
  readonly isExtended: boolean;
  readonly isDotAll: boolean;
  readonly isLongest: boolean;
  readonly isNotEmpty: boolean;
}

function readFlags(flags: unknown): Flags {
  if (flags !== null && flags !== undefined && typeof flags !== 'string') {
    return raise(`${nameValue(flags)} is not a string`);
  }
  const text = flags ?? '';
  if (!/^[gixmspln]*$/.test(text)) {
    raise(`${text} is not a valid modifier string`);
  }
  return {
    isGlobal: text.includes('g'),
    isIgnoringCase: text.includes('i'),
    isExtended: text.includes('x'),
    isDotAll: text.includes('m') || text.includes('p'),
    isLongest: text.includes('l'),
    isNotEmpty: text.includes('n'),
  };
}

const CACHE_MAX = 100;
const programs = new Map<string, RegexProgram>();

/**
 * Patterns are nearly always constants, so compiled ones are kept; what is kept depends on the pattern alone.
 */
function programFor(pattern: string, { isIgnoringCase, isExtended, isDotAll }: Flags): RegexProgram {
  const key = `${isIgnoringCase ? 'i' : ''}${isExtended ? 'x' : ''}${isDotAll ? 'm' : ''}/${pattern}`;
  let program = programs.get(key);
  if (program === undefined) {
    program = new RegexProgram(
      parseRegex(pattern, { isIgnoringCase, isExtended, isDotAll, isSingleLine: true }),
    );
    if (programs.size >= CACHE_MAX) {
      programs.delete(programs.keys().next().value as string);
    }
    programs.set(key, program);
  }
  return program;
}

interface MatchRequest {
  readonly pattern: unknown;
  readonly flags: unknown;
  readonly isTest: boolean;
  readonly runtime: Runtime;
}

/** `_match_impl`: whether the pattern occurs, or all match objects. */
export function matchRegex(input: unknown, { pattern, flags, isTest, runtime }: MatchRequest): unknown {
  if (typeof input !== 'string') {
    return raise(`${nameValue(input)} cannot be matched, as it is not a string`);
  }
  if (typeof pattern !== 'string') {
    return raise(`${nameValue(pattern)} is not a string`);
  }
  const read = readFlags(flags);
  if (input.length > runtime.limits.regexInputLength) {
    runtime.over('regexInputLength');
  }
  runtime.spend(input.length >> 3);
  const program = programFor(pattern, read);
  const codes = codesOf(input);
  const matches: JqObject[] = [];
  for (let from = 0; from <= codes.length;) {
    const groups = program.search(codes, from, { ...read, runtime });
    if (groups === undefined) {
      break;
    }
    if (isTest) {
      return true;
    }
    matches.push(matchObject(program, codes, groups));
    runtime.checkArrayLength(matches.length);
    const [start = 0, end = 0] = groups;
    from = end === start ? end + 1 : end;
    if (!read.isGlobal) {
      break;
    }
  }
  return isTest ? false : matches;
}

function codesOf(text: string): number[] {
  const codes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) as number;
    codes.push(code);
    at += code > 0xffff ? 1 : 0;
  }
  return codes;
}

function textOf(codes: readonly number[], start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) {
    text += String.fromCodePoint(codes[at] as number);
  }
  return text;
}

function matchObject(program: RegexProgram, codes: readonly number[], groups: readonly number[]): JqObject {
  const [start = 0, end = 0] = groups;
  const captures: JqObject[] = [];
  const isEmpty = start === end;
  for (let index = 1; index <= program.parsed.groupCount; index += 1) {
    const from = groups[index * 2 + 1] === -1 ? -1 : (groups[index * 2] as number);
    const to = groups[index * 2 + 1] as number;
    const name = program.parsed.names.get(index) ?? null;
    // The order of the keys is jq's, which writes those of an empty capture in another order.
    if (from === -1) {
      captures.push({ offset: -1, string: null, length: 0, name });
    } else if (isEmpty || from === to) {
      captures.push({ offset: isEmpty ? start : from, string: '', length: 0, name });
    } else {
      captures.push({ offset: from, length: to - from, string: textOf(codes, from, to), name });
    }
  }
  return { offset: start, length: end - start, string: textOf(codes, start, end), captures };
}

/** The pattern and flags of an argument that is a string or an array of both. */
function patternOf(argument: unknown): { readonly pattern: unknown; readonly flags: unknown } {
  if (typeof argument === 'string') {
    return { pattern: argument, flags: null };
  }
  return Array.isArray(argument) && argument.length > 0
    ? { pattern: argument[0] as unknown, flags: (argument[1] ?? null) as unknown }
    : raise(`${kindOf(argument)} not a string or array`);
}

/** The named captures of a match, as `capture` gives them and `sub` hands them to its replacement. */
export function captureObject(match: JqObject): JqObject {
  const object: JqObject = {};
  for (const capture of match.captures as JqObject[]) {
    if (typeof capture.name === 'string') {
      setField(object, capture.name, capture.string);
    }
  }
  return object;
}

/** Functions of regular expressions; those that give a stream are built on these by the prelude. */
export const REGEX_FUNCTIONS: readonly (readonly [string, ValueFunction])[] = [
  [
    'test/1',
    (input, [argument], runtime) => matchRegex(input, { ...patternOf(argument), isTest: true, runtime }),
  ],
  [
    'test/2',
    (input, [pattern, flags], runtime) => matchRegex(input, { pattern, flags, isTest: true, runtime }),
  ],
  [
    '_matches/1',
    (input, [argument], runtime) => matchRegex(input, { ...patternOf(argument), isTest: false, runtime }),
  ],
  [
    '_match_impl/3',
    (input, [pattern, flags, isTest], runtime) =>
      matchRegex(input, { pattern, flags, isTest: isTest === true, runtime }),
  ],
  ['_capture_object/0', (match) => captureObject(match as JqObject)],
];

/** Replaces matches in one pass, when the replacement gives exactly one value for each. */
export function substitute(
  input: unknown,
  request: Omit<MatchRequest, 'isTest'>,
  replace: (captures: JqObject) => unknown,
): unknown {
  const { runtime } = request;
  const matches = matchRegex(input, { ...request, isTest: false }) as JqObject[];
  if (matches.length === 0) {
    return input;
  }
  const text = input as string;
  const points = hasNoSurrogates(text) ? undefined : Array.from(text);
  const slice = (from: number, to?: number): string =>
    points === undefined ? text.slice(from, to) : points.slice(from, to).join('');
  let result: unknown = null;
  let previous = 0;
  for (const match of matches) {
    const gap = slice(previous, match.offset as number);
    result = add(result, add(gap, replace(captureObject(match)), runtime), runtime);
    previous = (match.offset as number) + (match.length as number);
  }
  return add(result, slice(previous), runtime);
}
