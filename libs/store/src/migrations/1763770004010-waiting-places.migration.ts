import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The runs of one workflow that wait for a place: counted at the start of each sub-workflow, and before, by
 * reading the places of all workflows.
 */
export class WaitingPlaces1763770004010 implements MigrationInterface {
  readonly name = 'WaitingPlaces1763770004010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX run_places_waiting ON run_places (workflow_id) WHERE state <> 'admitted'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX run_places_waiting');
  }
}
