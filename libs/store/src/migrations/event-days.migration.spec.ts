import { type CloudEvent, uuidv7 } from '@tutti/contracts';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { openDatabase, openHotPool } from '../database.js';
import { EventStore } from '../events/event-store.js';
import { MIGRATIONS } from './index.js';

/** The schema as it was before events had days. */
async function openOlder({ connection }: TestDatabase): Promise<DataSource> {
  const { user: username, ...where } = connection as {
    user: string;
    host: string;
    port: number;
    database: string;
  };
  const dataSource = new DataSource({
    type: 'postgres',
    ...where,
    username,
    migrations: MIGRATIONS.filter(({ name }) => !name.startsWith('EventDays')),
    migrationsTableName: 'schema_migrations',
  });
  await dataSource.initialize();
  await dataSource.runMigrations({ transaction: 'each' });
  return dataSource;
}

describe('an upgrade of a hub that has events', () => {
  let database: TestDatabase;
  let pool: Pool | undefined;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await pool?.end();
    await database.drop();
  });

  it('keeps them on their days, known and waited for', async () => {
    const event: CloudEvent = { specversion: '1.0', id: '1', source: '/x', type: 'before' };
    const of = { workspaceId: 'default', event, by: 'test', keep: true };
    const older = await openOlder(database);
    const [id, runId] = [uuidv7(), uuidv7()];
    await older.query(
      `INSERT INTO events (id, workspace_id, name, type, event, received_at)
       VALUES ($1, 'default', sha256(convert_to('["/x","1"]', 'UTF8')), 'before', '{}', clock_timestamp() - interval '5 days')`,
      [id],
    );
    await older.query(
      `INSERT INTO run_commands (id, workspace_id, run_id, command, event_id) VALUES ($1, 'default', $2, '{}', $3)`,
      [uuidv7(), runId, id],
    );
    await older.destroy();
    await (await openDatabase(database.connection)).destroy();
    pool = openHotPool(database.connection);
    const events = new EventStore(pool);
    expect(await events.take(of)).toEqual({ kind: 'repeated' });
    expect(await events.take({ ...of, event: { ...event, id: '2' } })).toMatchObject({ kind: 'taken' });
    const { rows } = await pool.query<{ day: boolean; wanted: boolean }>(
      `SELECT e.day = (e.received_at AT TIME ZONE 'UTC')::date AS day, c.event_id = e.id AS wanted
       FROM events e JOIN run_commands c ON c.event_id = e.id`,
    );
    expect(rows).toEqual([{ day: true, wanted: true }]);
  });
});
