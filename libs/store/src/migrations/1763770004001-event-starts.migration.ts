import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Starts of workflows by events that find no room wait longer each time, and not for ever. */
export class EventStarts1763770004001 implements MigrationInterface {
  name = 'EventStarts1763770004001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(COLUMNS);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const COLUMNS = `
ALTER TABLE event_starts ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY,
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT clock_timestamp(), ADD COLUMN attempts int NOT NULL DEFAULT 0,
  ADD COLUMN reason text;
`;
