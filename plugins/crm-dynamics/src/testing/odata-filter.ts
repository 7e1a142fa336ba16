import { VendorRefusal } from '@tutti/plugin-sdk/testing/vendor';

/** Reads a field of a record, also over a relation (`parentcustomerid_account/name`). */
export type Read = (field: string) => unknown;
type Condition = (read: Read) => boolean;

const TOKENS =
  /\s*('(?:[^']|'')*'|[(),]|@\w+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|-?\d[\d.:TZ-]*|[\w/]+|.)/gy;

function malformed(near: string): never {
  const message = `Syntax error near '${near}' in the filter.`;
  throw new VendorRefusal({ status: 400, body: { error: { code: '0x80060888', message } } });
}

/** A `$filter` of the simulation: eq, ge (times), contains, and, or, null, parentheses, parameter aliases. */
export function parseFilter(filter: string, aliases: URLSearchParams): Condition {
  return new Reader(
    Array.from(filter.matchAll(TOKENS), ([, token = '']) => token),
    aliases,
  ).whole();
}

class Reader {
  #at = 0;

  constructor(
    readonly tokens: readonly string[],
    readonly aliases: URLSearchParams,
  ) {}

  whole(): Condition {
    const condition = this.#or();
    if (this.#at < this.tokens.length) malformed(this.tokens[this.#at] ?? '');
    return condition;
  }

  #next(): string {
    const token = this.tokens[this.#at];
    this.#at += 1;
    return token ?? malformed('the end');
  }

  #takes(word: string): boolean {
    if (this.tokens[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  #word(word: string): void {
    if (!this.#takes(word)) malformed(this.tokens[this.#at] ?? 'the end');
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#takes('or')) parts.push(this.#and());
    return (read) => parts.some((part) => part(read));
  }

  #and(): Condition {
    const parts = [this.#term()];
    while (this.#takes('and')) parts.push(this.#term());
    return (read) => parts.every((part) => part(read));
  }

  #term(): Condition {
    if (this.#takes('(')) {
      const inner = this.#or();
      this.#word(')');
      return inner;
    }
    if (this.#takes('contains')) return this.#contains();
    const field = this.#next();
    if (!/^[A-Za-z_]/.test(field)) malformed(field);
    if (this.#takes('ge')) {
      const from = Date.parse(this.#next());
      return (read) => Date.parse(String(read(field))) >= from;
    }
    this.#word('eq');
    const value = this.#value();
    return (read) => lower(read(field)) === lower(value);
  }

  #contains(): Condition {
    this.#word('(');
    const field = this.#next();
    this.#word(',');
    const text = String(lower(this.#value()));
    this.#word(')');
    return (read) => String(lower(read(field) ?? '')).includes(text);
  }

  #value(token: string = this.#next()): unknown {
    if (token.startsWith('@')) return this.#value(this.aliases.get(token) ?? malformed(token));
    if (token.startsWith("'"))
      return /^'(?:[^']|'')*'$/.test(token) ? token.slice(1, -1).replaceAll("''", "'") : malformed(token);
    if (/^(true|false|null)$/.test(token)) return JSON.parse(token) as unknown;
    if (/^[0-9a-f]{8}-/.test(token)) return token;
    return /^-?\d+(\.\d+)?$/.test(token) ? Number(token) : malformed(token);
  }
}

/** Texts are compared without their case, as Dataverse does. */
function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : (value ?? null);
}
