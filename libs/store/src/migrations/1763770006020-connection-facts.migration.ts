import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose connections are, what they do and were told, and how tests of them ended. */
export class ConnectionFacts1763770006020 implements MigrationInterface {
  name = 'ConnectionFacts1763770006020';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(COLUMNS);
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const COLUMNS = 'ALTER TABLE connections ADD COLUMN owner text, ADD COLUMN environment text;';

// A day of a connection is 24 rows, however many calls there are: connector hosts add to them in batches.
// Calls that told no cost are of the currency ''. `last_error` and `headroom` are JSON.
const TABLES = `
CREATE TABLE connection_hours (
  workspace_id text NOT NULL, connection text NOT NULL, hour timestamptz NOT NULL, currency text NOT NULL,
  calls int NOT NULL, failed int NOT NULL, cost_micros bigint NOT NULL, durations int[] NOT NULL,
  PRIMARY KEY (workspace_id, connection, hour, currency),
  FOREIGN KEY (workspace_id, connection) REFERENCES connections (workspace_id, name) ON DELETE CASCADE)
  WITH (fillfactor = 50);
CREATE INDEX connection_hours_old ON connection_hours (hour);
CREATE TABLE connection_facts (
  workspace_id text NOT NULL, connection text NOT NULL, last_error text, headroom text,
  PRIMARY KEY (workspace_id, connection),
  FOREIGN KEY (workspace_id, connection) REFERENCES connections (workspace_id, name) ON DELETE CASCADE)
  WITH (fillfactor = 50);
CREATE TABLE connection_checks (
  workspace_id text NOT NULL, connection text NOT NULL, id uuid NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(),
  by text NOT NULL, ok boolean NOT NULL, detail text NOT NULL, duration_ms double precision NOT NULL,
  PRIMARY KEY (workspace_id, connection, id),
  FOREIGN KEY (workspace_id, connection) REFERENCES connections (workspace_id, name) ON DELETE CASCADE);
`;
