import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether a run was retried: asked of the parents of each run that a bulk retry finds. */
export class Retries1763770004011 implements MigrationInterface {
  readonly name = 'Retries1763770004011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX runs_retry_of ON runs (retry_of) WHERE retry_of IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX runs_retry_of');
  }
}
