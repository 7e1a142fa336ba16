import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { Finding } from '@tutti/contracts';
import type { WorkflowDocument } from './document.types.js';
import { discreet } from './lint/discreet.js';
import { documented } from './lint/documented.js';
import { pointerTokens } from './pointer.js';
import { schemaFindings } from './schema-findings.js';

/** Limits of a document's text. An alias that is resolved more often is the YAML form of an XML bomb. */
export const DOCUMENT_LIMITS = { bytes: 1024 * 1024, aliases: 100, depth: 200, findings: 50 } as const;

/**
 * Line and column (from 1) of a JSON pointer in the text; of the nearest parent when the place itself is not
 * there.
 */
export type Locate = (pointer: string) => { line: number; column: number } | undefined;

/** A document, or why there is none. */
export interface ParsedWorkflow {
  document?: WorkflowDocument;
  findings: Finding[];
  locate: Locate;
}

const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
const nowhere: Locate = () => undefined;

/**
 * YAML or JSON text to a document that passed the specification's own schema. `document` is absent when a
 * finding is an error. Never throws: text that is too large, hostile or no YAML is a finding.
 */
export function parseWorkflow(text: string): ParsedWorkflow {
  const { value, findings, locate } = parseYaml(text);
  if (findings.length > 0) return { findings: documented(discreet(findings, undefined)), locate };
  const broken = documented(discreet(schemaFindings(value), value));
  if (broken.length > 0) return { findings: broken.map((finding) => placed(finding, locate)), locate };
  return { document: value as WorkflowDocument, findings: [], locate };
}

/** Adds line and column to a finding that has a pointer. */
export function placed(finding: Finding, locate: Locate): Finding {
  const place = finding.pointer === undefined ? undefined : locate(finding.pointer);
  return place === undefined ? finding : { ...finding, ...place };
}

/** The value of a YAML or JSON text, within the limits of a document. */
export function parseYaml(text: string): { value?: unknown; findings: Finding[]; locate: Locate } {
  if (Buffer.byteLength(text) > DOCUMENT_LIMITS.bytes) {
    const message = `The document is larger than ${DOCUMENT_LIMITS.bytes} bytes`;
    return { findings: [syntaxError(message, 'Split it into several workflows.')], locate: nowhere };
  }
  if (nestsTooDeep(text)) {
    const message = `Brackets or dashes are nested more than ${DOCUMENT_LIMITS.depth} deep`;
    return { findings: [syntaxError(message)], locate: nowhere };
  }
  try {
    return readYaml(text);
  } catch (error) {
    // Too many aliases, or nesting that exhausts the stack: the text is refused, the process lives.
    return {
      findings: [syntaxError(`The text cannot be read: ${(error as Error).message}`)],
      locate: nowhere,
    };
  }
}

/**
 * The time that the YAML parser needs grows with the square of the nesting: what no person writes is not
 * parsed at all.
 */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === OPEN_BRACKET || char === OPEN_BRACE) depth += 1;
    else if ((char === CLOSE_BRACKET || char === CLOSE_BRACE) && depth > 0) depth -= 1;
    if (depth > DOCUMENT_LIMITS.depth) return true;
  }
  return /(?:[-?:][ \t]){200}/.test(text);
}

function readYaml(text: string): { value?: unknown; findings: Finding[]; locate: Locate } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    uniqueKeys: false,
  });
  const findings: Finding[] = document.errors.slice(0, DOCUMENT_LIMITS.findings).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { ...syntaxError(error.message), line, column: col };
  });
  const locate = locator(document as unknown as Document, lines);
  findings.push(...twinKeys(document.contents).map((offset) => keyError(lines.linePos(offset))));
  if (findings.length > 0) return { findings: findings.slice(0, DOCUMENT_LIMITS.findings), locate };
  const value: unknown = document.toJS({ maxAliasCount: DOCUMENT_LIMITS.aliases });
  if (!holdsItself(value)) return { value, findings, locate };
  const message = 'An alias stands inside its own anchor, so that the document has no end';
  return { findings: [syntaxError(message, 'Write the value out in the place of the alias.')], locate };
}

function keyError({ line, col }: { line: number; col: number }): Finding {
  return { ...syntaxError('Map keys must be unique'), line, column: col };
}

/**
 * Offsets of keys that their map has already. The parser's own check compares every key with every other,
 * which takes 16 s for the 20,000 keys of half a megabyte.
 */
function twinKeys(node: unknown): number[] {
  if (isSeq(node)) return node.items.flatMap(twinKeys);
  if (!isMap(node)) return [];
  const seen = new Set<unknown>();
  return node.items.flatMap(({ key, value }) => {
    const inner = [...twinKeys(key), ...twinKeys(value)];
    if (!isScalar(key) || key.value === '<<') return inner;
    if (seen.has(key.value)) return [key.range?.[0] ?? 0, ...inner];
    seen.add(key.value);
    return inner;
  });
}

/** Whether a value is reached again on the way into itself, as an alias inside its own anchor makes it. */
function holdsItself(value: unknown, path = new Set<unknown>(), done = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null || done.has(value)) return false;
  if (path.has(value)) return true;
  path.add(value);
  const found = Object.values(value).some((inner) => holdsItself(inner, path, done));
  path.delete(value);
  done.add(value);
  return found;
}

function syntaxError(message: string, fix?: string): Finding {
  return { severity: 'error', code: 'syntax', message, ...(fix === undefined ? {} : { fix }) };
}

function locator(document: Document, lines: LineCounter): Locate {
  return (pointer) => {
    let node = document.contents as Node | null | undefined;
    let offset = node?.range?.[0];
    for (const token of pointerTokens(pointer)) {
      const next = step(document, node, token);
      if (next === undefined) break;
      node = next.node;
      offset = next.offset ?? offset;
    }
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}

function step(
  document: Document,
  parent: Node | null | undefined,
  token: string,
): { node: Node | null; offset: number | undefined } | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item = node.items[Number(token)] as Node | undefined;
    return item === undefined ? undefined : { node: item, offset: item.range?.[0] };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => String((key as { value?: unknown } | null)?.value) === token);
  if (pair === undefined) return undefined;
  return { node: pair.value as Node | null, offset: (pair.key as Node | null)?.range?.[0] };
}
