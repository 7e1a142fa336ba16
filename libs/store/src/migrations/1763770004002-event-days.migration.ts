import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Events are kept in day partitions, which are dropped when they are old or when all take too many bytes. */
export class EventDays1763770004002 implements MigrationInterface {
  name = 'EventDays1763770004002';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLE);
    await queryRunner.query(PARTITIONS);
    await queryRunner.query(MOVE);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// The name of an event (its source and id) is a hash, because both may be longer than an index takes.
const TABLE = `
ALTER TABLE event_starts DROP CONSTRAINT event_starts_event_id_fkey;
ALTER TABLE events RENAME TO events_before;
ALTER TABLE events_before DROP CONSTRAINT events_pkey;
DROP INDEX events_name, events_received;
CREATE TABLE events (
  id uuid NOT NULL, workspace_id text NOT NULL REFERENCES workspaces, run_id uuid, name bytea NOT NULL, type text NOT NULL,
  event text NOT NULL, received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  day date NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')::date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX events_name ON events (workspace_id, name, run_id, day) NULLS NOT DISTINCT;
`;

/** Of the days that have events; those around now are made after the migrations. */
const PARTITIONS = `
DO $$
DECLARE d date;
BEGIN
  FOR d IN SELECT DISTINCT (received_at AT TIME ZONE 'UTC')::date FROM events_before LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
      'events_' || to_char(d, 'YYYYMMDD'), d, d + 1);
  END LOOP;
END $$`;

const MOVE = `
INSERT INTO events (id, workspace_id, run_id, name, type, event, received_at, day)
SELECT id, workspace_id, run_id, name, type, event, received_at, (received_at AT TIME ZONE 'UTC')::date FROM events_before;
DROP TABLE events_before;
`;
