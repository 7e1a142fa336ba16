import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tokens of connections that sign in by OAuth 2.0, and the sign-ins of people that are under way. */
export class ConnectionTokens1763770005020 implements MigrationInterface {
  name = 'ConnectionTokens1763770005020';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLES);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// `client`: a digest of the client that signed in; tokens of another one are not used.
// `question` and the result of a sign-in are sealed: they have a code and a state in them.
const TABLES = `
CREATE TABLE connection_tokens (
  workspace_id text NOT NULL, connection text NOT NULL, client text NOT NULL, sealed bytea,
  state text NOT NULL CHECK (state IN ('signed-in', 'needed')), detail text, scopes text, expires_at timestamptz,
  signed_in_at timestamptz NOT NULL DEFAULT clock_timestamp(), signed_in_by text NOT NULL,
  refreshed_at timestamptz, version int NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, connection),
  FOREIGN KEY (workspace_id, connection) REFERENCES connections (workspace_id, name) ON DELETE CASCADE);
CREATE TABLE connection_sign_ins (
  id uuid PRIMARY KEY, state_hash bytea NOT NULL UNIQUE, workspace_id text NOT NULL, connection text NOT NULL,
  sealed bytea NOT NULL, return_to text, started_by text NOT NULL,
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'taken', 'done', 'failed')), detail text,
  expires_at timestamptz NOT NULL,
  FOREIGN KEY (workspace_id, connection) REFERENCES connections (workspace_id, name) ON DELETE CASCADE);
ALTER TABLE connection_tests ADD COLUMN kind text NOT NULL DEFAULT 'test', ADD COLUMN question bytea;
`;
