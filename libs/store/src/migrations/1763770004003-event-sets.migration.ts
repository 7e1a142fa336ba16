import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Events that start a workflow only together with others, and that others are still missing for. */
export class EventSets1763770004003 implements MigrationInterface {
  name = 'EventSets1763770004003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// The strategy is a hash of `schedule.on`; progress and events are JSON text.
const TABLES = `
CREATE TABLE event_sets (
  id uuid PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY,
  workflow_id uuid NOT NULL REFERENCES workflows ON DELETE CASCADE, workspace_id text NOT NULL REFERENCES workspaces,
  strategy bytea NOT NULL, progress text NOT NULL, events text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX event_sets_of ON event_sets (workflow_id, id);
CREATE INDEX event_sets_created ON event_sets (created_at);
`;
