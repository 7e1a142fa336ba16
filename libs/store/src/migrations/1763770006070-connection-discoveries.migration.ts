import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What connections found that they can do, and what of it was approved. */
export class ConnectionDiscoveries1763770006070 implements MigrationInterface {
  name = 'ConnectionDiscoveries1763770006070';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLE);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// JSON: `approved` and `found` are lists of NamedCapability, `offers` of names and effects of what was
// approved, `refused` of the names of what was approved and is something else or gone now.
const TABLE = `
CREATE TABLE connection_discoveries (
  connection_id uuid PRIMARY KEY REFERENCES connections ON DELETE CASCADE, plugin text NOT NULL,
  mode text NOT NULL DEFAULT 'pin' CHECK (mode IN ('pin', 'follow')), prefix text,
  approved text, approved_hash text, approved_by text, approved_at timestamptz, offers text, refused text NOT NULL DEFAULT '[]',
  found text, found_hash text, left_out text NOT NULL DEFAULT '[]', found_at timestamptz, error text,
  looked_at timestamptz, next_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX connection_discoveries_due ON connection_discoveries (next_at);
`;
