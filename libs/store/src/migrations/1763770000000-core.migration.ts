import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The hub's core tables. Hot tables are narrow: a run's metadata is written at its start and end, its state
 * lives in `run_states`, whose row is updated in place (HOT) and deleted at the end. Large JSON is `text`:
 * PostgreSQL stores it 2.5 times faster than jsonb, and it is parsed where it is read. The earliest deadline
 * of a run is `run_states.wake_at` (docs/decisions/0002-one-alarm-per-run.md).
 */
export class Core1763770000000 implements MigrationInterface {
  name = 'Core1763770000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES_OF_ACCESS);
    await queryRunner.query(TABLES_OF_DEFINITIONS);
    await queryRunner.query(TABLES_OF_RUNS);
    await queryRunner.query(TABLES_OF_PEOPLE);
    await queryRunner.query(`INSERT INTO workspaces (id, name) VALUES ('default', 'Default')`);
  }

  down(): Promise<void> {
    // A data folder is never taken backwards: restore the back-up that was made before the upgrade.
    return Promise.reject(new Error('The core migration cannot be reverted; restore a back-up instead.'));
  }
}

const TABLES_OF_ACCESS = `
CREATE TABLE workspaces (id text PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE access_tokens (
  id uuid PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, kind text NOT NULL CHECK (kind IN ('admin', 'session', 'sign-in')),
  subject text NOT NULL, secret_hash bytea NOT NULL UNIQUE, expires_at timestamptz, used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE audit_events (
  id bigint GENERATED ALWAYS AS IDENTITY, workspace_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), subject text NOT NULL,
  action text NOT NULL, target text NOT NULL, before text, after text, origin text, previous_hash bytea, hash bytea NOT NULL,
  PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE idempotency_keys (
  workspace_id text NOT NULL, scope text NOT NULL, key text NOT NULL, request_hash bytea NOT NULL, run_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (workspace_id, scope, key));
`;

const TABLES_OF_DEFINITIONS = `
CREATE TABLE workflows (
  id uuid PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, namespace text NOT NULL,
  name text NOT NULL, current_version_id uuid,
  enabled boolean NOT NULL DEFAULT true, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (workspace_id, namespace, name));
CREATE TABLE workflow_versions (
  id uuid PRIMARY KEY, workspace_id text NOT NULL, workflow_id uuid NOT NULL REFERENCES workflows,
  version text NOT NULL, content_hash text NOT NULL,
  source text NOT NULL, definition text NOT NULL, created_by text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (workflow_id, content_hash));
CREATE TABLE routing_policies (
  id uuid PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, name text NOT NULL, capability text NOT NULL, version int NOT NULL,
  content_hash text NOT NULL, source text NOT NULL, definition text NOT NULL, active boolean NOT NULL, created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (workspace_id, name, version));
CREATE UNIQUE INDEX routing_policies_active ON routing_policies (workspace_id, capability) WHERE active;
CREATE TABLE plugins (
  name text NOT NULL, version text NOT NULL, contract int NOT NULL, description text NOT NULL, origin text NOT NULL, state text NOT NULL,
  error text, registered_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (name, version));
CREATE TABLE connections (
  id uuid PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, name text NOT NULL, plugin text NOT NULL, settings text NOT NULL,
  secrets bytea, enabled boolean NOT NULL DEFAULT true, health text NOT NULL DEFAULT 'unknown', health_detail text, checked_at timestamptz,
  revision int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (workspace_id, name));
`;

const TABLES_OF_RUNS = `
CREATE TABLE runs (
  id uuid PRIMARY KEY, workspace_id text NOT NULL, workflow_id uuid NOT NULL, workflow_version_id uuid NOT NULL, status text NOT NULL,
  revision int NOT NULL DEFAULT 0, trigger text NOT NULL, trace_id text NOT NULL, root_span_id text NOT NULL,
  retry_of uuid, retry_from text,
  cost_micros bigint NOT NULL DEFAULT 0, currency text, started_at timestamptz NOT NULL, ended_at timestamptz,
  input text NOT NULL, output text, error text) WITH (fillfactor = 85);
CREATE INDEX runs_by_workflow ON runs (workspace_id, workflow_id, id DESC);
CREATE INDEX runs_unfinished ON runs (id) WHERE status IN ('pending', 'running');
CREATE INDEX runs_waiting ON runs (workspace_id, id DESC) WHERE status IN ('waiting', 'suspended');
CREATE INDEX runs_faulted ON runs (workspace_id, id DESC) WHERE status IN ('faulted', 'cancelled');
CREATE TABLE run_states (
  run_id uuid PRIMARY KEY, revision int NOT NULL, wake_at timestamptz, state text NOT NULL) WITH (fillfactor = 50);
CREATE INDEX run_states_wake ON run_states (wake_at) WHERE wake_at IS NOT NULL;
CREATE TABLE journal (
  day date NOT NULL, run_id uuid NOT NULL, sequence int NOT NULL, at timestamptz NOT NULL, event text NOT NULL, entries text NOT NULL,
  PRIMARY KEY (run_id, sequence, day)) PARTITION BY RANGE (day);
CREATE TABLE run_commands (
  id uuid PRIMARY KEY, workspace_id text NOT NULL, run_id uuid NOT NULL, command text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX run_commands_by_run ON run_commands (run_id);
CREATE TABLE receipts (
  run_id uuid NOT NULL, position text NOT NULL, attempt int NOT NULL, workspace_id text NOT NULL,
  connection text, idempotency_key text NOT NULL,
  status text NOT NULL, answer text, at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (run_id, position, attempt));
CREATE TABLE run_minutes (
  workspace_id text NOT NULL, workflow_id uuid NOT NULL, minute timestamptz NOT NULL, status text NOT NULL, runs int NOT NULL,
  duration_ms_sum double precision NOT NULL, cost_micros bigint NOT NULL, durations int[] NOT NULL,
  PRIMARY KEY (workspace_id, workflow_id, minute, status)) WITH (fillfactor = 50);
CREATE TABLE artifacts (
  id uuid PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, media_type text NOT NULL,
  bytes int NOT NULL, name text, sha256 text NOT NULL,
  content bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp());
ALTER TABLE artifacts ALTER COLUMN content SET STORAGE EXTERNAL;
`;

const TABLES_OF_PEOPLE = `
CREATE TABLE reviews (
  id uuid PRIMARY KEY, workspace_id text NOT NULL, run_id uuid NOT NULL, workflow_id uuid NOT NULL,
  task text NOT NULL, position text NOT NULL, title text NOT NULL,
  because text NOT NULL, status text NOT NULL, token text NOT NULL, form text, data text, context text, document text, due_at timestamptz,
  opened_at timestamptz NOT NULL, decided_at timestamptz, decided_by text, decision text);
CREATE INDEX reviews_open ON reviews (workspace_id, id) WHERE status = 'open';
CREATE INDEX reviews_by_run ON reviews (run_id);
`;
