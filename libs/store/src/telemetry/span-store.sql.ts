const text = (place: number) => `string_to_array($${place}, E'\\x1e', E'\\x1f')`;

/**
 * Kinds whose tokens and cost are summed: model calls only, because outer spans repeat the sums of inner
 * ones.
 */
const MODEL_CALL = `i.kind IN ('llm', 'embedding')`;
/** Calls of the hub's own plugins may have a price, too; no model call is nested in one. */
const PRICED = `i.kind IN ('llm', 'embedding', 'call')`;

/**
 * Inserts spans and, for those that were not there yet, updates rollups, inventory and counters: one
 * statement, so one transaction. The aggregates read what the insert returned, so a repeated export changes
 * nothing. Keys are taken in order, so that two collectors which update the same rows do not wait for each
 * other in a circle.
 */
const insertSpans = (onConflict: string) => `
WITH incoming AS (
  SELECT t.*, to_timestamp(t.start_us / 1e6) AS started_at FROM unnest($1::double precision[], $2::uuid[], $3::uuid[],
    $4::double precision[],
    $5::int[], $6::smallint[], $7::smallint[], $8::int[], $9::int[], $10::bigint[],
    ${Array.from({ length: 16 }, (_, i) => text(11 + i)).join(', ')})
  AS t(start_us, trace_id, run_id, duration_ms, source_id, role, status, input_tokens, output_tokens, cost_micros, workspace_id, span_id,
    parent_span_id, kind, name, status_message, provider, model, agent, tool, mcp_server, currency, price_version, attributes,
      events, links)),
inserted AS (
  INSERT INTO spans (started_at, trace_id, run_id, duration_ms, source_id, role, status, workspace_id, span_id, parent_span_id, kind, name,
    status_message, provider, model, agent, tool, mcp_server, input_tokens, output_tokens, cost_micros, currency, price_version, attributes,
    events, links)
  SELECT started_at, trace_id, run_id, duration_ms, source_id, role, status, workspace_id, span_id, parent_span_id, kind, name,
    status_message, provider, model, agent, tool, mcp_server, input_tokens, output_tokens, cost_micros, currency, price_version, attributes,
    events, links FROM incoming
  ${onConflict}
  RETURNING started_at, duration_ms, source_id, status, workspace_id, kind, provider, model, agent, tool, mcp_server, input_tokens,
    output_tokens, cost_micros, currency),
summed AS (
  SELECT workspace_id, date_trunc('minute', started_at, 'UTC') AS minute, source_id, kind, provider, model, agent, tool,
    mcp_server, currency,
    count(*) AS spans, count(*) FILTER (WHERE status = 2) AS errors, sum(duration_ms) AS duration_ms,
    min(started_at) AS first_at, max(started_at + duration_ms * interval '1 millisecond') AS last_at,
    coalesce(sum(input_tokens) FILTER (WHERE ${MODEL_CALL}), 0) AS input_tokens,
    coalesce(sum(output_tokens) FILTER (WHERE ${MODEL_CALL}), 0) AS output_tokens,
    coalesce(sum(cost_micros) FILTER (WHERE ${PRICED}), 0) AS cost_micros
  FROM inserted i GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
minutes AS (
  INSERT INTO span_minutes AS m (minute, workspace_id, application, environment, kind, provider, model, spans, errors, duration_ms_sum,
    input_tokens, output_tokens, cost_micros)
  SELECT i.minute, i.workspace_id, s.application, s.environment, i.kind, coalesce(i.provider, ''), coalesce(i.model, ''), sum(i.spans),
    sum(i.errors), sum(i.duration_ms), sum(i.input_tokens), sum(i.output_tokens), sum(i.cost_micros)
  FROM summed i JOIN telemetry_sources s ON s.id = i.source_id GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
  ON CONFLICT (workspace_id, minute, application, environment, kind, provider, model) DO UPDATE SET spans = m.spans + excluded.spans,
    errors = m.errors + excluded.errors, duration_ms_sum = m.duration_ms_sum + excluded.duration_ms_sum,
    input_tokens = m.input_tokens + excluded.input_tokens, output_tokens = m.output_tokens + excluded.output_tokens,
    cost_micros = m.cost_micros + excluded.cost_micros),
assets AS (
  INSERT INTO ai_assets AS a (workspace_id, kind, application, environment, provider, name, managed, sender, first_seen_at, last_seen_at,
    calls, errors, input_tokens, output_tokens, cost_micros, currency)
  SELECT i.workspace_id, n.kind, CASE n.kind WHEN 'application' THEN '' ELSE s.application END, s.environment, n.provider, n.name,
    bool_or(s.managed), max(s.sender), min(i.first_at), max(i.last_at), coalesce(sum(i.spans) FILTER (WHERE n.counts), 0),
    coalesce(sum(i.errors) FILTER (WHERE n.counts), 0), sum(i.input_tokens), sum(i.output_tokens), sum(i.cost_micros), max(i.currency)
  FROM summed i JOIN telemetry_sources s ON s.id = i.source_id,
    LATERAL (VALUES
      ('application', s.application, '', ${MODEL_CALL}),
      ('model', CASE WHEN i.kind IN ('llm', 'embedding', 'retrieval') THEN i.model END, coalesce(i.provider, ''), true),
      ('agent', i.agent, '', i.kind = 'agent'),
      ('tool', i.tool, '', i.kind IN ('tool', 'mcp', 'call')),
      ('mcp-server', i.mcp_server, '', true)) AS n(kind, name, provider, counts)
  WHERE n.name IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (workspace_id, kind, application, environment, provider, name) DO UPDATE SET managed = excluded.managed,
    sender = excluded.sender, first_seen_at = least(a.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(a.last_seen_at, excluded.last_seen_at), calls = a.calls + excluded.calls, errors = a.errors + excluded.errors,
    input_tokens = a.input_tokens + excluded.input_tokens, output_tokens = a.output_tokens + excluded.output_tokens,
    cost_micros = a.cost_micros + excluded.cost_micros, currency = coalesce(excluded.currency, a.currency)),
counters AS (
  INSERT INTO telemetry_counters AS c (workspace_id, hour, name, value)
  SELECT workspace_id, date_trunc('hour', now(), 'UTC'), 'spans.accepted', sum(spans) FROM summed GROUP BY 1 ORDER BY 1
  ON CONFLICT (workspace_id, hour, name) DO UPDATE SET value = c.value + excluded.value)
SELECT coalesce(sum(spans), 0)::int AS inserted FROM summed`;

/**
 * For spans that are all new, as nearly always: fails as a whole on a span that is there already. It costs a
 * third less than the other.
 */
export const INSERT_NEW_SPANS = insertSpans('');
/** For spans of which some may be there already. */
export const INSERT_SPANS = insertSpans('ON CONFLICT DO NOTHING');

/** Names a source once; an update that changes nothing makes RETURNING give the row that was there. */
export const UPSERT_SOURCE = `
INSERT INTO telemetry_sources AS s (workspace_id, hash, application, environment, managed, sender, scope_name, scope_version, resource)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (workspace_id, hash) DO UPDATE SET managed = excluded.managed RETURNING id`;

export const ADD_COUNTERS = `
INSERT INTO telemetry_counters AS c (workspace_id, hour, name, value)
SELECT $1, date_trunc('hour', now(), 'UTC'), name, value FROM unnest($2::text[], $3::bigint[]) AS t(name, value) ORDER BY name
ON CONFLICT (workspace_id, hour, name) DO UPDATE SET value = c.value + excluded.value`;

/**
 * Assets that a metric or a log told of: they are named, but nothing is counted, because the spans count the
 * same calls.
 */
export const SIGHT_ASSETS = `
INSERT INTO ai_assets AS a (workspace_id, kind, application, environment, provider, name, managed, sender, first_seen_at,
  last_seen_at, calls,
  errors, input_tokens, output_tokens, cost_micros)
SELECT $1, kind, application, environment, provider, name, managed, sender, now(), now(), 0, 0, 0, 0, 0
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[])
  AS t(kind, application, environment, provider, name, managed, sender) ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (workspace_id, kind, application, environment, provider, name) DO UPDATE SET last_seen_at = greatest(a.last_seen_at, now())`;
