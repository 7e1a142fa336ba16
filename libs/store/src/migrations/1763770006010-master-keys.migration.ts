import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which master keys secrets are under, which processes have them, and how a rotation gets on. */
export class MasterKeys1763770006010 implements MigrationInterface {
  name = 'MasterKeys1763770006010';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// Only one key seals. Holders are unlogged: after a crash of the database living processes tell again.
const TABLES = `
CREATE TABLE master_keys (
  id text PRIMARY KEY, state text NOT NULL CHECK (state IN ('next', 'active', 'old', 'retired', 'lost')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX master_keys_active ON master_keys (state) WHERE state = 'active';
CREATE UNIQUE INDEX master_keys_next ON master_keys (state) WHERE state = 'next';
CREATE UNLOGGED TABLE master_key_holders (
  id uuid PRIMARY KEY, host text NOT NULL, pid int NOT NULL, keys text[] NOT NULL, sealing text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE installation_secret (one boolean PRIMARY KEY DEFAULT true CHECK (one), sealed bytea NOT NULL);
CREATE TABLE key_rotations (
  id uuid PRIMARY KEY, key_id text NOT NULL, state text NOT NULL CHECK (state IN ('waiting', 'moving', 'done')),
  detail text NOT NULL, total int NOT NULL DEFAULT 0, moved int NOT NULL DEFAULT 0, unreadable text NOT NULL DEFAULT '[]',
  workspace_id text NOT NULL REFERENCES workspaces, started_by text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(), updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz
);
CREATE UNIQUE INDEX key_rotations_open ON key_rotations ((ended_at IS NULL)) WHERE ended_at IS NULL;
`;
