import { type InProcessBus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { openDatabase } from '@tutti/store';
import { createTestDatabase, eventually, type TestDatabase } from '@tutti/testing';
import type { DataSource } from 'typeorm';
import { inProcessTransport } from './transport.js';

describe('the transport within the process', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await openDatabase(database.connection);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('keeps a message that nobody can handle in the database, and counts it', async () => {
    const transport = inProcessTransport(database.connection);
    const bus = transport.bus as InProcessBus;
    bus.consume(TOPICS.runInbox, (messages) => messages.map(() => Promise.reject(new Error('no such run'))));
    const message = { kind: 'run.due', runId: 'nonsense' } as const;
    await bus.publish(TOPICS.runInbox, [message]);
    await eventually(() => transport.counters()['dead-letters'] === 1);
    await transport.drain();
    await transport.close();
    const rows = (await dataSource.query(
      `SELECT topic, partition, key, convert_from(payload, 'UTF8') AS payload, reason, detail FROM dead_letters`,
    )) as object[];
    expect(rows).toEqual([
      {
        topic: TOPICS.runInbox,
        partition: 0,
        key: 'nonsense',
        payload: JSON.stringify(message),
        reason: 'refused',
        detail: 'no such run',
      },
    ]);
  });

  it('is closed without having opened a connection when there was nothing to keep', async () => {
    const nowhere = inProcessTransport({ url: 'postgres://nobody@127.0.0.1:1/none' });
    await expect(nowhere.close()).resolves.toBeUndefined();
  });
});
