import { raise } from './errors.js';
import type { CharTest, RegexNode, RegexOptions } from './regex-ast.js';
import { anyOf, ignoringCase, namedClass, not, propertyClass, range } from './regex-classes.js';

/** Raises jq's error for a bad pattern. */
export function refuse(reason: string): never {
  return raise(`Regex failure: ${reason}`);
}

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
  ['a', 7],
  ['e', 27],
]);
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['d', 'digit'],
  ['w', 'word'],
  ['s', 'space'],
]);

/** The part of the syntax that stands for one character: escapes and brackets. */
export class RegexClassParser {
  protected readonly chars: readonly string[];
  protected at = 0;
  protected options: RegexOptions;

  constructor(pattern: string, options: RegexOptions) {
    this.chars = Array.from(pattern);
    this.options = options;
  }

  protected peek(text: string): boolean {
    return text === this.chars.slice(this.at, this.at + text.length).join('');
  }

  protected accept(text: string): boolean {
    if (!this.peek(text)) {
      return false;
    }
    this.at += text.length;
    return true;
  }

  /** A class such as `\d` or `\p{L}`; undefined when the escape is of another sort. */
  protected escapedClass(): CharTest | undefined {
    const char = this.chars[this.at] as string;
    const name = CLASSES.get(char.toLowerCase());
    if (name !== undefined) {
      this.at += 1;
      const test = namedClass(name) as CharTest;
      return char === char.toLowerCase() ? test : not(test);
    }
    if (char.toLowerCase() !== 'p' || this.chars[this.at + 1] !== '{') {
      return undefined;
    }
    const end = this.chars.indexOf('}', this.at);
    let property =
      end === -1
        ? refuse('invalid character property name {p}')
        : this.chars.slice(this.at + 2, end).join('');
    const isInverse = property.startsWith('^');
    property = isInverse ? property.slice(1) : property;
    const test = propertyClass(property) ?? refuse(`invalid character property name {${property}}`);
    this.at = end + 1;
    return isInverse === (char === 'p') ? not(test) : test;
  }

  /** An escape that stands for one code point. */
  protected escapedCode(): number {
    const char = this.chars[this.at] as string;
    this.at += 1;
    const control = CONTROLS.get(char);
    if (control !== undefined) {
      return control;
    }
    const rest = this.chars.slice(this.at, this.at + 12).join('');
    if (char === 'x') {
      const match = /^\{([0-9a-fA-F]{1,8})\}|^([0-9a-fA-F]{1,2})/.exec(rest);
      this.at += match?.[0].length ?? 0;
      return match === null ? 0 : Number.parseInt(match[1] ?? match[2] ?? '0', 16);
    }
    if (char >= '0' && char <= '7') {
      const octal = /^[0-7]{0,2}/.exec(rest)?.[0] ?? '';
      this.at += octal.length;
      return Number.parseInt(char + octal, 8);
    }
    return char.codePointAt(0) as number;
  }

  protected characterClass(): RegexNode {
    const isInverse = this.accept('^');
    const tests: CharTest[] = [];
    for (let isFirst = true; !(this.peek(']') && !isFirst); isFirst = false) {
      if (this.at >= this.chars.length) {
        refuse('premature end of char-class');
      }
      tests.push(this.classMember());
    }
    this.at += 1;
    const all = this.options.isIgnoringCase ? ignoringCase(anyOf(tests)) : anyOf(tests);
    return { type: 'char', test: isInverse ? not(all) : all };
  }

  private classMember(): CharTest {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.chars.slice(this.at, this.at + 16).join(''));
    const named = posix === null ? undefined : namedClass(posix[2] as string);
    if (posix !== null && named !== undefined) {
      this.at += posix[0].length;
      return posix[1] === '^' ? not(named) : named;
    }
    const from = this.classCode();
    if (
      typeof from !== 'number' ||
      !this.peek('-') ||
      this.chars[this.at + 1] === ']' ||
      this.at + 1 >= this.chars.length
    ) {
      return typeof from === 'number' ? range(from, from) : from;
    }
    this.at += 1;
    const to = this.classCode();
    if (typeof to !== 'number') {
      return anyOf([range(from, from), range(45, 45), to]);
    }
    return from <= to ? range(from, to) : refuse('empty range in char class');
  }

  private classCode(): number | CharTest {
    const char = this.chars[this.at] as string;
    this.at += 1;
    if (char !== '\\') {
      return char.codePointAt(0) as number;
    }
    if (this.at >= this.chars.length) {
      return refuse('end pattern at escape');
    }
    if (this.accept('b')) {
      return 8;
    }
    return this.escapedClass() ?? this.escapedCode();
  }
}
