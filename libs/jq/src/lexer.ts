import { JqSyntaxError } from './errors.js';
import { decodeEscapes } from './json-read.js';

/**
 * One token. `kind` is the name jq's own messages use: a quoted character, a bare operator or keyword, or one
 * of
 * IDENT, FIELD, BINDING, LITERAL, FORMAT, QQSTRING_START, QQSTRING_TEXT, QQSTRING_INTERP_START,
 * QQSTRING_INTERP_END, QQSTRING_END, INVALID_CHARACTER, 'end of file'.
 */
export interface Token {
  readonly kind: string;
  /** The name or text the token stands for, without its `.`, `$` or `@`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Words that are operators or structure; every one of them may also be an object key. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'as',
  'import',
  'include',
  'module',
  'def',
  'if',
  'then',
  'else',
  'elif',
  'and',
  'or',
  'end',
  'reduce',
  'foreach',
  'try',
  'catch',
  'label',
  'break',
]);

const SPACE = /(?:[ \r\n\t]+|#(?:\\(?:\\|\r?\n)|[^\r\n\\]|\\(?![\\\r\n])|\r(?!\n))*)+/y;
const NUMBER = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const NAME = /(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*/y;
const FIELD = /\.[a-zA-Z_][a-zA-Z_0-9]*/y;
const FORMAT = /@[a-zA-Z0-9_]+/y;
const OPERATOR = /\?\/\/|\/\/=|!=|==|\/\/|\|=|\+=|-=|\*=|\/=|%=|<=|>=|\.\.|[.?=;,:|+\-*/%$<>]/y;
const ESCAPES = /(?:\\[^u(]|\\u[a-zA-Z0-9]{0,4})+/y;
const PLAIN = /[^\\"]+/y;

const CLOSERS: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

class Lexer {
  private readonly source: string;
  private readonly tokens: Token[] = [];
  /** What is open: the closer awaited, or 'interpolation' inside `\(`, or 'string' inside quotes. */
  private readonly open: string[] = [];
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  run(): Token[] {
    while (this.at < this.source.length) {
      if (this.open.at(-1) === 'string') {
        this.stringPart();
      } else {
        this.next();
      }
    }
    this.push('end of file', 0, '');
    return this.tokens;
  }

  private push(kind: string, length: number, text: string): void {
    this.tokens.push({ kind, text, start: this.at, end: this.at + length });
    this.at += length;
  }

  private next(): void {
    const space = match(SPACE, this.source, this.at);
    if (space !== undefined && space.length > 0) {
      this.at += space.length;
      return;
    }
    const char = this.source[this.at] as string;
    if (char === '"') {
      this.open.push('string');
      this.push('QQSTRING_START', 1, '');
    } else if (CLOSERS.has(char)) {
      this.open.push(CLOSERS.get(char) as string);
      this.push(`'${char}'`, 1, char);
    } else if (char === ')' || char === ']' || char === '}') {
      this.closer(char);
    } else {
      this.word(char);
    }
  }

  private closer(char: string): void {
    const awaited = this.open.at(-1);
    if (awaited === char) {
      this.open.pop();
      this.push(`'${char}'`, 1, char);
    } else if (awaited === 'interpolation' && char === ')') {
      this.open.pop();
      this.push('QQSTRING_INTERP_END', 1, char);
    } else {
      this.push('INVALID_CHARACTER', 1, char);
    }
  }

  private word(char: string): void {
    const source = this.source;
    const number = match(NUMBER, source, this.at);
    if (number !== undefined) {
      return this.push('LITERAL', number.length, number);
    }
    const name = match(NAME, source, this.at);
    if (name !== undefined) {
      return this.push(KEYWORDS.has(name) ? name : 'IDENT', name.length, name);
    }
    const field = match(FIELD, source, this.at);
    if (field !== undefined) {
      return this.push('FIELD', field.length, field.slice(1));
    }
    if (char === '$') {
      return this.binding();
    }
    const format = match(FORMAT, source, this.at);
    if (format !== undefined) {
      return this.push('FORMAT', format.length, format.slice(1));
    }
    const operator = match(OPERATOR, source, this.at);
    if (operator === undefined) {
      return this.push('INVALID_CHARACTER', 1, char);
    }
    const isNamed = operator.length > 1 && operator !== '%=' && operator !== '..';
    this.push(operatorKind(operator, isNamed), operator.length, operator);
  }

  private binding(): void {
    const name = match(NAME, this.source, this.at + 1);
    if (name === undefined) {
      this.push("'$'", 1, '$');
    } else {
      this.push(name === '__loc__' ? '$__loc__' : 'BINDING', name.length + 1, name);
    }
  }

  private stringPart(): void {
    const source = this.source;
    if (source[this.at] === '"') {
      this.open.pop();
      return this.push('QQSTRING_END', 1, '');
    }
    if (source.startsWith('\\(', this.at)) {
      this.open.push('interpolation');
      return this.push('QQSTRING_INTERP_START', 2, '');
    }
    const escapes = match(ESCAPES, source, this.at);
    if (escapes !== undefined) {
      const decoded = decodeEscapes(escapes);
      if ('error' in decoded) {
        throw new JqSyntaxError(decoded.error, source, this.at);
      }
      return this.push('QQSTRING_TEXT', escapes.length, decoded.value);
    }
    const plain = match(PLAIN, source, this.at);
    if (plain === undefined) {
      return this.push('INVALID_CHARACTER', 1, source[this.at] as string);
    }
    this.push('QQSTRING_TEXT', plain.length, plain);
  }
}

function operatorKind(operator: string, isNamed: boolean): string {
  if (isNamed) {
    return operator;
  }
  return operator === '..' ? 'REC' : operator === '%=' ? 'SETMOD' : `'${operator}'`;
}

/** Cuts a program into tokens; throws only for a bad escape, all else is for the parser to refuse. */
export function tokenize(source: string): Token[] {
  return new Lexer(source).run();
}
