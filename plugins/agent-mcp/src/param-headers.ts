import type { Tool } from './wire.js';

/** An argument that goes along as a header, so that what stands before the server can route by it. */
interface Declared {
  path: readonly string[];
  header: string;
}

const KEY = 'x-mcp-header';
const PREFIX = 'Mcp-Param-';
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES = new Set<unknown>(['string', 'integer', 'boolean']);
/** What a header can hold as it is. */
const PLAIN = /^(?! )[\t\x20-\x7e]+(?<! )$/;
const ENCODED = /^=\?base64\?.*\?=$/;

/**
 * The headers that a call of the tool takes along (`x-mcp-header` in its schema, MCP 2026-07-28); null when
 * it declares some that break the protocol, so that it must not be called.
 */
export function paramHeaders({ inputSchema }: Tool, args: unknown): Record<string, string> | null {
  const declared = declaredIn(inputSchema);
  if (declared === null) return null;
  const pairs = declared.flatMap(({ path, header }) => {
    const value = path.reduce<unknown>((node, key) => childOf(node, key), args);
    const text = textOf(value);
    return text === null ? [] : [[PREFIX + header, encoded(text)]];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

function declaredIn(schema: unknown): Declared[] | null {
  const found: Declared[] = [];
  if (!collect(schema, [], found)) return null;
  const names = new Set(found.map(({ header }) => header.toLowerCase()));
  return names.size === found.length ? found : null;
}

/** False: something is declared where it may not be. It may be on single values under `properties` only. */
function collect(schema: unknown, path: readonly string[] | null, found: Declared[]): boolean {
  if (Array.isArray(schema)) return schema.every((one) => collect(one, null, found));
  if (typeof schema !== 'object' || schema === null) return true;
  const { [KEY]: header, properties, ...others } = schema as Record<string, unknown>;
  if (header !== undefined) {
    const allowed = path !== null && path.length > 0 && TYPES.has(others.type);
    if (!allowed || typeof header !== 'string' || !HEADER_NAME.test(header)) return false;
    found.push({ path, header });
  }
  const children = Object.entries(typeof properties === 'object' && properties !== null ? properties : {});
  return (
    children.every(([key, child]) => collect(child, path && [...path, key], found)) &&
    SUBSCHEMAS.every((key) => collect(others[key], null, found)) &&
    MAPS.every((key) =>
      Object.values((others[key] as object | undefined) ?? {}).every((one) => collect(one, null, found)),
    )
  );
}

/** Keywords of JSON Schema that hold schemas, and those that hold them by name. */
const SUBSCHEMAS = [
  'items',
  'prefixItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
];
const MAPS = ['patternProperties', 'dependentSchemas', '$defs', 'definitions'];

function childOf(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value);
  return typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value)
    ? String(value)
    : null;
}

function encoded(text: string): string {
  if (PLAIN.test(text) && text === text.trim() && !ENCODED.test(text)) return text;
  return `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}
