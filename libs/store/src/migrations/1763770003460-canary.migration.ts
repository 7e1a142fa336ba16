import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A second version of a workflow that takes a share of its new runs beside the current one. */
export class Canary1763770003460 implements MigrationInterface {
  name = 'Canary1763770003460';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(COLUMNS);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const COLUMNS = `
ALTER TABLE workflows ADD COLUMN canary_version_id uuid REFERENCES workflow_versions, ADD COLUMN canary_percent smallint
    CHECK (canary_percent BETWEEN 1 AND 99),
  ADD COLUMN canary_since timestamptz, ADD COLUMN canary_by text,
  ADD CHECK ((canary_version_id IS NULL) = (canary_percent IS NULL));
`;
