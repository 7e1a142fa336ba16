import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The last lines of the log of each plugin version in each connector host. */
export class PluginLogs1763770005031 implements MigrationInterface {
  name = 'PluginLogs1763770005031';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLE);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// One row for each, replaced as a whole: `lines` is a bounded JSON list.
const TABLE = `
CREATE TABLE plugin_logs (
  name text NOT NULL, version text NOT NULL, instance_id uuid NOT NULL, lines text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (name, version, instance_id)
);
`;
