import { raise } from './errors.js';
import { nameValue, toJson, toText } from './json-write.js';
import type { Runtime } from './limits.js';
import { decodeUtf8 } from './utf8.js';

const HTML = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ["'", '&apos;'],
  ['"', '&quot;'],
]);

/** Applies the format `@name` to a value. */
export function formatValue(name: string, value: unknown, runtime: Runtime): string {
  return runtime.string(format(name, value, runtime));
}

function format(name: string, value: unknown, runtime: Runtime): string {
  switch (name) {
    case 'text':
      return toText(value, runtime);
    case 'json':
      return toJson(value, runtime);
    case 'csv':
      return row(value, { name, separator: ',', cell: csvCell, runtime });
    case 'tsv':
      return row(value, { name, separator: '\t', cell: tsvCell, runtime });
    case 'html':
      return toText(value, runtime).replace(/[&<>'"\0]/g, (char) => HTML.get(char) ?? '\\0');
    case 'uri':
      return toUri(toText(value, runtime));
    case 'urid':
      return fromUri(toText(value, runtime));
    case 'sh':
      return toShell(value, runtime);
    case 'base64':
      return encode(utf8(toText(value, runtime)), BASE64);
    case 'base64d':
      return fromBase64(toText(value, runtime));
    case 'base32':
      return encode(utf8(toText(value, runtime)), BASE32);
    case 'base32d':
      return fromBase32(toText(value, runtime));
    default:
      return raise(`${name} is not a valid format`);
  }
}

interface RowFormat {
  readonly name: string;
  readonly separator: string;
  readonly cell: (text: string) => string;
  readonly runtime: Runtime;
}

function row(value: unknown, { name, separator, cell, runtime }: RowFormat): string {
  if (!Array.isArray(value)) {
    return raise(`${nameValue(value)} cannot be ${name}-formatted, only array`);
  }
  runtime.spend(value.length);
  return value
    .map((element: unknown) => {
      if (typeof element === 'string') {
        return cell(element);
      }
      if (typeof element === 'object' && element !== null) {
        return raise(`${nameValue(element)} is not valid in a csv row`);
      }
      return element === null || element !== element ? '' : toJson(element, runtime);
    })
    .join(separator);
}

function csvCell(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll('\0', '\\0')}"`;
}

const TSV = new Map([
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\n', '\\n'],
  ['\\', '\\\\'],
  ['\0', '\\0'],
]);

function tsvCell(text: string): string {
  return text.replace(/[\t\r\n\\\0]/g, (char) => TSV.get(char) as string);
}

function toShell(value: unknown, runtime: Runtime): string {
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  return words
    .map((word) => {
      if (typeof word === 'string') {
        return `'${word.replaceAll("'", "'\\''").replaceAll('\0', '\\0')}'`;
      }
      return typeof word === 'object' && word !== null
        ? raise(`${nameValue(word)} can not be escaped for shell`)
        : toJson(word, runtime);
    })
    .join(' ');
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function toUri(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function fromUri(text: string): string {
  const refuse = (): never => raise(`${nameValue(text)} is not a valid uri encoding`);
  if (/%(?![0-9a-fA-F]{2})/.test(text)) {
    return refuse();
  }
  try {
    return decodeURIComponent(text);
  } catch {
    // The bytes are not UTF-8; jq has one message for that and for a bad escape.
    return refuse();
  }
}

interface Alphabet {
  readonly characters: string;
  readonly bits: number;
  /** Characters in a full group, to which padding fills up. */
  readonly group: number;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const BASE64: Alphabet = { characters: `${LETTERS}${LETTERS.toLowerCase()}0123456789+/`, bits: 6, group: 4 };
const BASE32: Alphabet = { characters: `${LETTERS}234567`, bits: 5, group: 8 };

function encode(bytes: Uint8Array, { characters, bits, group }: Alphabet): string {
  let text = '';
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    heldBits += 8;
    while (heldBits >= bits) {
      heldBits -= bits;
      text += characters[(held >> heldBits) & ((1 << bits) - 1)] as string;
    }
  }
  if (heldBits > 0) {
    text += characters[(held << (bits - heldBits)) & ((1 << bits) - 1)] as string;
  }
  return text.padEnd(Math.ceil(text.length / group) * group, '=');
}

interface Decoded {
  readonly bytes: number[];
  readonly charCount: number;
}

/** Reads up to the first padding character; undefined when a character is not of the alphabet. */
function decode(text: string, { characters, bits }: Alphabet): Decoded | undefined {
  const bytes: number[] = [];
  const end = text.indexOf('=');
  const data = end === -1 ? text : text.slice(0, end);
  let held = 0;
  let heldBits = 0;
  for (const char of data) {
    const value = characters.indexOf(char);
    if (value === -1) {
      return undefined;
    }
    held = ((held << bits) | value) & 0xffff;
    heldBits += bits;
    if (heldBits >= 8) {
      heldBits -= 8;
      bytes.push((held >> heldBits) & 0xff);
    }
  }
  return { bytes, charCount: data.length };
}

function fromBase64(text: string): string {
  const decoded = decode(text, BASE64);
  if (decoded === undefined) {
    return raise(`${nameValue(text)} is not valid base64 data`);
  }
  return decoded.charCount % 4 === 1
    ? raise(`${nameValue(text)} trailing base64 byte found`)
    : decodeUtf8(decoded.bytes);
}

function fromBase32(text: string): string {
  const decoded = decode(text, BASE32);
  return decoded === undefined
    ? raise(`${nameValue(text)} is not valid base32 data`)
    : decodeUtf8(decoded.bytes);
}
