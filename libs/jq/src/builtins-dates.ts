import { fromSeconds, toSeconds, type BrokenTime } from './dates.js';
import { raise } from './errors.js';
import type { Runtime } from './limits.js';
import { strftime } from './strftime.js';
import { strptime } from './strptime.js';
import type { ValueFunction } from './value-function.js';

/** Beyond this many seconds a year no longer fits C's int. */
const SECONDS_MAX = 67_767_976_233_532_800;

function partsOf(time: BrokenTime, seconds = time.second): number[] {
  return [time.year, time.month, time.day, time.hour, time.minute, seconds, time.weekday, time.yearDay];
}

function breakDown(seconds: number): BrokenTime {
  const whole = Math.trunc(seconds);
  return whole !== whole || Math.abs(whole) > SECONDS_MAX
    ? raise('error converting number of seconds since epoch to datetime')
    : fromSeconds(whole);
}

function gmtime(input: unknown, name: string): number[] {
  if (typeof input !== 'number') {
    return raise(`${name}() requires numeric inputs`);
  }
  const time = breakDown(input);
  return partsOf(time, time.second + (input - Math.floor(input)));
}

/**
 * The seconds a broken-down time stands for; undefined when it is none. Parts left out count as zero, as in
 * jq.
 */
function secondsOf(input: readonly unknown[]): number | undefined {
  const parts: number[] = [];
  for (const part of input.slice(0, 8)) {
    if (typeof part !== 'number' || part !== part) {
      return undefined;
    }
    parts.push(Math.trunc(Math.max(-0x80000000, Math.min(part, 0x7fffffff))));
  }
  const [year = 1900, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return toSeconds({ year, month, day, hour, minute, second });
}

function mktime(input: unknown): number {
  if (!Array.isArray(input)) {
    return raise('mktime requires array inputs');
  }
  return secondsOf(input) ?? raise('mktime requires parsed datetime inputs');
}

function formatTime(
  input: unknown,
  format: unknown,
  { name, runtime }: { name: string; runtime: Runtime },
): string {
  if (typeof input !== 'number' && !Array.isArray(input)) {
    return raise(`${name} requires parsed datetime inputs`);
  }
  if (typeof input === 'number') {
    breakDown(input);
  }
  if (typeof format !== 'string') {
    return raise(`${name} requires a string format`);
  }
  const seconds = typeof input === 'number' ? Math.trunc(input) : secondsOf(input);
  if (seconds === undefined) {
    return raise(`${name} requires parsed datetime inputs`);
  }
  const text = runtime.string(strftime(format, fromSeconds(seconds)));
  return text === '' && format !== '' ? raise(`${name}: unknown system failure`) : text;
}

function parseTime(input: unknown, format: unknown): unknown[] {
  if (typeof input !== 'string' || typeof format !== 'string') {
    return raise('strptime/1 requires string inputs and arguments');
  }
  const parsed = strptime(input, format);
  if (parsed === undefined || (parsed.rest !== '' && !/^\s/.test(parsed.rest))) {
    return raise(`date "${input}" does not match format "${format}"`);
  }
  const parts: unknown[] = partsOf(parsed.time);
  return parsed.rest === '' ? parts : [...parts, parsed.rest];
}

/** Functions of time. Local time is UTC: the result must not depend on the machine a program runs on. */
export const DATE_FUNCTIONS: readonly (readonly [string, ValueFunction])[] = [
  ['now/0', () => Date.now() / 1000],
  ['gmtime/0', (input) => gmtime(input, 'gmtime')],
  ['localtime/0', (input) => gmtime(input, 'localtime')],
  ['mktime/0', mktime],
  ['strftime/1', (input, [format], runtime) => formatTime(input, format, { name: 'strftime/1', runtime })],
  [
    'strflocaltime/1',
    (input, [format], runtime) => formatTime(input, format, { name: 'strflocaltime/1', runtime }),
  ],
  ['strptime/1', (input, [format]) => parseTime(input, format)],
];
