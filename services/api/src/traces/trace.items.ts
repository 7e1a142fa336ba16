import type { SpanItem, Trace } from '@tutti/contracts';
import type { z } from 'zod';
import { parseJson } from '../database/rows.js';
import type { SpanQueryRow } from './traces.queries.js';

const STATUSES = ['unset', 'ok', 'error'] as const;

/** A stored span as the API shows it. */
export function toSpanItem(row: SpanQueryRow): SpanItem {
  return {
    traceId: row.traceId,
    spanId: row.spanId,
    parentSpanId: row.parentSpanId,
    name: row.name,
    kind: row.kind,
    service: row.service,
    managed: row.managed,
    startedAt: row.startedAt,
    durationMs: row.durationMs,
    status: STATUSES[row.status] ?? 'unset',
    statusMessage: row.statusMessage,
    model: row.model,
    provider: row.provider,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    costMicros: row.costMicros === null ? null : Number(row.costMicros),
    currency: row.currency,
    runId: row.runId,
    open: false,
    attributes: parseJson<Record<string, unknown>>(row.attributes) ?? {},
    events: parseJson<unknown[]>(row.events) ?? [],
    links: parseJson<unknown[]>(row.links) ?? [],
  };
}

/** A span with its start as a number, to order and measure by. */
export interface TimedSpan {
  startMs: number;
  item: SpanItem;
}

/** A trace out of its spans, first to last. A sender that gave one id to two spans has the first shown. */
export function toTrace(traceId: string, spans: readonly TimedSpan[]): z.infer<typeof Trace> {
  const seen = new Set<string>();
  const once = spans.filter(({ item }) => !seen.has(item.spanId) && seen.add(item.spanId));
  const ordered = once.sort((a, b) => a.startMs - b.startMs);
  const first = ordered[0];
  const endMs = Math.max(...ordered.map(({ startMs, item }) => startMs + item.durationMs));
  return {
    traceId,
    startedAt: first?.item.startedAt ?? new Date(0).toISOString(),
    durationMs: first === undefined ? 0 : endMs - first.startMs,
    spans: ordered.map(({ item }) => item),
  };
}
