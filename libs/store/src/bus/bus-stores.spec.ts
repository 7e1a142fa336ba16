import { uuidv7 } from '@tutti/contracts';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { type DatabaseConnection, openDatabase, openHotPool } from '../database.js';
import { ensurePartition } from '../partitions.js';
import { BusStateStore } from './bus-state-store.js';
import { Counters } from './counters.js';
import { DeadLetterStore } from './dead-letter-store.js';
import { PayloadStore } from './payload-store.js';
import { ServiceInstances } from './service-instances.js';

describe('the stores of the bus', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let pool: Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await openDatabase(database.connection as DatabaseConnection);
    pool = openHotPool(database.connection);
  });

  afterAll(async () => {
    await pool.end();
    await dataSource.destroy();
    await database.drop();
  });

  it('keeps a dead letter once for each reader, to the byte', async () => {
    const store = new DeadLetterStore(pool);
    const letter = {
      topic: 'tutti.run-inbox.v1',
      partition: 3,
      offset: '9007199254740993',
      key: null,
      headers: { kind: 'run.accepted' },
      payload: Uint8Array.from([0, 255, 7]),
      reason: 'malformed',
      detail: 'Not JSON:\0',
    };
    await store.write([letter, letter]);
    await store.write([letter, { ...letter, triggerId: uuidv7() }]);
    const rows = (await dataSource.query(
      'SELECT record_offset::text, payload, detail, status FROM dead_letters WHERE trigger_id IS NULL',
    )) as { record_offset: string; payload: Buffer; detail: string }[];
    expect(rows).toEqual([
      {
        record_offset: '9007199254740993',
        payload: Buffer.from([0, 255, 7]),
        detail: 'Not JSON:\uFFFD',
        status: 'open',
      },
    ]);
    expect(await dataSource.query('SELECT count(*)::int AS n FROM dead_letters')).toEqual([{ n: 2 }]);
  });

  it("shows a dead letter to the workspace of the run that the hub's own key names alone", async () => {
    const [runId, id] = [uuidv7(), uuidv7()];
    await dataSource.query(`INSERT INTO workspaces (id, name) VALUES ('other', 'Other')`);
    await dataSource.query(
      `INSERT INTO workflows (id, workspace_id, namespace, name) VALUES ($1, 'other', 'n', 'w')`,
      [id],
    );
    await dataSource.query(
      `INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, content_hash, source, definition, created_by)
       VALUES ($1, 'other', $1, '1.0.0', 'h', '', '{}', 'test')`,
      [id],
    );
    await dataSource.query(
      `INSERT INTO runs (id, workspace_id, workflow_id, workflow_version_id, trigger, trace_id, root_span_id, input, status, started_at)
       VALUES ($1, 'other', $2, $2, 'api', 't', 's', '{}', 'running', clock_timestamp())`,
      [runId, id],
    );
    const letter = {
      topic: 'tutti.calls.v1',
      partition: 0,
      offset: '1',
      key: runId,
      headers: {},
      payload: new Uint8Array(),
      reason: 'refused',
      detail: 'd',
    };
    const store = new DeadLetterStore(pool);
    await store.write([
      letter,
      { ...letter, offset: '2', key: uuidv7() },
      { ...letter, offset: '3', key: 'no run' },
      { ...letter, offset: '4', triggerId: uuidv7(), workspaceId: 'default' },
      { ...letter, offset: '5', triggerId: uuidv7() },
    ]);
    const rows = (await dataSource.query(
      `SELECT workspace_id FROM dead_letters WHERE topic = 'tutti.calls.v1' ORDER BY record_offset`,
    )) as { workspace_id: string }[];
    expect(rows.map((row) => row.workspace_id)).toEqual([
      'other',
      'default',
      'default',
      'default',
      'default',
    ]);
  });

  it('gives large payloads back until their day is dropped', async () => {
    const store = new PayloadStore(pool);
    const dayMs = 86_400_000;
    const nowMs = Date.now();
    const old = { id: uuidv7(nowMs), content: Buffer.alloc(100_000, 7) };
    const oldId = `${(nowMs - 9 * dayMs)
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}${old.id.slice(13)}`;
    await ensurePartition(dataSource, 'bus_payloads', nowMs - 9 * dayMs);
    await store.put([old, { id: oldId, content: Buffer.from('old') }]);
    await store.put([old]);
    const found = await store.get([old.id, oldId, uuidv7()]);
    expect([...found.keys()].sort()).toEqual([old.id, oldId].sort());
    expect(Buffer.compare(Buffer.from(found.get(old.id) ?? []), old.content)).toBe(0);
    expect(await store.applyRetention(nowMs)).toHaveLength(1);
    expect([...(await store.get([old.id, oldId])).keys()]).toEqual([old.id]);
  });

  it('lets one of several processes change a shared fact', async () => {
    const store = new BusStateStore(pool);
    expect(await store.get('cluster')).toBeUndefined();
    const firsts = await Promise.all(['a', 'b', 'c'].map((to) => store.replace('cluster', null, to)));
    expect(firsts.filter(Boolean)).toHaveLength(1);
    const value = (await store.get('cluster')) as string;
    const seconds = await Promise.all(['d', 'e'].map((to) => store.replace('cluster', value, to)));
    expect(seconds.filter(Boolean)).toHaveLength(1);
    await store.set('cluster', 'f');
    expect((await store.read('cluster'))?.value).toBe('f');
  });

  it('tells live instances from dead ones by the time of the database', async () => {
    const [one, two] = [new ServiceInstances(pool), new ServiceInstances(pool)];
    const counters = new Counters();
    counters.add('inbox.repeated', 2);
    counters.add('inbox.repeated');
    const report = () => ({ state: 'ready', bus: { connected: true }, counters: counters.read() });
    await one.start({ role: 'orchestrator', version: '1' }, report);
    await two.start({ role: 'api', version: '1' }, report);
    await dataSource.query(
      `UPDATE service_instances SET seen_at = clock_timestamp() - interval '16 seconds' WHERE id = $1`,
      [two.id],
    );
    expect(await one.alive([one.id, two.id, uuidv7()])).toEqual(new Set([one.id]));
    expect(await one.isAlive(two.id)).toBe(false);
    expect(await one.list()).toMatchObject([
      { id: two.id, alive: false },
      {
        id: one.id,
        alive: true,
        role: 'orchestrator',
        counters: { 'inbox.repeated': 3 },
        bus: { connected: true },
      },
    ]);
    // One that never said that it lives has nothing to take back, wherever its database is.
    await new ServiceInstances({ query: () => Promise.reject(new Error('away')) } as never).stop();
    await one.stop();
    await two.stop();
    expect(await one.list()).toEqual([]);
  });
});
