import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Events that the hub has taken, who listens for them, and what they are yet to come to: commands of runs and
 * starts of workflows.
 */
export class Events1763770003420 implements MigrationInterface {
  name = 'Events1763770003420';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// The name of an event (its source and id) is a hash, because both may be longer than an index takes.
const TABLES = `
CREATE TABLE events (
  id uuid PRIMARY KEY, workspace_id text NOT NULL REFERENCES workspaces, run_id uuid, name bytea NOT NULL, type text NOT NULL,
  event text NOT NULL, received_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE UNIQUE INDEX events_name ON events (workspace_id, name, run_id) NULLS NOT DISTINCT;
CREATE INDEX events_received ON events (received_at);
CREATE TABLE event_subscriptions (
  run_id uuid NOT NULL, type text NOT NULL, workspace_id text NOT NULL, PRIMARY KEY (run_id, type));
CREATE INDEX event_subscriptions_of ON event_subscriptions (workspace_id, type);
CREATE TABLE event_schedules (
  workflow_id uuid NOT NULL REFERENCES workflows ON DELETE CASCADE, type text NOT NULL, workspace_id text NOT NULL,
  PRIMARY KEY (workflow_id, type));
CREATE INDEX event_schedules_of ON event_schedules (workspace_id, type);
CREATE TABLE event_starts (
  event_id uuid NOT NULL REFERENCES events, workflow_id uuid NOT NULL REFERENCES workflows ON DELETE CASCADE,
  workspace_id text NOT NULL, due_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (event_id, workflow_id));
CREATE INDEX event_starts_due ON event_starts (due_at);
ALTER TABLE run_commands ADD COLUMN event_id uuid;
CREATE INDEX run_commands_of_event ON run_commands (event_id) WHERE event_id IS NOT NULL;
`;
