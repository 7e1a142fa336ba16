import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Secrets of workspaces for workflows, and the keys of this hub that no person needs to know. */
export class Secrets1763770003440 implements MigrationInterface {
  name = 'Secrets1763770003440';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// A version 4 UUID has 122 bits of PostgreSQL's strong random source, so that the key has 488.
const TABLES = `
CREATE TABLE secrets (
  workspace_id text NOT NULL REFERENCES workspaces, name text NOT NULL, sealed bytea NOT NULL,
  revision int NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(), updated_by text NOT NULL,
  PRIMARY KEY (workspace_id, name)
);
CREATE TABLE hub_keys (purpose text PRIMARY KEY, key text NOT NULL);
INSERT INTO hub_keys (purpose, key) VALUES ('secret-marks',
  concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid()));
`;
