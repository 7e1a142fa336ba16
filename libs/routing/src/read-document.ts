import type { Finding } from '@tutti/contracts';
import { isMap, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';

const ALIASES_MAX = 100;

/** What a kind of document is: its schema, what it is called in findings, and its limits. */
export interface DocumentKind<T> {
  schema: z.ZodType<T>;
  /** One word, such as `policy`: the code of findings, and "The policy" in their text. */
  word: string;
  bytesMax: number;
  findingsMax: number;
}

/** A document that was read; `value` is absent when a finding is an error. */
export interface ReadDocument<T> {
  value?: T;
  findings: Finding[];
  /** The finding with the line and column of its path in the text, for checks that come after the schema. */
  place: (finding: Finding & { path: readonly PropertyKey[] }) => Finding;
}

/** YAML or JSON text to a document that fits its schema. Never throws. */
export function readDocument<T>(text: string, kind: DocumentKind<T>): ReadDocument<T> {
  if (Buffer.byteLength(text) > kind.bytesMax) {
    return unread([syntax(`The ${kind.word} is larger than ${kind.bytesMax} bytes`)]);
  }
  try {
    return read(text, kind);
  } catch (error) {
    // Too many aliases or too deep: refused like any other text that is no document.
    return unread([syntax(`The text cannot be read: ${(error as Error).message}`)]);
  }
}

function read<T>(text: string, kind: DocumentKind<T>): ReadDocument<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  if (document.errors.length > 0) {
    const findings = document.errors.slice(0, kind.findingsMax).map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { ...syntax(error.message), line, column: col };
    });
    return unread(findings);
  }
  const place = placer(document as unknown as Document, lines);
  const parsed = kind.schema.safeParse(document.toJS({ maxAliasCount: ALIASES_MAX }));
  if (parsed.success) return { value: parsed.data, findings: [], place };
  return {
    findings: parsed.error.issues
      .slice(0, kind.findingsMax)
      .flatMap((issue) => describe(issue, kind.word))
      .map(place),
    place,
  };
}

function unread<T>(findings: Finding[]): ReadDocument<T> {
  return { findings, place: ({ path: _path, ...finding }) => finding };
}

function syntax(message: string): Finding {
  return { severity: 'error', code: 'syntax', message };
}

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, word: string): (Finding & { path: PropertyKey[] })[] {
  const base = { severity: 'error', code: word } as const;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...base,
      message: `Unknown property "${key}"`,
      path: [...issue.path, key],
    }));
  }
  const name = issue.path.length === 0 ? `The ${word}` : `"${issue.path.join('.')}"`;
  return [{ ...base, message: `${name}: ${issue.message}`, path: issue.path }];
}

function placer(document: Document, lines: LineCounter): ReadDocument<unknown>['place'] {
  return ({ path, ...finding }) => {
    const pointer = path
      .map((token) => `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
    const offset = offsetOf(document, path);
    if (offset === undefined) return { ...finding, pointer };
    const { line, col } = lines.linePos(offset);
    return { ...finding, pointer, line, column: col };
  };
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  let node = document.contents as Node | null | undefined;
  let offset = node?.range?.[0];
  for (const token of path) {
    if (isSeq(node)) {
      node = node.items[Number(token)] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find(
      ({ key }) => String((key as { value?: unknown } | null)?.value) === String(token),
    );
    if (pair === undefined) break;
    offset = (pair.key as Node | null)?.range?.[0] ?? offset;
    node = pair.value as Node | null;
  }
  return offset;
}
