import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which run started which: a table of its own, because few runs have a parent and the rows of `runs` are
 * written by every start. A command that tells of the end of a child names it: what the child answered is
 * read from its own row.
 */
export class SubWorkflows1763770003410 implements MigrationInterface {
  name = 'SubWorkflows1763770003410';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const TABLES = `
CREATE TABLE run_parents (
  run_id uuid PRIMARY KEY, parent_run_id uuid NOT NULL, position text NOT NULL, is_told boolean NOT NULL, depth smallint NOT NULL);
CREATE INDEX run_parents_by_parent ON run_parents (parent_run_id, run_id DESC);
ALTER TABLE run_commands ADD COLUMN child_run_id uuid;
`;
