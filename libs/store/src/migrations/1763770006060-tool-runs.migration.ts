import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The runs that MCP clients started, which they list as their tasks. */
export class ToolRuns1763770006060 implements MigrationInterface {
  name = 'ToolRuns1763770006060';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(INDEX);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const INDEX = `CREATE INDEX runs_by_tool ON runs (workspace_id, id DESC) WHERE trigger = 'mcp'`;
