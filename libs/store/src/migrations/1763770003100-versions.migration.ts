import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Living with versions: their numbers and notes, and who disabled a workflow and why. Accept statements ask
 * `disabled_workflows`, so that no run is stored after the answer that a workflow is disabled.
 */
export class Versions1763770003100 implements MigrationInterface {
  name = 'Versions1763770003100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(COLUMNS);
    await queryRunner.query(DISABLED_WORKFLOWS);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}

const COLUMNS = `
ALTER TABLE workflows ADD COLUMN disabled_reason text, ADD COLUMN disabled_by text, ADD COLUMN disabled_at timestamptz;
ALTER TABLE workflow_versions ADD COLUMN number int NOT NULL DEFAULT 1, ADD COLUMN note text;
UPDATE workflow_versions v SET number = n.number
FROM (SELECT id, row_number() OVER (PARTITION BY workflow_id ORDER BY created_at, id) AS number FROM workflow_versions) n
WHERE n.id = v.id;
ALTER TABLE workflow_versions ADD CONSTRAINT workflow_versions_number UNIQUE (workflow_id, number);
`;

/**
 * Those of the given workflows that are disabled. The function is volatile, so its second statement has a
 * snapshot of its own, taken after the lock: who disables a workflow takes the same lock exclusively before
 * the commit, and so waits for every accept statement that still saw it enabled; every later one sees it
 * disabled. The lock is a queue, so a stream of starts cannot keep the one who disables waiting.
 */
const DISABLED_WORKFLOWS = `
CREATE FUNCTION disabled_workflows(asked uuid[]) RETURNS uuid[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('tutti.accept'));
  RETURN ARRAY(SELECT id FROM workflows WHERE id = ANY(asked) AND NOT enabled);
END $$;
`;
