import { isMap, isScalar, isSeq, parseDocument, type Node, type Pair } from 'yaml';
import { ALIASES_MAX } from './document';

/** Where the cursor stands in the document, and what is typed there. */
export interface CursorPlace {
  /** A key of the map at `path`, or the value at `path`. */
  kind: 'key' | 'value';
  path: string[];
  /** Keys of the same map. */
  siblings: string[];
  /** The document with what is being typed. */
  document: unknown;
  /** Where the typed word begins. */
  from: number;
}

const MARK = 'tutti-cursor-is-here';
const WORD = /[\w$@:./-]*$/;

/**
 * The place of the cursor, found by reading the text with a mark in the place of what is being typed: that
 * holds for indented and for bracketed YAML alike, and while the rest of the text is broken.
 */
export function placeAt(text: string, offset: number): CursorPlace | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  if (/^\s*#|\s#/.test(before)) return undefined;
  const valueWord = /(?:^|[{,\s-])["']?[\w$@./-]+["']?:\s+(?:\[\s*(?:[^\],]*,\s*)*)?(["']?[\w$@:./-]*)$/.exec(
    before,
  );
  const word = valueWord?.[1] ?? WORD.exec(before)?.[0] ?? '';
  const from = offset - word.length;
  const end = offset + (/^[\w$@./-]*/.exec(text.slice(offset))?.[0].length ?? 0);
  const hasColon = /^\s*:(\s|$)/.test(text.slice(end));
  const kind = valueWord === null ? 'key' : 'value';
  const marked = kind === 'key' && !hasColon ? `${MARK}: ` : MARK;
  const document = parseDocument(text.slice(0, from) + marked + text.slice(end), { uniqueKeys: false });
  const found = find(document.contents as Node | null, []);
  if (found === undefined) return undefined;
  let value: unknown;
  try {
    // What is being typed rules nothing out.
    const reviver = (_key: unknown, each: unknown) => (each === MARK ? null : each);
    value = document.toJS({ maxAliasCount: ALIASES_MAX, reviver });
  } catch {
    // Aliases without an anchor, while one types: the keywords can be told without the values.
    value = undefined;
  }
  return { ...found, document: value, from };
}

type Found = Pick<CursorPlace, 'kind' | 'path' | 'siblings'>;

function find(node: Node | null, path: string[]): Found | undefined {
  if (isScalar(node)) return node.value === MARK ? { kind: 'value', path, siblings: [] } : undefined;
  if (isSeq(node)) return first(node.items as Node[], (item, index) => find(item, [...path, String(index)]));
  if (!isMap(node)) return undefined;
  const pairs = node.items as Pair<Node, Node | null>[];
  return first(pairs, ({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : '';
    if (name === MARK) return { kind: 'key', path, siblings: namesOf(pairs) };
    return find(value, [...path, name]);
  });
}

function namesOf(pairs: readonly Pair<Node, Node | null>[]): string[] {
  return pairs.map(({ key }) => (isScalar(key) ? String(key.value) : '')).filter((name) => name !== MARK);
}

function first<T>(
  items: readonly T[],
  pick: (item: T, index: number) => Found | undefined,
): Found | undefined {
  for (const [index, item] of items.entries()) {
    const found = pick(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The text between `${` and the cursor, when the cursor stands in an expression on its line. */
export function expressionBefore(text: string, offset: number): string | undefined {
  const open = text.lastIndexOf('${', offset);
  if (open === -1 || offset - open > 4000) return undefined;
  const inner = text.slice(open + 2, offset);
  let depth = 1;
  for (const char of inner) {
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (depth === 0) return undefined;
  }
  return inner;
}
