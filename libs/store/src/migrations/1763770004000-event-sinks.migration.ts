import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each sink reads its own events in their order, however many wait for another one. */
export class EventSinks1763770004000 implements MigrationInterface {
  name = 'EventSinks1763770004000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX event_outbox_of_sink ON event_outbox (sink, id)');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The migration cannot be reverted; restore a back-up instead.'));
  }
}
