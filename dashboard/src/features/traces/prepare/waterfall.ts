import type { SpanItem } from '@tutti/contracts';
import type { Scale } from './scale';

/** A span in its place in the tree. */
export interface SpanRow {
  span: SpanItem;
  depth: number;
  children: number;
  startMs: number;
  endMs: number;
  hiddenBelow: boolean;
}

const endOf = (span: SpanItem, nowMs: number) =>
  span.open ? Math.max(nowMs, Date.parse(span.startedAt)) : Date.parse(span.startedAt) + span.durationMs;

/** Spans whose parent is not among them are roots: parents can come later, or never. */
function childrenOf(spans: readonly SpanItem[]): Map<string | null, SpanItem[]> {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = new Map<string | null, SpanItem[]>();
  for (const span of spans) {
    const parent =
      span.parentSpanId !== null && known.has(span.parentSpanId) && span.parentSpanId !== span.spanId
        ? span.parentSpanId
        : null;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  for (const list of children.values())
    list.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return children;
}

/** The rows of the waterfall, depth first, without what is below folded spans. */
export function spanRows(spans: readonly SpanItem[], folded: ReadonlySet<string>, nowMs: number): SpanRow[] {
  const children = childrenOf(spans);
  const rows: SpanRow[] = [];
  const seen = new Set<string>();
  const visit = (span: SpanItem, depth: number) => {
    if (seen.has(span.spanId)) return;
    seen.add(span.spanId);
    const below = children.get(span.spanId) ?? [];
    const hiddenBelow = folded.has(span.spanId) && below.length > 0;
    rows.push({
      span,
      depth,
      children: below.length,
      startMs: Date.parse(span.startedAt),
      endMs: endOf(span, nowMs),
      hiddenBelow,
    });
    if (!hiddenBelow) for (const child of below) visit(child, depth + 1);
  };
  for (const root of children.get(null) ?? []) visit(root, 0);
  return rows;
}

const IDLE_KINDS: ReadonlySet<string> = new Set(['review']);

/**
 * Only spans without children say when work was done: a parent lasts as long as all that is in it, waits too.
 */
export function stretchesOf(rows: readonly SpanRow[]) {
  const leaves = rows.filter(({ children }) => children === 0);
  return leaves.map(({ span, startMs, endMs }) => ({ startMs, endMs, idle: IDLE_KINDS.has(span.kind) }));
}

export interface TraceTotals {
  fromMs: number;
  toMs: number;
  inputTokens: number;
  outputTokens: number;
  costMicros: number;
  currency: string | null;
  errors: number;
  open: boolean;
}

/**
 * Tokens and cost are summed over model calls only, because agents and workflows report the sums of what is
 * below them.
 */
export function traceTotals(spans: readonly SpanItem[], nowMs: number): TraceTotals {
  const billed = spans.filter(({ kind }) => kind === 'llm' || kind === 'embedding');
  const sum = (pick: (span: SpanItem) => number | null) =>
    billed.reduce((total, span) => total + (pick(span) ?? 0), 0);
  const starts = spans.map(({ startedAt }) => Date.parse(startedAt));
  return {
    fromMs: Math.min(...starts),
    toMs: Math.max(...spans.map((span) => endOf(span, nowMs))),
    inputTokens: sum((span) => span.inputTokens),
    outputTokens: sum((span) => span.outputTokens),
    costMicros: sum((span) => span.costMicros),
    currency: billed.find(({ currency }) => currency !== null)?.currency ?? null,
    errors: spans.filter(({ status }) => status === 'error').length,
    open: spans.some(({ open }) => open),
  };
}

/** Where a bar stands, in percent; never so thin that it cannot be seen. */
export function barOf(startMs: number, endMs: number, scale: Scale): { left: number; width: number } {
  const left = Math.min(99.6, scale.at(startMs) * 100);
  return { left, width: Math.max(0.4, scale.at(endMs) * 100 - left) };
}
