import { isObject, type JsonObject } from './references.js';
import type { Parameter, ParameterStyle } from './parameter.js';

type Encode = (text: string) => string;

const DELIMITERS: Partial<Record<ParameterStyle, string>> = {
  spaceDelimited: '%20',
  pipeDelimited: '%7C',
  tabDelimited: '%09',
};
/** What RFC 3986 calls reserved, without what would end the query or begin the next parameter. */
const RESERVED = /%(3A|2F|3F|5B|5D|40|21|24|27|28|29|2A|2C|3B)/gi;

/** A single value as text; what is no list or object of the parameter itself is written as JSON. */
export function plainText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function encoderOf({ allowReserved }: Parameter): Encode {
  if (!allowReserved) return encodeURIComponent;
  return (text) => encodeURIComponent(text).replaceAll(RESERVED, decodeURIComponent);
}

function fieldsOf(value: JsonObject): [string, unknown][] {
  return Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
}

/** A value in the path of an address (OpenAPI 3.1, 4.8.12.3; RFC 6570). */
export function inPath(parameter: Parameter, value: unknown): string {
  const { name, style, explode } = parameter;
  const encode = encoderOf(parameter);
  if (style === 'json') return encode(JSON.stringify(value));
  if (style === 'simple') return commaList(value, explode, encode);
  const key = encodeURIComponent(name);
  if (style === 'label')
    return `.${explode ? exploded(value, encode).join('.') : commaList(value, false, encode)}`;
  if (!explode || (!Array.isArray(value) && !isObject(value)))
    return `;${key}=${commaList(value, false, encode)}`;
  const prefix = Array.isArray(value) ? `${key}=` : '';
  return exploded(value, encode)
    .map((part) => `;${prefix}${part}`)
    .join('');
}

/** A value of a header: not encoded, as headers are. */
export function inHeader({ style, explode }: Parameter, value: unknown): string {
  return style === 'json' ? JSON.stringify(value) : commaList(value, explode, (text) => text);
}

/** The `name=value` pairs of a value in a query, a cookie or a form; none for an empty list. */
export function inQuery(parameter: Parameter, value: unknown): string[] {
  const { name, style, explode } = parameter;
  const encode = encoderOf(parameter);
  const key = encodeURIComponent(name);
  if (style === 'json') return [`${key}=${encode(JSON.stringify(value))}`];
  if (style === 'deepObject' && isObject(value)) return deepPairs(key, value, encode);
  if (Array.isArray(value)) {
    const items = value.map((item) => encode(plainText(item)));
    if (items.length === 0) return [];
    return explode
      ? items.map((item) => `${key}=${item}`)
      : [`${key}=${items.join(DELIMITERS[style] ?? ',')}`];
  }
  if (!isObject(value)) return [`${key}=${encode(plainText(value))}`];
  if (fieldsOf(value).length === 0) return [];
  return explode ? exploded(value, encode) : [`${key}=${commaList(value, false, encode)}`];
}

function commaList(value: unknown, explode: boolean, encode: Encode): string {
  if (Array.isArray(value)) return value.map((item) => encode(plainText(item))).join(',');
  if (!isObject(value)) return encode(plainText(value));
  if (explode) return exploded(value, encode).join(',');
  return fieldsOf(value)
    .map(([name, field]) => `${encode(name)},${encode(plainText(field))}`)
    .join(',');
}

function exploded(value: unknown, encode: Encode): string[] {
  if (Array.isArray(value)) return value.map((item) => encode(plainText(item)));
  if (!isObject(value)) return [encode(plainText(value))];
  return fieldsOf(value).map(([name, field]) => `${encode(name)}=${encode(plainText(field))}`);
}

function deepPairs(key: string, value: JsonObject, encode: Encode): string[] {
  return fieldsOf(value).flatMap(([name, field]) => {
    const inner = `${key}[${encodeURIComponent(name)}]`;
    if (isObject(field)) return deepPairs(inner, field, encode);
    const items = Array.isArray(field) ? field : [field];
    return items.map((item) => `${inner}=${encode(plainText(item))}`);
  });
}
