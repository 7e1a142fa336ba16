import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schedules of workflows: one row for each whose current version has one, and what became of its times. */
export class Schedules1763770003300 implements MigrationInterface {
  name = 'Schedules1763770003300';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const TABLES = `
CREATE TABLE schedules (
  workflow_id uuid PRIMARY KEY REFERENCES workflows ON DELETE CASCADE, workspace_id text NOT NULL REFERENCES workspaces,
  version_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('cron', 'every', 'after')), expression text NOT NULL,
  interval_ms bigint, timezone text NOT NULL, overlap text NOT NULL, catch_up text NOT NULL, catch_up_max int NOT NULL,
  paused boolean NOT NULL DEFAULT false, error text, next_at timestamptz, awaits_run uuid, held_at timestamptz,
  last_planned_at timestamptz, last_run_id uuid, fired bigint NOT NULL DEFAULT 0, skipped bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()) WITH (fillfactor = 70);
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL AND NOT paused;
CREATE INDEX schedules_awaiting ON schedules (workflow_id) WHERE awaits_run IS NOT NULL;
CREATE INDEX schedules_held ON schedules (workflow_id) WHERE held_at IS NOT NULL;
CREATE TABLE schedule_fires (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace_id text NOT NULL,
  workflow_id uuid NOT NULL REFERENCES schedules ON DELETE CASCADE,
  planned_at timestamptz NOT NULL, through_at timestamptz NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('fired', 'caught-up', 'queued', 'manual', 'skipped')),
  reason text, detail text, count int NOT NULL DEFAULT 1, run_id uuid, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX schedule_fires_of ON schedule_fires (workflow_id, id DESC);
`;
