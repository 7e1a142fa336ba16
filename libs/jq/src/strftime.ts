import { fromSeconds, MONTHS, toSeconds, WEEKDAYS, type BrokenTime } from './dates.js';

type Formatter = (
  time: BrokenTime,
) => string | { readonly value: number; readonly width: number; readonly pad?: string };

const hour12 = (time: BrokenTime): number => time.hour % 12 || 12;
const weekday = (time: BrokenTime): string => WEEKDAYS[time.weekday] ?? '?';
const month = (time: BrokenTime): string => MONTHS[time.month] ?? '?';
const half = (time: BrokenTime): string => (time.hour < 12 ? 'AM' : 'PM');
const two = (value: number): { value: number; width: number } => ({ value, width: 2 });

/** ISO 8601: weeks start on Monday, and the first holds the year's first Thursday. */
function isoWeek(time: BrokenTime): { readonly year: number; readonly week: number } {
  const thursday = fromSeconds(toSeconds({ ...time, day: time.day - ((time.weekday + 6) % 7) + 3 }));
  return { year: thursday.year, week: Math.floor(thursday.yearDay / 7) + 1 };
}

/** The C locale's conversions; composite ones are written as further format strings. */
const SIMPLE: ReadonlyMap<string, Formatter> = new Map<string, Formatter>([
  ['a', (time) => weekday(time).slice(0, 3)],
  ['A', weekday],
  ['b', (time) => month(time).slice(0, 3)],
  ['h', (time) => month(time).slice(0, 3)],
  ['B', month],
  ['C', (time) => two(Math.floor(time.year / 100))],
  ['d', (time) => two(time.day)],
  ['e', (time) => ({ value: time.day, width: 2, pad: ' ' })],
  ['g', (time) => two(isoWeek(time).year % 100)],
  ['G', (time) => ({ value: isoWeek(time).year, width: 4 })],
  ['H', (time) => two(time.hour)],
  ['I', (time) => two(hour12(time))],
  ['j', (time) => ({ value: time.yearDay + 1, width: 3 })],
  ['k', (time) => ({ value: time.hour, width: 2, pad: ' ' })],
  ['l', (time) => ({ value: hour12(time), width: 2, pad: ' ' })],
  ['m', (time) => two(time.month + 1)],
  ['M', (time) => two(time.minute)],
  ['n', () => '\n'],
  ['p', half],
  ['P', (time) => half(time).toLowerCase()],
  ['s', (time) => ({ value: toSeconds(time), width: 1 })],
  ['S', (time) => two(time.second)],
  ['t', () => '\t'],
  ['u', (time) => ({ value: time.weekday || 7, width: 1 })],
  ['U', (time) => two(Math.floor((time.yearDay + 7 - time.weekday) / 7))],
  ['V', (time) => two(isoWeek(time).week)],
  ['w', (time) => ({ value: time.weekday, width: 1 })],
  ['W', (time) => two(Math.floor((time.yearDay + 7 - ((time.weekday + 6) % 7)) / 7))],
  ['y', (time) => two(((time.year % 100) + 100) % 100)],
  ['Y', (time) => ({ value: time.year, width: 1 })],
  ['z', () => '+0000'],
  ['Z', () => 'UTC'],
  ['%', () => '%'],
]);

const COMPOSITE: ReadonlyMap<string, string> = new Map([
  ['c', '%a %b %e %H:%M:%S %Y'],
  ['D', '%m/%d/%y'],
  ['F', '%Y-%m-%d'],
  ['r', '%I:%M:%S %p'],
  ['R', '%H:%M'],
  ['T', '%H:%M:%S'],
  ['x', '%m/%d/%y'],
  ['X', '%H:%M:%S'],
]);

const CONVERSION = /%([-_0^#]*)(\d{0,3})[EO]?([a-zA-Z%])/g;

function pad(value: number, width: number, fill: string): string {
  const digits = String(Math.abs(value)).padStart(value < 0 ? width - 1 : width, fill);
  return value < 0 ? `-${digits}` : digits;
}

/**
 * C's strftime in the C locale and UTC, with GNU's padding flags; unknown conversions stand for themselves.
 */
export function strftime(format: string, time: BrokenTime): string {
  return format.replace(CONVERSION, (whole, flags: string, width: string, letter: string) => {
    const composite = COMPOSITE.get(letter);
    if (composite !== undefined) {
      return strftime(composite, time);
    }
    const part = SIMPLE.get(letter)?.(time);
    if (part === undefined) {
      return whole;
    }
    if (typeof part === 'string') {
      return flags.includes('^') ? part.toUpperCase() : part;
    }
    const fill = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : (part.pad ?? '0');
    return flags.includes('-')
      ? String(part.value)
      : pad(part.value, width === '' ? part.width : Number(width), fill);
  });
}
