import type { AssignOperator, Ast, BinaryOperator, Definition, Parameter } from './ast.js';
import { JqSyntaxError } from './errors.js';
import { ObjectParser } from './parser-objects.js';

interface OperatorRule {
  readonly precedence: number;
  readonly associativity: 'left' | 'right' | 'none';
}

const ASSIGN: OperatorRule = { precedence: 2, associativity: 'none' };
const COMPARE: OperatorRule = { precedence: 5, associativity: 'none' };
const SUM: OperatorRule = { precedence: 6, associativity: 'left' };
const PRODUCT: OperatorRule = { precedence: 7, associativity: 'left' };

/** jq's own table, from its parser.y. */
const OPERATORS: ReadonlyMap<string, OperatorRule> = new Map([
  ['//', { precedence: 1, associativity: 'right' }],
  ["'='", ASSIGN],
  ['|=', ASSIGN],
  ['+=', ASSIGN],
  ['-=', ASSIGN],
  ['*=', ASSIGN],
  ['/=', ASSIGN],
  ['SETMOD', ASSIGN],
  ['//=', ASSIGN],
  ['or', { precedence: 3, associativity: 'left' }],
  ['and', { precedence: 4, associativity: 'left' }],
  ['==', COMPARE],
  ['!=', COMPARE],
  ["'<'", COMPARE],
  ['<=', COMPARE],
  ["'>'", COMPARE],
  ['>=', COMPARE],
  ["'+'", SUM],
  ["'-'", SUM],
  ["'*'", PRODUCT],
  ["'/'", PRODUCT],
  ["'%'", PRODUCT],
]);

function operatorNode(operator: string, left: Ast, right: Ast): Ast {
  switch (operator) {
    case '//':
      return { type: 'alternative', left, right };
    case 'and':
    case 'or':
      return { type: operator, left, right };
    case '=':
    case '|=':
    case '+=':
    case '-=':
    case '*=':
    case '/=':
    case '%=':
    case '//=':
      return { type: 'assign', operator: operator satisfies AssignOperator, left, right };
    default:
      return { type: 'binary', operator: operator as BinaryOperator, left, right };
  }
}

/** The upper half of the grammar: programs, queries and binary operators. */
class Parser extends ObjectParser {
  parseProgram(): Ast {
    if (this.is('module') || this.is('import') || this.is('include')) {
      this.refuseModules();
    }
    const definitions: Definition[] = [];
    while (this.is('def')) {
      definitions.push(this.parseDefinition());
    }
    // A program of definitions alone is a module; as a program it is the identity.
    const isEmpty = this.is('end of file');
    if (!isEmpty && !this.startsTerm()) {
      this.unexpected(definitions.length === 0 ? ['end of file'] : []);
    }
    const body: Ast = isEmpty ? { type: 'identity' } : this.parseQuery();
    this.expect('end of file');
    return definitions.reduceRight<Ast>(
      (inner, definition) => ({ type: 'def', definition, body: inner }),
      body,
    );
  }

  parseQuery(): Ast {
    this.descend();
    const left = this.parseComma();
    const query: Ast = this.accept("'|'") ? { type: 'pipe', left, right: this.parseQuery() } : left;
    this.ascend();
    return query;
  }

  private parseComma(): Ast {
    let left = this.parseQueryItem();
    while (this.accept("','")) {
      left = { type: 'comma', left, right: this.parseQueryItem() };
    }
    return left;
  }

  private parseQueryItem(): Ast {
    if (this.is('def')) {
      return { type: 'def', definition: this.parseDefinition(), body: this.parseQuery() };
    }
    if (this.accept('label')) {
      const name = this.expect('BINDING').text;
      this.expect("'|'");
      return { type: 'label', name, body: this.parseQuery() };
    }
    const source = this.parseExpression();
    if (!this.accept('as')) {
      return source;
    }
    const patterns = this.parsePatterns();
    this.expect("'|'");
    return { type: 'as', source, patterns, body: this.parseQuery() };
  }

  parseExpression(precedenceMin = 0): Ast {
    this.descend();
    let left = this.parseTerm();
    // A comparison or assignment does not chain: after one, an operator of its own rank is an error.
    let precedenceMax = Number.POSITIVE_INFINITY;
    for (;;) {
      const rule = OPERATORS.get(this.token.kind);
      if (rule === undefined || rule.precedence < precedenceMin) {
        this.ascend();
        return left;
      }
      if (rule.precedence >= precedenceMax) {
        this.unexpected([]);
      }
      const operator = this.advance().text;
      const rightMin = rule.associativity === 'right' ? rule.precedence : rule.precedence + 1;
      left = operatorNode(operator, left, this.parseExpression(rightMin));
      precedenceMax = rule.associativity === 'none' ? rule.precedence : Number.POSITIVE_INFINITY;
    }
  }

  parseDefinition(): Definition {
    this.expect('def');
    const name = this.expect('IDENT').text;
    const parameters: Parameter[] = [];
    if (this.accept("'('")) {
      do {
        const isValue = this.is('BINDING');
        parameters.push({ name: isValue ? this.advance().text : this.expect('IDENT').text, isValue });
      } while (this.accept("';'"));
      this.expect("')'");
    }
    this.expect("':'");
    const body = this.parseQuery();
    this.expect("';'");
    return { name, parameters, body };
  }

  /** Modules need a file system; what is wrong in itself is still reported as jq would. */
  private refuseModules(): never {
    const keyword = this.advance();
    if (keyword.kind === 'include' || keyword.kind === 'import') {
      const start = this.token.start;
      const path = this.parseString();
      if (path.type !== 'string' || path.parts.some((part) => typeof part !== 'string')) {
        throw new JqSyntaxError('Import path must be constant', this.source, start);
      }
      if (keyword.kind === 'import' && this.expect('as') && !this.accept('BINDING')) {
        this.expect('IDENT');
      }
    }
    if (keyword.kind === 'module' || !this.is("';'")) {
      this.checkMetadata();
    }
    throw new JqSyntaxError('modules are not supported', this.source, keyword.start);
  }

  private checkMetadata(): void {
    const start = this.token.start;
    const metadata = this.parseQuery();
    const isConstant = metadata.type === 'literal' || metadata.type === 'object' || metadata.type === 'array';
    if (metadata.type !== 'object') {
      const kind = isConstant ? 'an object' : 'constant';
      throw new JqSyntaxError(`Module metadata must be ${kind}`, this.source, start);
    }
  }
}

/** Parses a program; throws JqSyntaxError where the text leaves jq's grammar. */
export function parse(source: string): Ast {
  return new Parser(source).parseProgram();
}
