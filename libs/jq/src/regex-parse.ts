import type { CharTest, ParsedRegex, RegexNode, RegexOptions } from './regex-ast.js';
import { anyOf, ignoringCase, range } from './regex-classes.js';
import { refuse, RegexClassParser } from './regex-parse-classes.js';

const REPEAT_MAX = 100_000;
const NESTING_MAX = 200;
const EMPTY: RegexNode = { type: 'empty' };

const LINE_BREAK = anyOf([range(10, 13), range(0x85, 0x85), range(0x2028, 0x2029)]);

/** A parser of Oniguruma's Perl_NG syntax, the one jq uses. */
class RegexParser extends RegexClassParser {
  private groupCount = 0;
  private nesting = 0;
  private readonly names = new Map<number, string>();
  private readonly backreferences: { readonly name: string; readonly groups: number[] }[] = [];

  parse(): ParsedRegex {
    const root = this.choice();
    if (this.at < this.chars.length) {
      refuse('unmatched close parenthesis');
    }
    for (const { name, groups } of this.backreferences) {
      this.resolve(name, groups);
    }
    return { root, groupCount: this.groupCount, names: this.names };
  }

  private resolve(name: string, groups: number[]): void {
    if (/^-?\d+$/.test(name)) {
      const number = Number(name);
      groups.push(number);
      if (number < 1 || number > this.groupCount) {
        refuse('invalid backref number/name');
      }
      return;
    }
    for (const [index, known] of this.names) {
      if (known === name) {
        groups.push(index);
      }
    }
    if (groups.length === 0) {
      refuse(`undefined name <${name}> reference`);
    }
  }

  private choice(): RegexNode {
    const saved = this.options;
    this.nesting += 1;
    if (this.nesting > NESTING_MAX) {
      refuse('too deep nest level');
    }
    const options = [this.sequence()];
    while (this.accept('|')) {
      options.push(this.sequence());
    }
    this.nesting -= 1;
    this.options = saved;
    return options.length === 1 ? (options[0] as RegexNode) : { type: 'choice', options };
  }

  private sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.at < this.chars.length && !this.peek('|') && !this.peek(')')) {
      if (this.skipExtended()) {
        continue;
      }
      const inline = this.inlineOptions();
      if (inline !== undefined) {
        items.push(inline);
        break;
      }
      const item = this.atom();
      items.push(this.quantified(item));
    }
    return items.length === 1 ? (items[0] as RegexNode) : { type: 'sequence', items };
  }

  /** Skips what `x` makes invisible, and comments. */
  private skipExtended(): boolean {
    if (this.accept('(?#')) {
      const end = this.chars.indexOf(')', this.at);
      this.at = end === -1 ? refuse('end pattern in group') : end + 1;
      return true;
    }
    if (!this.options.isExtended) {
      return false;
    }
    const char = this.chars[this.at] as string;
    if (/\s/.test(char)) {
      this.at += 1;
      return true;
    }
    if (char !== '#') {
      return false;
    }
    const end = this.chars.indexOf('\n', this.at);
    this.at = end === -1 ? this.chars.length : end + 1;
    return true;
  }

  /** `(?i)`: the options hold for the rest of the group, alternatives included. */
  private inlineOptions(): RegexNode | undefined {
    const match = /^\(\?([imsx]*)(?:-([imsx]*))?\)/.exec(this.chars.slice(this.at, this.at + 16).join(''));
    if (match === null) {
      return undefined;
    }
    this.at += match[0].length;
    this.setOptions(match[1] ?? '', match[2] ?? '');
    return this.choice();
  }

  private setOptions(on: string, off: string): void {
    for (const [letters, value] of [
      [on, true],
      [off, false],
    ] as const) {
      for (const letter of letters) {
        this.options = {
          ...this.options,
          ...(letter === 'i' ? { isIgnoringCase: value } : {}),
          ...(letter === 'x' ? { isExtended: value } : {}),
          ...(letter === 's' ? { isDotAll: value } : {}),
          ...(letter === 'm' ? { isSingleLine: !value } : {}),
        };
      }
    }
  }

  private quantified(first: RegexNode): RegexNode {
    let node = first;
    for (;;) {
      while (this.at < this.chars.length && this.options.isExtended && this.skipExtended()) {
        // Space between an item and its quantifier means nothing.
      }
      const bounds = this.bounds();
      if (bounds === undefined) {
        return node;
      }
      const mode = this.accept('?') ? 'lazy' : this.accept('+') ? 'possessive' : 'greedy';
      node = { type: 'repeat', body: node, min: bounds.min, max: bounds.max, mode };
    }
  }

  private bounds(): { readonly min: number; readonly max: number } | undefined {
    if (this.accept('*')) {
      return { min: 0, max: Infinity };
    }
    if (this.accept('+')) {
      return { min: 1, max: Infinity };
    }
    if (this.accept('?')) {
      return { min: 0, max: 1 };
    }
    const match = /^\{(\d+)(,?)(\d*)\}/.exec(this.chars.slice(this.at, this.at + 24).join(''));
    if (match === null) {
      return undefined;
    }
    this.at += match[0].length;
    const min = Number(match[1]);
    const limit = match[3] ?? '';
    const max = limit !== '' ? Number(limit) : match[2] === ',' ? Infinity : min;
    if (min > REPEAT_MAX || (max !== Infinity && max > REPEAT_MAX)) {
      refuse('too big number range');
    }
    return max < min ? refuse('upper is smaller than lower in repeat range') : { min, max };
  }

  private atom(): RegexNode {
    const char = this.chars[this.at] as string;
    this.at += 1;
    switch (char) {
      case '(':
        return this.group();
      case '[':
        return this.characterClass();
      case '.':
        return { type: 'char', test: this.options.isDotAll ? () => true : (code) => code !== 10 };
      case '^':
        return { type: this.options.isSingleLine ? 'start' : 'lineStart' };
      case '$':
        return { type: this.options.isSingleLine ? 'semiEnd' : 'lineEnd' };
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        return refuse('target of repeat operator is not specified');
      default:
        return this.literal(char.codePointAt(0) as number);
    }
  }

  private literal(code: number): RegexNode {
    return this.char(range(code, code));
  }

  private char(test: CharTest): RegexNode {
    return { type: 'char', test: this.options.isIgnoringCase ? ignoringCase(test) : test };
  }

  private group(): RegexNode {
    if (!this.accept('?')) {
      return this.capture(undefined);
    }
    if (this.accept(':')) {
      return this.closed(this.choice());
    }
    if (this.accept('>')) {
      return { type: 'atomic', body: this.closed(this.choice()) };
    }
    for (const [sign, isAhead, isNegative] of LOOKS) {
      if (this.accept(sign)) {
        return { type: 'look', isAhead, isNegative, body: this.closed(this.choice()) };
      }
    }
    if (this.accept('<') || this.accept("'")) {
      return this.capture(this.groupName(this.chars[this.at - 1] === '<' ? '>' : "'"));
    }
    return this.optionGroup();
  }

  private optionGroup(): RegexNode {
    const match = /^([imsx]*)(?:-([imsx]*))?:/.exec(this.chars.slice(this.at, this.at + 16).join(''));
    if (match === null) {
      return refuse('undefined group option');
    }
    this.at += match[0].length;
    const saved = this.options;
    this.setOptions(match[1] ?? '', match[2] ?? '');
    const body = this.closed(this.choice());
    this.options = saved;
    return body;
  }

  private capture(name: string | undefined): RegexNode {
    this.groupCount += 1;
    const index = this.groupCount;
    if (name !== undefined) {
      this.names.set(index, name);
    }
    return { type: 'group', index, body: this.closed(this.choice()) };
  }

  private closed(body: RegexNode): RegexNode {
    return this.accept(')') ? body : refuse('end pattern with unmatched parenthesis');
  }

  private groupName(closer: string): string {
    const end = this.chars.indexOf(closer, this.at);
    const name = end === -1 ? '' : this.chars.slice(this.at, end).join('');
    if (name === '') {
      refuse('group name is empty');
    }
    this.at = end + 1;
    return /^[\p{L}\p{M}\p{N}_]+$/u.test(name) && !/^\d/.test(name)
      ? name
      : refuse(`invalid group name <${name}>`);
  }

  private escape(): RegexNode {
    const char = this.chars[this.at];
    if (char === undefined) {
      return refuse('end pattern at escape');
    }
    const anchor = ANCHORS.get(char);
    if (anchor !== undefined) {
      this.at += 1;
      return anchor;
    }
    if (char === 'Q') {
      return this.quoted();
    }
    if (char === 'R') {
      this.at += 1;
      const crlf: RegexNode = {
        type: 'sequence',
        items: [
          { type: 'char', test: range(13, 13) },
          { type: 'char', test: range(10, 10) },
        ],
      };
      return {
        type: 'atomic',
        body: { type: 'choice', options: [crlf, { type: 'char', test: LINE_BREAK }] },
      };
    }
    if (char === 'k' && (this.chars[this.at + 1] === '<' || this.chars[this.at + 1] === "'")) {
      return this.namedBackreference();
    }
    if (char >= '1' && char <= '9') {
      return this.numberedBackreference();
    }
    if (char === 'g' || char === 'G' || char === 'X') {
      return refuse(`\\${char} is not supported`);
    }
    const test = this.escapedClass();
    return test === undefined ? this.literal(this.escapedCode()) : this.char(test);
  }

  private quoted(): RegexNode {
    this.at += 1;
    const items: RegexNode[] = [];
    while (this.at < this.chars.length && !this.accept('\\E')) {
      items.push(this.literal((this.chars[this.at] as string).codePointAt(0) as number));
      this.at += 1;
    }
    return items.length === 0 ? EMPTY : { type: 'sequence', items };
  }

  private backreference(name: string): RegexNode {
    const groups: number[] = [];
    this.backreferences.push({ name, groups });
    return { type: 'backreference', groups, isIgnoringCase: this.options.isIgnoringCase };
  }

  private namedBackreference(): RegexNode {
    const closer = this.chars[this.at + 1] === '<' ? '>' : "'";
    const end = this.chars.indexOf(closer, this.at + 2);
    const name =
      end === -1 ? refuse('invalid backref number/name') : this.chars.slice(this.at + 2, end).join('');
    this.at = end + 1;
    return this.backreference(name);
  }

  private numberedBackreference(): RegexNode {
    let digits = '';
    while (/\d/.test(this.chars[this.at] ?? '')) {
      digits += this.chars[this.at] as string;
      this.at += 1;
    }
    return this.backreference(digits);
  }
}

const LOOKS = [
  ['=', true, false],
  ['!', true, true],
  ['<=', false, false],
  ['<!', false, true],
] as const;

const ANCHORS: ReadonlyMap<string, RegexNode> = new Map<string, RegexNode>([
  ['A', { type: 'start' }],
  ['z', { type: 'end' }],
  ['Z', { type: 'semiEnd' }],
  ['b', { type: 'wordEdge' }],
  ['B', { type: 'notWordEdge' }],
  ['K', { type: 'keep' }],
]);

/** Parses a pattern; a bad one raises jq's `Regex failure` error. */
export function parseRegex(pattern: string, options: RegexOptions): ParsedRegex {
  return new RegexParser(pattern, options).parse();
}
