import { DEPTH_MAX } from './compare.js';
import type { Runtime } from './limits.js';
import { getField, kindOf, type JqObject } from './values.js';

/**
 * jq's number text: the shortest digits that read back the same, in exponent form from 1e17 up and below
 * 1e-4.
 */
export function formatNumber(value: number): string {
  if (value !== value) {
    return 'null';
  }
  if (Number.isInteger(value) && Math.abs(value) < 1e15) {
    return Object.is(value, -0) ? '-0' : String(value);
  }
  const finite =
    value > Number.MAX_VALUE ? Number.MAX_VALUE : value < -Number.MAX_VALUE ? -Number.MAX_VALUE : value;
  const [mantissa = '', exponentText = '0'] = Math.abs(finite).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  return (finite < 0 ? '-' : '') + placePoint(digits, Number(exponentText) + 1);
}

function placePoint(digits: string, pointAt: number): string {
  if (pointAt <= -4 || pointAt > digits.length + 15) {
    const exponent = pointAt - 1;
    const size = String(Math.abs(exponent)).padStart(2, '0');
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (pointAt <= 0) {
    return `0.${'0'.repeat(-pointAt)}${digits}`;
  }
  return digits.length <= pointAt
    ? digits.padEnd(pointAt, '0')
    : `${digits.slice(0, pointAt)}.${digits.slice(pointAt)}`;
}

const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f]/;
const ESCAPES = /["\\\u0000-\u001f\u007f]/g;
const SHORT_ESCAPES = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) {
    return `"${text}"`;
  }
  const escaped = text.replace(
    ESCAPES,
    (char) => SHORT_ESCAPES.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

interface Frame {
  readonly value: unknown;
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  at: number;
}

function openFrame(value: unknown): Frame {
  if (Array.isArray(value)) {
    return { value, keys: undefined, length: value.length, at: 0 };
  }
  const keys = Object.keys(value as JqObject);
  return { value, keys, length: keys.length, at: 0 };
}

function scalar(value: unknown): string | undefined {
  switch (kindOf(value)) {
    case 'string':
      return quote(value as string);
    case 'number':
      return formatNumber(value as number);
    case 'boolean':
      return value === true ? 'true' : 'false';
    case 'null':
      return 'null';
    default:
      return undefined;
  }
}

/**
 * JSON text the way jq writes it. Own code rather than JSON.stringify, which calls `toJSON` and getters,
 * formats
 * numbers differently and overflows the stack on deep values. Stops early once longer than `lengthMax`.
 */
function write(value: unknown, lengthMax: number): string {
  const stack: Frame[] = [];
  let text = '';
  let current: unknown = value;
  for (;;) {
    const simple = stack.length > DEPTH_MAX ? '<skipped: too deep>' : scalar(current);
    if (simple !== undefined) {
      text += simple;
    } else {
      const frame = openFrame(current);
      text += frame.keys === undefined ? '[' : '{';
      stack.push(frame);
    }
    text += closeFrames(stack);
    const top = stack.at(-1);
    if (top === undefined || text.length > lengthMax) {
      return text;
    }
    text += top.at > 0 ? ',' : '';
    const key = top.keys?.[top.at];
    if (key === undefined) {
      current = (top.value as unknown[])[top.at];
    } else {
      text += `${quote(key)}:`;
      current = getField(top.value as JqObject, key);
    }
    top.at += 1;
  }
}

function closeFrames(stack: Frame[]): string {
  let text = '';
  for (let top = stack.at(-1); top !== undefined && top.at === top.length; top = stack.at(-1)) {
    text += top.keys === undefined ? ']' : '}';
    stack.pop();
  }
  return text;
}

/** `tojson`, within the run's limit on strings. */
export function toJson(value: unknown, runtime: Runtime): string {
  const text = write(value, runtime.limits.stringLength);
  runtime.spend(text.length >> 4);
  return runtime.string(text);
}

/** `tostring`: a string is itself, all else is its JSON text. */
export function toText(value: unknown, runtime: Runtime): string {
  return typeof value === 'string' ? value : toJson(value, runtime);
}

/** JSON text of any length, for a message about a value; not bounded by a run. */
export function describe(value: unknown): string {
  return write(value, 1_000);
}

const DUMP_BYTES_MAX = 29;

function utf8Length(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

/** The longest prefix of whole code points within a number of UTF-8 bytes. */
function bytePrefix(text: string, bytesMax: number): string {
  let bytes = 0;
  let end = 0;
  for (const char of text) {
    bytes += utf8Length(char.codePointAt(0) as number);
    if (bytes > bytesMax) {
      return text.slice(0, end);
    }
    end += char.length;
  }
  return text;
}

/** The shortened value jq puts into its error messages: at most 29 bytes, cut ones marked by dots. */
export function dumpShort(value: unknown): string {
  const text = write(typeof value === 'string' ? value.slice(0, 64) : value, 128);
  if (bytePrefix(text, DUMP_BYTES_MAX) === text) {
    return text;
  }
  const closing = { '"': '"', '[': ']', '{': '}' }[text[0] as string] ?? '';
  return `${bytePrefix(text, closing === '' ? 26 : 25)}...${closing}`;
}

/** `kind (value)`, the way jq's messages name a value. */
export function nameValue(value: unknown): string {
  return `${kindOf(value)} (${dumpShort(value)})`;
}
