import type { SpanItem } from '@tutti/contracts';
import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

/** Spans of one trace that are shown; a trace with more shows its first ones. */
export const TRACE_SPANS_MAX = 5_000;

export interface SpanQueryRow {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  kind: SpanItem['kind'];
  service: string;
  managed: boolean;
  startedAt: string;
  startMs: number;
  durationMs: number;
  status: number;
  statusMessage: string | null;
  model: string | null;
  provider: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  costMicros: string | null;
  currency: string | null;
  runId: string | null;
  attributes: string;
  events: string | null;
  links: string | null;
}

/** The spans of a trace in the order in which they began. */
export function listSpans(
  database: Queryable,
  workspaceId: string,
  traceId: string,
): Promise<SpanQueryRow[]> {
  return rowsOf<SpanQueryRow>(
    database,
    `
    SELECT replace(s.trace_id::text, '-', '') AS "traceId", s.span_id AS "spanId", s.parent_span_id AS "parentSpanId", s.name, s.kind,
           t.application AS service, t.managed, ${instant('s.started_at')} AS "startedAt",
           (extract(epoch FROM s.started_at) * 1000)::float8 AS "startMs", s.duration_ms AS "durationMs", s.status,
           s.status_message AS "statusMessage", s.model, s.provider, s.input_tokens AS "inputTokens", s.output_tokens AS "outputTokens",
           s.cost_micros AS "costMicros", s.currency, s.run_id AS "runId", s.attributes, s.events, s.links
      FROM spans s JOIN telemetry_sources t ON t.id = s.source_id
     WHERE s.trace_id = $2::uuid AND s.workspace_id = $1
     ORDER BY s.started_at, s.span_id LIMIT ${TRACE_SPANS_MAX}`,
    [workspaceId, traceId],
  );
}

export interface TraceFilter {
  workspaceId: string;
  service: string | null;
  managed: boolean | null;
  q: string | null;
  runId: string | null;
  from: Date | null;
  to: Date | null;
  /** The last trace of the page before. */
  before: { startedAt: string; traceId: string } | null;
  limit: number;
}

export interface TraceRow {
  traceId: string;
  name: string;
  service: string;
  managed: boolean;
  startedAt: string;
  durationMs: number;
  runId: string | null;
  spans: number;
  errors: number;
  inputTokens: string;
  outputTokens: string;
  costMicros: string;
}

// Tokens of model calls only, for outer spans repeat the sums of inner ones; cost also of the hub's own
// calls.
const SUMS = `
  SELECT count(*)::int AS spans, (count(*) FILTER (WHERE x.status = 2))::int AS errors,
         coalesce(sum(x.input_tokens) FILTER (WHERE x.kind IN ('llm', 'embedding')), 0) AS "inputTokens",
         coalesce(sum(x.output_tokens) FILTER (WHERE x.kind IN ('llm', 'embedding')), 0) AS "outputTokens",
         coalesce(sum(x.cost_micros) FILTER (WHERE x.kind IN ('llm', 'embedding', 'call')), 0) AS "costMicros"
    FROM spans x WHERE x.trace_id = r.trace_id AND x.workspace_id = $1 AND x.started_at >= r.started_at - interval '1 day'`;

/**
 * A run that goes on with the trace of a producer which does not report to the hub: the first of such a trace
 * stands for it, because its root is not here.
 */
const FIRST_OF_FOREIGN = `s.parent_span_id IS NOT NULL AND s.kind = 'workflow' AND s.run_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM spans p WHERE p.trace_id = s.trace_id AND p.workspace_id = $1 AND (p.parent_span_id IS NULL
          OR (p.kind = 'workflow' AND p.run_id IS NOT NULL AND (p.started_at, p.span_id) < (s.started_at, s.span_id))))`;

/**
 * Traces by their root span, newest first. The root spans have an index of their own; the sums are made for
 * the page only.
 */
export function listTraces(database: Queryable, filter: TraceFilter): Promise<TraceRow[]> {
  const parameters: unknown[] = [filter.workspaceId];
  const add = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions = ['s.workspace_id = $1'];
  if (filter.service) conditions.push(`t.application = ${add(filter.service)}`);
  if (filter.managed !== null) conditions.push(`t.managed = ${add(filter.managed)}`);
  if (filter.q) conditions.push(`position(lower(${add(filter.q)}) IN lower(s.name)) > 0`);
  if (filter.runId) conditions.push(`s.run_id = ${add(filter.runId)}::uuid`);
  if (filter.from) conditions.push(`s.started_at >= ${add(filter.from)}::timestamptz`);
  if (filter.to) conditions.push(`s.started_at < ${add(filter.to)}::timestamptz`);
  if (filter.before) {
    const { startedAt, traceId } = filter.before;
    conditions.push(`(s.started_at, s.trace_id) < (${add(startedAt)}::timestamptz, ${add(traceId)}::uuid)`);
  }
  const limit = add(filter.limit);
  const headsThat = (are: string) => `
      (SELECT s.trace_id, s.name, s.started_at, s.duration_ms, s.run_id, t.application, t.managed
        FROM spans s JOIN telemetry_sources t ON t.id = s.source_id WHERE ${[...conditions, are].join(' AND ')}
       ORDER BY s.started_at DESC, s.trace_id DESC LIMIT ${limit})`;
  return rowsOf<TraceRow>(
    database,
    `
    WITH heads AS (${headsThat('s.parent_span_id IS NULL')} UNION ALL ${headsThat(FIRST_OF_FOREIGN)}),
    roots AS (SELECT * FROM heads ORDER BY started_at DESC, trace_id DESC LIMIT ${limit})
    SELECT replace(r.trace_id::text, '-', '') AS "traceId", r.name, r.application AS service, r.managed,
           ${instant('r.started_at')} AS "startedAt", r.duration_ms AS "durationMs", r.run_id AS "runId", a.*
      FROM roots r CROSS JOIN LATERAL (${SUMS}) a ORDER BY r.started_at DESC, r.trace_id DESC`,
    parameters,
  );
}

export interface TracedRunRow {
  id: string;
  traceId: string;
  rootSpanId: string;
  parentSpanId: string | null;
  namespace: string;
  name: string;
  status: string;
  startedAt: string;
  startMs: number;
  /** When it ended, else the database's now. */
  untilMs: number;
  ended: boolean;
  state: string | null;
}

/** What of a run's own rows belongs into its trace while spans are still missing. */
export function findTracedRun(
  database: Queryable,
  workspaceId: string,
  runId: string,
): Promise<TracedRunRow | undefined> {
  return rowOf<TracedRunRow>(
    database,
    `
    SELECT r.id, r.trace_id AS "traceId", r.root_span_id AS "rootSpanId", r.parent_span_id AS "parentSpanId",
           w.namespace, w.name, r.status,
           ${instant('r.started_at')} AS "startedAt", (extract(epoch FROM r.started_at) * 1000)::float8 AS "startMs",
           (extract(epoch FROM coalesce(r.ended_at, clock_timestamp())) * 1000)::float8 AS "untilMs",
           r.ended_at IS NOT NULL AS ended, s.state
      FROM runs r JOIN workflows w ON w.id = r.workflow_id LEFT JOIN run_states s ON s.run_id = r.id
     WHERE r.workspace_id = $1 AND r.id = $2`,
    [workspaceId, runId],
  );
}
