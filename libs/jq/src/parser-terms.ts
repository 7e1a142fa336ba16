import type { Ast, Pattern } from './ast.js';
import { JqLimitError, JqSyntaxError, positionAt } from './errors.js';
import { tokenize, type Token } from './lexer.js';

/** Deeper nesting would risk the host's stack, here and when the tree is compiled. */
const NESTING_MAX = 500;

const TERM_STARTS: ReadonlySet<string> = new Set([
  "'.'",
  'REC',
  'break',
  'FIELD',
  'LITERAL',
  'QQSTRING_START',
  'FORMAT',
  "'-'",
  "'('",
  "'['",
  "'{'",
  'reduce',
  'foreach',
  'if',
  'try',
  "'$'",
  'BINDING',
  '$__loc__',
  'IDENT',
  'def',
  'label',
]);

const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['null', null],
  ['true', true],
  ['false', false],
]);
export const IDENTITY: Ast = { type: 'identity' };

/** The lower half of the grammar: terms and strings. */
export abstract class TermParser {
  protected readonly source: string;
  private readonly tokens: readonly Token[];
  private position = 0;
  private nesting = 0;

  constructor(source: string) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  abstract parseQuery(): Ast;
  abstract parseExpression(precedenceMin?: number): Ast;
  protected abstract parseObject(): Ast;
  protected abstract parsePatterns(): Pattern[];

  protected get token(): Token {
    return this.tokens[this.position] as Token;
  }

  protected is(kind: string): boolean {
    return this.token.kind === kind;
  }

  protected startsTerm(): boolean {
    return TERM_STARTS.has(this.token.kind);
  }

  protected advance(): Token {
    const token = this.token;
    this.position = Math.min(this.position + 1, this.tokens.length - 1);
    return token;
  }

  protected accept(kind: string): boolean {
    if (!this.is(kind)) {
      return false;
    }
    this.advance();
    return true;
  }

  protected expect(kind: string): Token {
    return this.is(kind) ? this.advance() : this.unexpected([kind]);
  }

  protected unexpected(expected: readonly string[]): never {
    const list = expected.length === 0 ? '' : `, expecting ${expected.join(' or ')}`;
    // Like jq, point to the last token when the text ends too early: there is nothing to see after it.
    const culprit = this.is('end of file') ? (this.tokens[this.position - 1] ?? this.token) : this.token;
    throw new JqSyntaxError(`syntax error, unexpected ${this.token.kind}${list}`, this.source, culprit.start);
  }

  protected descend(): void {
    this.nesting += 1;
    if (this.nesting > NESTING_MAX) {
      throw new JqLimitError('depth', NESTING_MAX);
    }
  }

  protected ascend(): void {
    this.nesting -= 1;
  }

  /** One term with everything that follows it tightly: fields, brackets, `?`. */
  protected parseTerm(): Ast {
    this.descend();
    let term = this.parseTermStart();
    for (let next = this.parseSuffix(term); next !== undefined; next = this.parseSuffix(term)) {
      term = next;
      this.descend();
    }
    this.ascend();
    return this.settle(term);
  }

  /** Suffixes nest the tree though not the parser, so they count while the term is open. */
  private settle(term: Ast): Ast {
    let suffix = term;
    while (
      suffix.type === 'index' ||
      suffix.type === 'slice' ||
      suffix.type === 'iterate' ||
      suffix.type === 'try'
    ) {
      suffix = suffix.type === 'try' ? suffix.body : suffix.target;
      this.nesting = Math.max(0, this.nesting - 1);
    }
    return term;
  }

  private parseTermStart(): Ast {
    const token = this.token;
    switch (token.kind) {
      case "'.'":
        return this.parseDot();
      case 'REC':
        this.advance();
        return { type: 'recurse' };
      case 'FIELD':
        return this.parseIndexed(IDENTITY, this.parseFieldKey());
      case 'LITERAL':
        this.advance();
        return { type: 'literal', value: Number(token.text), at: token.start };
      case 'QQSTRING_START':
        return this.parseString();
      case 'FORMAT':
        return this.parseFormat();
      case "'-'":
        this.advance();
        return { type: 'negate', body: this.parseTerm() };
      case "'('":
        return this.parseParenthesis();
      case "'['":
        return this.parseArray();
      case "'{'":
        return this.parseObject();
      case 'BINDING':
        this.advance();
        return { type: 'variable', name: token.text, at: token.start };
      case '$__loc__':
        return this.parseLocation();
      case 'IDENT':
        return this.parseCall();
      default:
        return this.parseControl();
    }
  }

  private parseControl(): Ast {
    switch (this.token.kind) {
      case 'reduce':
        return this.parseReduce();
      case 'foreach':
        return this.parseForeach();
      case 'if':
        this.advance();
        return this.parseIf();
      case 'try':
        return this.parseTry();
      case 'break':
        return this.parseBreak();
      default:
        return this.unexpected([]);
    }
  }

  private parseDot(): Ast {
    const dot = this.advance();
    if (
      this.is('QQSTRING_START') ||
      (this.is('FORMAT') && this.tokens[this.position + 1]?.kind === 'QQSTRING_START')
    ) {
      return this.parseIndexed(IDENTITY, this.parseString());
    }
    if (this.is('IDENT')) {
      throw new JqSyntaxError(
        'try .["field"] instead of .field for unusually named fields',
        this.source,
        dot.start,
      );
    }
    return IDENTITY;
  }

  private parseFieldKey(): Ast {
    const token = this.expect('FIELD');
    return { type: 'literal', value: token.text, at: token.start };
  }

  private parseIndexed(target: Ast, key: Ast): Ast {
    return { type: 'index', target, key, optional: this.accept("'?'") };
  }

  private parseSuffix(target: Ast): Ast | undefined {
    switch (this.token.kind) {
      case 'FIELD':
        return this.parseIndexed(target, this.parseFieldKey());
      case "'?'":
        this.advance();
        return { type: 'try', body: target };
      case "'['":
        return this.parseBracket(target);
      case "'.'":
        this.advance();
        return this.is("'['") ? this.parseBracket(target) : this.parseIndexed(target, this.parseString());
      default:
        return undefined;
    }
  }

  private parseBracket(target: Ast): Ast {
    this.expect("'['");
    if (this.accept("']'")) {
      return { type: 'iterate', target, optional: this.accept("'?'") };
    }
    if (this.accept("':'")) {
      const to = this.parseQuery();
      this.expect("']'");
      return { type: 'slice', target, to, optional: this.accept("'?'") };
    }
    const key = this.parseQuery();
    if (!this.accept("':'")) {
      this.expect("']'");
      return this.parseIndexed(target, key);
    }
    const to = this.is("']'") ? undefined : this.parseQuery();
    this.expect("']'");
    const slice = { type: 'slice' as const, target, from: key, optional: this.accept("'?'") };
    return to === undefined ? slice : { ...slice, to };
  }

  /** A string literal, with its format if one stands before it. A plain one becomes a literal. */
  protected parseString(): Ast {
    const at = this.token.start;
    const format = this.is('FORMAT') ? this.advance().text : 'text';
    this.expect('QQSTRING_START');
    const parts: (string | Ast)[] = [];
    while (!this.accept('QQSTRING_END')) {
      if (this.accept('QQSTRING_INTERP_START')) {
        parts.push(this.parseQuery());
        this.expect('QQSTRING_INTERP_END');
      } else if (this.is('QQSTRING_TEXT')) {
        parts.push(this.advance().text);
      } else {
        this.unexpected(['QQSTRING_TEXT', 'QQSTRING_INTERP_START', 'QQSTRING_END']);
      }
    }
    return { type: 'string', format, parts, at };
  }

  private parseFormat(): Ast {
    if (this.tokens[this.position + 1]?.kind === 'QQSTRING_START') {
      return this.parseString();
    }
    return { type: 'format', name: this.advance().text };
  }

  private parseParenthesis(): Ast {
    this.advance();
    const query = this.parseQuery();
    this.expect("')'");
    return query;
  }

  private parseArray(): Ast {
    this.advance();
    if (this.accept("']'")) {
      return { type: 'array' };
    }
    const body = this.parseQuery();
    this.expect("']'");
    return { type: 'array', body };
  }

  protected parseLocation(): Ast {
    const token = this.advance();
    const value = Object.freeze({ file: '<top-level>', line: positionAt(this.source, token.start).line });
    return { type: 'literal', value, at: token.start };
  }

  private parseCall(): Ast {
    const token = this.advance();
    if (!this.is("'('")) {
      return CONSTANTS.has(token.text)
        ? { type: 'literal', value: CONSTANTS.get(token.text), at: token.start }
        : { type: 'call', name: token.text, args: [], at: token.start };
    }
    this.advance();
    const args = [this.parseQuery()];
    while (this.accept("';'")) {
      args.push(this.parseQuery());
    }
    this.expect("')'");
    return { type: 'call', name: token.text, args, at: token.start };
  }

  private parseReduce(): Ast {
    this.advance();
    const source = this.parseExpression();
    this.expect('as');
    const patterns = this.parsePatterns();
    this.expect("'('");
    const init = this.parseQuery();
    this.expect("';'");
    const update = this.parseQuery();
    this.expect("')'");
    return { type: 'reduce', source, patterns, init, update };
  }

  private parseForeach(): Ast {
    this.advance();
    const source = this.parseExpression();
    this.expect('as');
    const patterns = this.parsePatterns();
    this.expect("'('");
    const init = this.parseQuery();
    this.expect("';'");
    const update = this.parseQuery();
    const extract = this.accept("';'") ? this.parseQuery() : undefined;
    this.expect("')'");
    const node = { type: 'foreach' as const, source, patterns, init, update };
    return extract === undefined ? node : { ...node, extract };
  }

  private parseIf(): Ast {
    this.descend();
    const condition = this.parseQuery();
    this.expect('then');
    const then = this.parseQuery();
    const node = { type: 'if' as const, condition, then };
    let whole: Ast = node;
    if (this.accept('elif')) {
      whole = { ...node, else: this.parseIf() };
    } else if (this.accept('else')) {
      whole = { ...node, else: this.parseQuery() };
      this.expect('end');
    } else {
      this.expect('end');
    }
    this.ascend();
    return whole;
  }

  private parseTry(): Ast {
    this.advance();
    const body = this.parseTerm();
    return this.accept('catch') ? { type: 'try', body, handler: this.parseTerm() } : { type: 'try', body };
  }

  private parseBreak(): Ast {
    const at = this.advance().start;
    if (!this.is('BINDING')) {
      throw new JqSyntaxError('break requires a label to break to', this.source, at);
    }
    return { type: 'break', name: this.advance().text, at };
  }
}
