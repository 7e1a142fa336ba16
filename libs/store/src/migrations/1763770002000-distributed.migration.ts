import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What several processes over one database and a bus need: who is alive, what the bus could not carry or
 * handle, which calls were begun, events on their way out, Kafka triggers, and the places of runs that are
 * limited.
 */
export class Distributed1763770002000 implements MigrationInterface {
  name = 'Distributed1763770002000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES_OF_SERVICES);
    await queryRunner.query(TABLES_OF_MESSAGES);
    await queryRunner.query(TABLES_OF_TRIGGERS);
    await queryRunner.query(TABLES_OF_PLACES);
    await queryRunner.query(CHANGES_OF_RUNS);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const TABLES_OF_SERVICES = `
CREATE TABLE service_instances (
  id uuid PRIMARY KEY, role text NOT NULL, host text NOT NULL, pid int NOT NULL, version text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(), seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL, bus text NOT NULL DEFAULT '{}', counters text NOT NULL DEFAULT '{}') WITH (fillfactor = 50);
CREATE TABLE call_claims (
  run_id uuid NOT NULL, call_id text NOT NULL, attempt int NOT NULL, instance_id uuid NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(), settled_at timestamptz, settled text,
  PRIMARY KEY (run_id, call_id, attempt)) WITH (fillfactor = 70);
CREATE TABLE shared_limits (
  key text PRIMARY KEY, revision int NOT NULL DEFAULT 1, state text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()) WITH (fillfactor = 50);
ALTER TABLE connections ADD COLUMN limits text;
CREATE TABLE connection_tests (
  id uuid PRIMARY KEY, workspace_id text NOT NULL, connection text NOT NULL,
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'taken', 'ended')), result text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), taken_by uuid, ended_at timestamptz);
`;

const TABLES_OF_MESSAGES = `
CREATE TABLE bus_state (key text PRIMARY KEY, value text NOT NULL, updated_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE bus_payloads (
  day date NOT NULL, id uuid NOT NULL, content bytea NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE dead_letters (
  id uuid PRIMARY KEY, workspace_id text NOT NULL DEFAULT 'default', trigger_id uuid, topic text NOT NULL, partition int NOT NULL,
  record_offset bigint NOT NULL, key text, headers text NOT NULL, payload bytea NOT NULL, edited_payload bytea,
  reason text NOT NULL, detail text NOT NULL,
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'redriven', 'discarded')), redrives int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), resolved_at timestamptz, resolved_by text, sent_hash bytea,
  UNIQUE NULLS NOT DISTINCT (topic, partition, record_offset, trigger_id));
CREATE INDEX dead_letters_open ON dead_letters (workspace_id, id DESC) WHERE status = 'open';
CREATE INDEX dead_letters_sent ON dead_letters (sent_hash) WHERE sent_hash IS NOT NULL;
CREATE TABLE event_outbox (
  id uuid PRIMARY KEY, workspace_id text NOT NULL, run_id uuid NOT NULL, sink text NOT NULL, topic text, event text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), leased_until timestamptz);
`;

const TABLES_OF_TRIGGERS = `
CREATE TABLE triggers (
  id uuid PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, name text NOT NULL, kind text NOT NULL, namespace text NOT NULL,
  workflow text NOT NULL, content_hash text NOT NULL, source text NOT NULL, definition text NOT NULL,
  enabled boolean NOT NULL DEFAULT true, revision int NOT NULL DEFAULT 1, positions text, created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (workspace_id, name));
CREATE TABLE trigger_activity (
  trigger_id uuid NOT NULL, instance_id uuid NOT NULL, seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL, error text, lag text NOT NULL DEFAULT '{}', last_record_at timestamptz,
  taken bigint NOT NULL DEFAULT 0, filtered bigint NOT NULL DEFAULT 0, dead bigint NOT NULL DEFAULT 0,
  started bigint NOT NULL DEFAULT 0, repeated bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (trigger_id, instance_id)) WITH (fillfactor = 50);
`;

/**
 * The places of runs that are limited: a row from the acceptance of such a run to its end. Runs without
 * limits never have one, so the hot path does not pay.
 */
const TABLES_OF_PLACES = `
CREATE TABLE run_places (
  run_id uuid PRIMARY KEY, workspace_id text NOT NULL, workflow_id uuid NOT NULL, queue text NOT NULL, queue_key text,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  state text NOT NULL CHECK (state IN ('blocked', 'ready', 'admitted'))) WITH (fillfactor = 50);
CREATE INDEX run_places_ready ON run_places (workflow_id, queue, sequence) WHERE state = 'ready';
CREATE INDEX run_places_admitted ON run_places (workflow_id, queue) WHERE state = 'admitted';
CREATE INDEX run_places_by_key ON run_places (queue, queue_key, sequence) WHERE queue <> '';
`;

const CHANGES_OF_RUNS = `
ALTER TABLE run_commands ADD COLUMN sent_at timestamptz NOT NULL DEFAULT clock_timestamp();
ALTER TABLE runs ADD COLUMN parent_span_id text;
CREATE INDEX runs_suspended ON runs (id) WHERE status = 'suspended';
CREATE INDEX spans_of_foreign ON spans (workspace_id, started_at DESC)
  WHERE parent_span_id IS NOT NULL AND kind = 'workflow' AND run_id IS NOT NULL;
CREATE INDEX journal_at ON journal USING brin (at);
`;
