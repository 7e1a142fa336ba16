import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Spans, their minute rollups, the AI inventory and the collector's counters. `spans` has two indexes: its
 * key, which begins with the trace, and a partial one on root spans for the newest traces; a span of the hub
 * costs no more than that.
 */
export class Telemetry1763770001000 implements MigrationInterface {
  name = 'Telemetry1763770001000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES_OF_SPANS);
    await queryRunner.query(TABLES_OF_SUMMARIES);
  }

  down(): Promise<void> {
    return Promise.reject(
      new Error('The telemetry migration cannot be reverted; restore a back-up instead.'),
    );
  }
}

const TABLES_OF_SPANS = `
CREATE TABLE telemetry_sources (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, hash bytea NOT NULL,
  application text NOT NULL, environment text NOT NULL, managed boolean NOT NULL, sender text NOT NULL, scope_name text NOT NULL,
  scope_version text NOT NULL, resource text NOT NULL, first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (workspace_id, hash));
CREATE TABLE spans (
  started_at timestamptz NOT NULL, trace_id uuid NOT NULL, run_id uuid, duration_ms double precision NOT NULL, source_id int NOT NULL,
  role smallint NOT NULL, status smallint NOT NULL, workspace_id text NOT NULL, span_id text NOT NULL, parent_span_id text,
  kind text NOT NULL,
  name text NOT NULL, status_message text, provider text, model text, agent text, tool text, mcp_server text, input_tokens int,
  output_tokens int, cost_micros bigint, currency text, price_version text, attributes text NOT NULL, events text, links text,
  PRIMARY KEY (trace_id, span_id, started_at)) PARTITION BY RANGE (started_at);
CREATE INDEX spans_roots ON spans (workspace_id, started_at DESC) WHERE parent_span_id IS NULL;
CREATE INDEX spans_roots_by_run ON spans (run_id) WHERE parent_span_id IS NULL AND run_id IS NOT NULL;
`;

const TABLES_OF_SUMMARIES = `
CREATE TABLE span_minutes (
  minute timestamptz NOT NULL, workspace_id text NOT NULL, application text NOT NULL, environment text NOT NULL, kind text NOT NULL,
  provider text NOT NULL, model text NOT NULL, spans bigint NOT NULL, errors bigint NOT NULL, duration_ms_sum double precision NOT NULL,
  input_tokens bigint NOT NULL, output_tokens bigint NOT NULL, cost_micros bigint NOT NULL,
  PRIMARY KEY (workspace_id, minute, application, environment, kind, provider, model)) PARTITION BY RANGE (minute);
CREATE TABLE ai_assets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), workspace_id text NOT NULL REFERENCES workspaces, kind text NOT NULL,
  application text NOT NULL,
  environment text NOT NULL, provider text NOT NULL, name text NOT NULL, managed boolean NOT NULL, sender text NOT NULL,
  first_seen_at timestamptz NOT NULL, last_seen_at timestamptz NOT NULL, calls bigint NOT NULL, errors bigint NOT NULL,
  input_tokens bigint NOT NULL, output_tokens bigint NOT NULL, cost_micros bigint NOT NULL, currency text,
  UNIQUE (workspace_id, kind, application, environment, provider, name)) WITH (fillfactor = 70);
CREATE TABLE telemetry_counters (
  workspace_id text NOT NULL REFERENCES workspaces, hour timestamptz NOT NULL, name text NOT NULL, value bigint NOT NULL,
  PRIMARY KEY (workspace_id, hour, name)) WITH (fillfactor = 50);
`;
