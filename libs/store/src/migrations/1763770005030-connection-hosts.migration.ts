import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which hosts a person has confirmed for connections whose plugin declares none. */
export class ConnectionHosts1763770005030 implements MigrationInterface {
  name = 'ConnectionHosts1763770005030';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TABLE);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

// JSON lists. Connections that were there before go on: what their plugin names first is confirmed ("*").
const TABLE = `
CREATE TABLE connection_hosts (
  connection_id uuid PRIMARY KEY REFERENCES connections ON DELETE CASCADE, plugin text NOT NULL,
  confirmed text, asked text
);
INSERT INTO connection_hosts (connection_id, plugin, confirmed) SELECT id, plugin, '*' FROM connections;
`;
