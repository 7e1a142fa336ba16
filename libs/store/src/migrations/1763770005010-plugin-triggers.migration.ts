import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Triggers of plugins: how far each is, who works on it, and the events that are no runs yet. */
export class PluginTriggers1763770005010 implements MigrationInterface {
  name = 'PluginTriggers1763770005010';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// A row outlives its trigger until the other system has forgotten the hook, so that nothing refers to it.
const TABLES = `
CREATE TABLE plugin_triggers (
  trigger_id uuid PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, connection text NOT NULL, name text NOT NULL,
  options text NOT NULL, interval_ms bigint, wanted boolean NOT NULL DEFAULT true, hook_token text NOT NULL UNIQUE,
  kind text, cursor text, subscription text, state text NOT NULL DEFAULT 'starting', error text, failures int NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT clock_timestamp(), fence bigint NOT NULL DEFAULT 0, lease_owner uuid,
  lease_until timestamptz, looked_at timestamptz, last_event_at timestamptz, events bigint NOT NULL DEFAULT 0)
  WITH (fillfactor = 50);
CREATE INDEX plugin_triggers_next ON plugin_triggers (next_at);
CREATE TABLE trigger_events (
  trigger_id uuid NOT NULL, sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY, event_id text NOT NULL, key text,
  happened_at text, data text NOT NULL, problem text, received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (trigger_id, event_id));
CREATE INDEX trigger_events_sequence ON trigger_events (trigger_id, sequence);
CREATE TABLE hook_requests (
  id uuid PRIMARY KEY, trigger_id uuid NOT NULL, request text NOT NULL, status text NOT NULL DEFAULT 'open', answer text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX hook_requests_open ON hook_requests (created_at) WHERE status = 'open';
`;
