import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What may stand for a `:name` in a query. */
export const SoqlValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.strictObject({ date: z.iso.date() }),
  z.strictObject({ datetime: z.iso.datetime({ offset: true }) }),
]);
export type SoqlValue = z.output<typeof SoqlValue>;

/** Values for the `:names` of a query. */
export const SoqlParameters = z
  .record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/),
    z.union([SoqlValue, z.array(SoqlValue).max(1_000)]),
  )
  .default({})
  .describe('The values, by name; they are quoted. A date is { date }, a time { datetime }, a list an array');

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** A text as a literal, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll(/[\\'"\n\r\t\b\f]/g, (found) => ESCAPES[found] ?? found)}'`.replaceAll('\0', '');
}

/** A literal for LIKE: what holds the text somewhere. */
export function holding(text: string): string {
  const inner = quoted(text).slice(1, -1);
  return `'%${inner.replaceAll(/[%_]/g, (found) => `\\${found}`)}%'`;
}

function literal(value: SoqlValue | readonly SoqlValue[]): string {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new PermanentError('An empty list matches nothing.', { status: 422 });
    return `(${value.map((one: SoqlValue) => literal(one)).join(', ')})`;
  }
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value as { date: string } | { datetime: string }).join('');
}

/** Literals as they are, so that a colon in them stays one; a name behind a colon is a parameter. */
const TOKEN = /'(?:[^'\\]|\\.)*'|(?<![\w\d]):([A-Za-z]\w*)/g;

/** The query with values in the place of its `:names`. `PermanentError` 422 for a name without a value. */
export function bound(
  soql: string,
  parameters: Readonly<Record<string, SoqlValue | readonly SoqlValue[]>>,
): string {
  return soql.replaceAll(TOKEN, (found, name: string | undefined) => {
    if (name === undefined) return found;
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (value !== undefined) return literal(value);
    throw new PermanentError(`The query names ":${name}", which is not among its parameters.`, {
      status: 422,
    });
  });
}
