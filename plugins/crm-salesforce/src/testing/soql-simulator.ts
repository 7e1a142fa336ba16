import { VendorRefusal } from '@tutti/plugin-sdk/testing/vendor';

/** A record as the simulation keeps it. */
export type Stored = Record<string, unknown> & { Id: string };

/** A query of the simulation's SOQL: one table; =, >= (times), LIKE, IN, AND, OR; ORDER BY; LIMIT. */
export interface Query {
  fields: string[];
  type: string;
  matches: (read: (field: string) => unknown) => boolean;
  order: { field: string; descending: boolean }[];
  limit: number;
}

const TOKENS = /\s*('(?:[^'\\]|\\.)*'|[(),]|[=<>!]+|-?\d+(?:\.\d+)?(?![\w.:-])|[\w.:+-]+|.)/gy;
const ESCAPED: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

function malformed(near: string): never {
  throw new VendorRefusal({
    status: 400,
    body: [{ message: `unexpected token: '${near}'`, errorCode: 'MALFORMED_QUERY' }],
  });
}

/** Reads a query, or refuses it as Salesforce does. */
export function parseSoql(soql: string): Query {
  return new Reader(Array.from(soql.matchAll(TOKENS), ([, token = '']) => token)).query();
}

type Condition = Query['matches'];

class Reader {
  #at = 0;

  constructor(readonly tokens: readonly string[]) {}

  query(): Query {
    this.#word('SELECT');
    const fields = this.#list();
    this.#word('FROM');
    const type = this.#next();
    const matches = this.#takes('WHERE') ? this.#or() : () => true;
    const order = this.#takes('ORDER') ? this.#order() : [];
    const limit = this.#takes('LIMIT') ? Number(this.#next()) : Infinity;
    if (this.#at < this.tokens.length) malformed(this.tokens[this.#at] ?? '');
    return { fields, type, matches, order, limit };
  }

  #next(): string {
    const token = this.tokens[this.#at];
    this.#at += 1;
    return token ?? malformed('<EOF>');
  }

  #takes(word: string): boolean {
    if (this.tokens[this.#at]?.toUpperCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #word(word: string): void {
    if (!this.#takes(word)) malformed(this.tokens[this.#at] ?? '<EOF>');
  }

  #list(): string[] {
    const items = [this.#next()];
    while (this.#takes(',')) items.push(this.#next());
    return items;
  }

  #order(): Query['order'] {
    this.#word('BY');
    const order: Query['order'] = [];
    do {
      const field = this.#next();
      const descending = this.#takes('DESC');
      if (!descending) this.#takes('ASC');
      order.push({ field, descending });
    } while (this.#takes(','));
    return order;
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#takes('OR')) parts.push(this.#and());
    return (read) => parts.some((part) => part(read));
  }

  #and(): Condition {
    const parts = [this.#term()];
    while (this.#takes('AND')) parts.push(this.#term());
    return (read) => parts.every((part) => part(read));
  }

  #term(): Condition {
    if (this.#takes('(')) {
      const inner = this.#or();
      this.#word(')');
      return inner;
    }
    const field = this.#next();
    if (!/^[A-Za-z][\w.]*$/.test(field)) malformed(field);
    if (this.#takes('LIKE')) {
      const pattern = likePattern(this.#next());
      return (read) => pattern.test(String(read(field) ?? ''));
    }
    if (this.#takes('IN')) {
      this.#word('(');
      const values = this.#list().map(valueOf);
      this.#word(')');
      return (read) => values.some((value) => same(read(field), value));
    }
    if (this.#takes('>=')) {
      const from = Date.parse(this.#next());
      return (read) => Date.parse(String(read(field))) >= from;
    }
    this.#word('=');
    const value = valueOf(this.#next());
    return (read) => same(read(field), value);
  }
}

/** Texts are compared without their case, as Salesforce does. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one.toLowerCase() === other.toLowerCase();
  return (one ?? null) === other;
}

function valueOf(token: string): unknown {
  if (token.startsWith("'")) return unquoted(token, (char) => ESCAPED[char] ?? char);
  if (/^(true|false|null)$/i.test(token)) return JSON.parse(token.toLowerCase());
  if (/^\d{4}-\d\d-\d\d/.test(token)) return token;
  return /^-?\d/.test(token) ? Number(token) : malformed(token);
}

function unquoted(token: string, escaped: (char: string) => string): string {
  if (!/^'.*'$/s.test(token) || token.length < 2) malformed(token);
  return token.slice(1, -1).replaceAll(/\\(.)/gs, (_found, char: string) => escaped(char));
}

function likePattern(token: string): RegExp {
  if (!token.startsWith("'")) malformed(token);
  const source = token.slice(1, -1).replaceAll(/\\.|[%_]|[^\\%_]+/gs, (part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    return RegExp.escape(part.startsWith('\\') ? (ESCAPED[part.charAt(1)] ?? part.charAt(1)) : part);
  });
  return new RegExp(`^${source}$`, 'is');
}
