import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What holds a plugin in that runs in a process of its own. */
export class PluginIsolation1763770004030 implements MigrationInterface {
  name = 'PluginIsolation1763770004030';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(COLUMNS);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

/** JSON of its guards; null: it runs in the process of the host. */
const COLUMNS = 'ALTER TABLE plugins ADD COLUMN guards text;';
