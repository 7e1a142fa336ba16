import { raise } from './errors.js';
import { setField, utf8ByteLength, type JqObject } from './values.js';

const PARSE_DEPTH_MAX = 10_000;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const NAN = /^[+-]?nan$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** A number as jq reads one, in JSON text and by `tonumber`; undefined when the text is none. */
export function parseNumber(text: string): number | undefined {
  if (NUMBER.test(text)) {
    return Number(text);
  }
  if (NAN.test(text)) {
    return NaN;
  }
  return INFINITE.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : undefined;
}

/** Holds an error inside the parser: jq's messages carry a position only the parser's loop knows. */
class ParseFailure {
  constructor(readonly message: string) {}
}

function fail(message: string): never {
  throw new ParseFailure(message);
}

const ESCAPED = new Map([
  ['\\', '\\'],
  ['"', '"'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
]);

const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function hex4(text: string): number {
  return /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : -1;
}

/** Decodes the inside of a JSON string; messages are jq's. */
function unescape(text: string): string {
  let out = '';
  for (let at = 0; at < text.length;) {
    const char = text[at] as string;
    if (char !== '\\') {
      if (char < ' ') {
        fail('Invalid string: control characters from U+0000 through U+001F must be escaped');
      }
      out += char;
      at += 1;
      continue;
    }
    const letter = text[at + 1];
    if (letter === undefined) {
      fail('Expected escape character at end of string');
    }
    if (letter === 'u') {
      const [decoded, length] = unescapeUnicode(text, at + 2);
      out += decoded;
      at += 2 + length;
    } else {
      out += ESCAPED.get(letter) ?? fail('Invalid escape');
      at += 2;
    }
  }
  return out;
}

function unescapeUnicode(text: string, at: number): [string, number] {
  if (at + 4 > text.length) {
    fail('Invalid \\uXXXX escape');
  }
  const code = hex4(text.slice(at, at + 4));
  if (code < 0) {
    fail('Invalid characters in \\uXXXX escape');
  }
  if (code >= 0xdc00 && code <= 0xdfff) {
    return ['\ufffd', 4];
  }
  if (code < 0xd800 || code > 0xdbff) {
    return [String.fromCharCode(code), 4];
  }
  const low = text.startsWith('\\u', at + 4) ? hex4(text.slice(at + 6, at + 10)) : -1;
  if (low < 0xdc00 || low > 0xdfff) {
    fail('Invalid \\uXXXX\\uXXXX surrogate pair escape');
  }
  return [String.fromCharCode(code, low), 10];
}

/** What is open while reading: an array, an object, or an object's key that waits for its value. */
type Open =
  { readonly array: unknown[] } | { readonly object: JqObject; key: string | undefined; count: number };

const NOTHING = Symbol('nothing');

/**
 * A reader of exactly the JSON texts jq's own parser takes (nan, infinity and leading plus signs among them).
 */
class Reader {
  private readonly text: string;
  private readonly stack: Open[] = [];
  private next: unknown = NOTHING;
  private done: unknown = NOTHING;
  private stackPosition = 0;
  private at = 0;

  constructor(text: string) {
    this.text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  read(): unknown {
    try {
      this.scan();
    } catch (failure) {
      if (failure instanceof ParseFailure) {
        return this.fail(failure.message);
      }
      throw failure;
    }
    return this.done === NOTHING ? raise(this.message('Expected JSON value')) : this.done;
  }

  private scan(): void {
    while (this.at < this.text.length) {
      const start = this.at;
      const char = this.text[start] as string;
      if (char === '"') {
        this.scanString(start);
      } else if ('[]{}:,'.includes(char)) {
        this.at += 1;
        this.structure(char);
      } else if (' \t\r\n'.includes(char)) {
        this.at += 1;
      } else {
        this.scanLiteral(start);
      }
      this.takeDone();
    }
    if (this.stack.length > 0) {
      fail('Unfinished JSON term at EOF');
    }
  }

  private takeDone(): void {
    if (this.stack.length === 0 && this.next !== NOTHING) {
      if (this.done !== NOTHING) {
        raise(this.message('Unexpected extra JSON values'));
      }
      this.done = this.next;
      this.next = NOTHING;
    }
  }

  private value(value: unknown): void {
    if (this.next !== NOTHING) {
      fail('Expected separator between values');
    }
    this.next = value;
  }

  private scanString(start: number): void {
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') {
      end += this.text[end] === '\\' ? 2 : 1;
    }
    if (end >= this.text.length) {
      this.at = this.text.length;
      fail('Unfinished string at EOF');
    }
    this.at = end + 1;
    this.value(unescape(this.text.slice(start + 1, end)));
  }

  private scanLiteral(start: number): void {
    let end = start;
    while (end < this.text.length && !'[]{}:," \t\r\n'.includes(this.text[end] as string)) {
      end += 1;
    }
    // jq notices a bad literal at the character after it, so that is where its messages point.
    const atEnd = end >= this.text.length;
    this.at = atEnd ? end : end + 1;
    this.value(readLiteral(this.text.slice(start, end), atEnd ? ' at EOF' : ''));
    this.at = end;
  }

  private structure(char: string): void {
    switch (char) {
      case '[':
        return this.open({ array: [] }, 1);
      case '{':
        return this.open({ object: {}, key: undefined, count: 0 }, 1);
      case ':':
        return this.colon();
      case ',':
        return this.comma();
      case ']':
        return this.closeArray();
      default:
        return this.closeObject();
    }
  }

  private open(opened: Open, size: number): void {
    if (this.stackPosition >= PARSE_DEPTH_MAX) {
      fail('Exceeds depth limit for parsing');
    }
    if (this.next !== NOTHING) {
      fail('Expected separator between values');
    }
    this.stack.push(opened);
    this.stackPosition += size;
  }

  private colon(): void {
    const top = this.stack.at(-1);
    if (this.next === NOTHING) {
      fail("Expected string key before ':'");
    }
    if (top === undefined || !('object' in top) || top.key !== undefined) {
      fail("':' not as part of an object");
    }
    if (typeof this.next !== 'string') {
      fail('Object keys must be strings');
    }
    top.key = this.next;
    this.stackPosition += 1;
    this.next = NOTHING;
  }

  private comma(): void {
    const top = this.stack.at(-1);
    if (this.next === NOTHING) {
      fail("Expected value before ','");
    }
    if (top === undefined) {
      fail("',' not as part of an object or array");
    }
    if ('array' in top) {
      top.array.push(this.next);
      this.next = NOTHING;
    } else {
      this.finishPair(top);
    }
  }

  private finishPair(top: Open): void {
    if (!('object' in top) || top.key === undefined) {
      fail('Objects must consist of key:value pairs');
    }
    setField(top.object, top.key, this.next);
    top.key = undefined;
    top.count += 1;
    this.stackPosition -= 1;
    this.next = NOTHING;
  }

  private closeArray(): void {
    const top = this.stack.at(-1);
    if (top === undefined || !('array' in top)) {
      fail("Unmatched ']'");
    }
    if (this.next !== NOTHING) {
      top.array.push(this.next);
    } else if (top.array.length > 0) {
      fail('Expected another array element');
    }
    this.close(top.array);
  }

  private closeObject(): void {
    const top = this.stack.at(-1);
    if (top === undefined) {
      fail("Unmatched '}'");
    }
    if (this.next !== NOTHING) {
      this.finishPair(top);
    } else if (!('object' in top) || top.key !== undefined) {
      fail("Unmatched '}'");
    } else if (top.count > 0) {
      fail('Expected another key-value pair');
    }
    this.close((top as { object: JqObject }).object);
  }

  private close(value: unknown): void {
    this.stack.pop();
    this.stackPosition -= 1;
    this.next = value;
  }

  private fail(reason: string): never {
    const before = this.text.slice(0, this.at);
    const newline = before.lastIndexOf('\n');
    const line = before.split('\n').length;
    const column = utf8ByteLength(before.slice(newline + 1));
    return raise(this.message(`${reason} at line ${line}, column ${column}`));
  }

  private message(reason: string): string {
    return `${reason} (while parsing '${this.text}')`;
  }
}

function readLiteral(word: string, where: string): unknown {
  if (word.startsWith('t') || word.startsWith('f') || word.startsWith('nu')) {
    return WORDS.has(word) ? WORDS.get(word) : fail(`Invalid literal${where}`);
  }
  if (word.startsWith("'")) {
    fail(`Invalid string literal; expected ", but got '${where}`);
  }
  return parseNumber(word) ?? fail(`Invalid numeric literal${where}`);
}

const SURROGATE_ESCAPE = /\\u[dD]/;

/** The host's parser is much faster, and agrees with jq's wherever it succeeds but for these two cases. */
function readPlain(text: string): unknown {
  if (SURROGATE_ESCAPE.test(text) || (text.length >= PARSE_DEPTH_MAX && /(?:[[{][^[{]*){10000}/.test(text))) {
    return NOTHING;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not an error yet: jq takes more than JSON (nan, for one), and has messages of its own.
    return NOTHING;
  }
}

/** `fromjson`: raises jq's own message for text that is not one JSON value. */
export function fromJson(text: string): unknown {
  const plain = readPlain(text);
  return plain === NOTHING ? new Reader(text).read() : plain;
}

/** Decodes the escapes of a string literal in a program; the message of a bad one is returned as `error`. */
export function decodeEscapes(text: string): { readonly value: string } | { readonly error: string } {
  try {
    return { value: unescape(text) };
  } catch (failure) {
    if (failure instanceof ParseFailure) {
      const column = utf8ByteLength(text) + 2;
      return { error: `${failure.message} at line 1, column ${column} (while parsing '"${text}"')` };
    }
    throw failure;
  }
}
