import { compile, JqSyntaxError } from '@tutti/jq';
import type { Finding } from '@tutti/contracts';
import type { EditedDocument, TextRange } from './document';

/** A finding with its place in the text that was checked. */
export interface PlacedFinding extends Finding {
  range: TextRange;
  line: number;
  column: number;
}

/** Variables that an expression names; of unknown ones the hub tells, which knows where it stands. */
const ANY_VARIABLE = /\$(\w+)/g;

function lineRange(text: string, line: number, column: number): TextRange {
  const lines = text.split('\n');
  const index = Math.min(Math.max(line, 1), lines.length) - 1;
  const start = lines.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
  const content = lines[index] ?? '';
  const from = start + Math.min(Math.max(column, 1) - 1, content.length);
  const word =
    /^(?:"[^"]*"|'[^']*'|[^\s:,{}[\]#]+)/.exec(text.slice(from, start + content.length))?.[0] ?? '';
  return { from, to: from + Math.max(word.length, 1) };
}

/** Where in an expression jq stops understanding it, as a place in the text. */
function expressionRange(text: string, value: TextRange): TextRange | undefined {
  const written = text.slice(value.from, value.to);
  const open = written.indexOf('${');
  const close = written.lastIndexOf('}');
  // Without the brackets the whole value is the expression, as in `when` and `in`.
  const start = open === -1 ? (/^["']/.test(written) ? 1 : 0) : open + 2;
  const source = written.slice(start, open === -1 ? undefined : close);
  // Quotes and escapes of YAML move everything behind them: then the value as a whole is marked.
  if (/^"|''|\\/.test(written)) return undefined;
  try {
    compile(source, { variables: [...source.matchAll(ANY_VARIABLE)].map(([, name = '']) => name) });
    return undefined;
  } catch (error) {
    if (!(error instanceof JqSyntaxError)) return undefined;
    const from = Math.min(value.from + start + error.offset, value.to - 1);
    const word = /^(\w+|\S)/.exec(text.slice(from, value.to))?.[0].length ?? 1;
    return { from, to: Math.min(from + word, value.to) };
  }
}

function rangeOf(finding: Finding, text: string, document: EditedDocument): TextRange {
  const place = finding.pointer === undefined ? undefined : document.placeOf(finding.pointer);
  if (place !== undefined && ['expression-syntax', 'unknown-variable'].includes(finding.code)) {
    if (finding.code === 'expression-syntax') return expressionRange(text, place.value) ?? place.value;
    const name = /\$\w+/.exec(finding.message)?.[0];
    const at = name === undefined ? -1 : text.slice(place.value.from, place.value.to).indexOf(name);
    if (name !== undefined && at !== -1)
      return { from: place.value.from + at, to: place.value.from + at + name.length };
    return place.value;
  }
  if (finding.line !== undefined) return lineRange(text, finding.line, finding.column ?? 1);
  return place !== undefined && place.key.to > place.key.from ? place.key : { from: 0, to: 1 };
}

const ORDER = { error: 0, warning: 1, info: 2 } as const;

/** Findings with their places, worst first and then from top to bottom. */
export function placeFindings(
  findings: readonly Finding[],
  text: string,
  document: EditedDocument,
): PlacedFinding[] {
  return findings
    .map((finding) => {
      const place = rangeOf(finding, text, document);
      const from = Math.min(place.from, text.length);
      const to = Math.max(Math.min(place.to, text.length), from);
      return { ...finding, range: { from, to }, ...positionOf(text, from) };
    })
    .sort((a, b) => ORDER[a.severity] - ORDER[b.severity] || a.range.from - b.range.from);
}

/** Line and column (from 1) of an offset. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}
