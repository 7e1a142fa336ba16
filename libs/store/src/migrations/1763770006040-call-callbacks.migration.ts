import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The addresses at which systems answer calls that they took. */
export class CallCallbacks1763770006040 implements MigrationInterface {
  name = 'CallCallbacks1763770006040';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLE);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const TABLE = `
CREATE TABLE call_callbacks (
  token text PRIMARY KEY, workspace_id text NOT NULL, run_id uuid NOT NULL, position text NOT NULL,
  connection text NOT NULL, idempotency_key text NOT NULL, opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  digest text, UNIQUE (run_id, position, connection, idempotency_key)
);
CREATE INDEX call_callbacks_opened ON call_callbacks (opened_at);
`;
