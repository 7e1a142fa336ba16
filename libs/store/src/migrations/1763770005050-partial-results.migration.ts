import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What calls under way tell of their output, and which runs somebody watches. */
export class PartialResults1763770005050 implements MigrationInterface {
  name = 'PartialResults1763770005050';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// Unlogged: a crash may take all of it, because the output of a call is what counts.
const TABLES = `
CREATE UNLOGGED TABLE run_watches (run_id uuid PRIMARY KEY, until timestamptz NOT NULL);
CREATE UNLOGGED TABLE partial_results (
  run_id uuid NOT NULL, call_id text NOT NULL, attempt int NOT NULL, task text NOT NULL,
  text text NOT NULL, dropped int NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, call_id)
);
`;
