import type { Ast, ObjectEntry, Pattern, PatternEntry } from './ast.js';
import { constantOf } from './constants.js';
import { JqSyntaxError } from './errors.js';
import { dumpShort } from './json-write.js';
import { KEYWORDS } from './lexer.js';
import { IDENTITY, TermParser } from './parser-terms.js';
import { kindOf } from './values.js';

/** The part of the grammar between braces: objects as values, and objects and arrays as patterns. */
export abstract class ObjectParser extends TermParser {
  protected parseObject(): Ast {
    this.advance();
    const entries: ObjectEntry[] = [];
    while (!this.is("'}'")) {
      entries.push(this.parseObjectEntry());
      if (!this.accept("','")) {
        break;
      }
    }
    this.expect("'}'");
    return { type: 'object', entries };
  }

  private parseObjectEntry(): ObjectEntry {
    const token = this.token;
    const name: Ast = { type: 'literal', value: token.text, at: token.start };
    if (token.kind === 'BINDING') {
      this.advance();
      const variable: Ast = { type: 'variable', name: token.text, at: token.start };
      return this.accept("':'")
        ? { key: variable, value: this.parseObjectValue() }
        : { key: name, value: variable };
    }
    if (token.kind === '$__loc__') {
      return { key: name, value: this.parseLocation() };
    }
    if (token.kind === 'IDENT' || KEYWORDS.has(token.kind)) {
      this.advance();
      return this.parseEntryValue(name);
    }
    if (token.kind === 'QQSTRING_START' || token.kind === 'FORMAT') {
      return this.parseEntryValue(this.parseString());
    }
    if (token.kind === "'('") {
      const key = this.parseKeyParenthesis();
      this.expect("':'");
      return { key, value: this.parseObjectValue() };
    }
    if (token.kind === 'LITERAL') {
      throw new JqSyntaxError('May need parentheses around object key expression', this.source, token.start);
    }
    return this.unexpected([]);
  }

  private parseEntryValue(key: Ast): ObjectEntry {
    if (this.accept("':'")) {
      return { key, value: this.parseObjectValue() };
    }
    if (!this.is("','") && !this.is("'}'")) {
      this.unexpected(["'}'"]);
    }
    return { key, value: { type: 'index', target: IDENTITY, key, optional: false } };
  }

  /** An object's value: expressions joined by pipes; a comma would end it. */
  private parseObjectValue(): Ast {
    this.descend();
    const left = this.parseExpression();
    const value: Ast = this.accept("'|'") ? { type: 'pipe', left, right: this.parseObjectValue() } : left;
    this.ascend();
    return value;
  }

  private parseKeyParenthesis(): Ast {
    this.advance();
    const at = this.token.start;
    const key = this.parseQuery();
    this.expect("')'");
    const constant = constantOf(key);
    if (constant !== undefined && typeof constant.value !== 'string') {
      const reason = `Cannot use ${kindOf(constant.value)} (${dumpShort(constant.value)}) as object key`;
      throw new JqSyntaxError(reason, this.source, at);
    }
    return key;
  }

  protected parsePatterns(): Pattern[] {
    const patterns = [this.parsePattern()];
    while (this.accept('?//')) {
      patterns.push(this.parsePattern());
    }
    return patterns;
  }

  private parsePattern(): Pattern {
    this.descend();
    const pattern = this.parseOnePattern();
    this.ascend();
    return pattern;
  }

  private parseOnePattern(): Pattern {
    if (this.is('BINDING')) {
      return { type: 'variable', name: this.advance().text };
    }
    if (this.accept("'['")) {
      const elements: Pattern[] = [];
      do {
        elements.push(this.parsePattern());
      } while (this.accept("','"));
      this.expect("']'");
      return { type: 'array', elements };
    }
    if (!this.accept("'{'")) {
      this.unexpected(['BINDING', "'['", "'{'"]);
    }
    const entries: PatternEntry[] = [];
    do {
      entries.push(this.parsePatternEntry());
    } while (this.accept("','"));
    this.expect("'}'");
    return { type: 'object', entries };
  }

  private parsePatternEntry(): PatternEntry {
    const token = this.token;
    const name: Ast = { type: 'literal', value: token.text, at: token.start };
    if (token.kind === 'BINDING') {
      this.advance();
      const entry = { key: name, variable: token.text };
      return this.accept("':'") ? { ...entry, pattern: this.parsePattern() } : entry;
    }
    let key: Ast = name;
    if (token.kind === 'QQSTRING_START' || token.kind === 'FORMAT') {
      key = this.parseString();
    } else if (token.kind === "'('") {
      key = this.parseKeyParenthesis();
    } else if (token.kind === 'IDENT' || KEYWORDS.has(token.kind)) {
      this.advance();
    } else {
      this.unexpected([]);
    }
    this.expect("':'");
    return { key, pattern: this.parsePattern() };
  }
}
