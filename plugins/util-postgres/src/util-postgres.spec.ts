import { jest } from '@jest/globals';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { type PluginBench, pluginBench } from '@tutti/plugin-sdk/testing';
import { createTestDatabase, eventually, type TestDatabase } from '@tutti/testing';
import { Client } from 'pg';
import plugin from './index.js';
import { closePools } from './pools.js';

interface Rows {
  rows: Record<string, unknown>[];
  more: boolean;
}

let database: TestDatabase;
let admin: Client;
let settings: Record<string, unknown>;
let bench: PluginBench;

beforeAll(async () => {
  database = await createTestDatabase();
  const { host, port, user, database: name } = database.connection as Record<string, never>;
  settings = { host, port, user, database: name, tls: 'off' };
  bench = pluginBench(plugin, settings);
  admin = new Client({ host, port, user, database: name });
  await admin.connect();
  await admin.query(`CREATE TABLE orders (id int PRIMARY KEY, total numeric(12, 2), at timestamptz, due date);
    INSERT INTO orders VALUES (1, 10.50, '2026-01-02 03:04:05+01', '2026-02-01'), (2, 20, NULL, NULL)`);
});
afterAll(async () => {
  await closePools();
  await admin.end();
  await database.drop();
});

const run = (capability: string, input: object, ports = {}) =>
  bench.call(`postgres.${capability}`, input, ports) as Promise<Rows>;
const count = async () => Number((await admin.query('SELECT count(*) FROM orders')).rows[0].count);
const insert = (id: number) => ({
  sql: 'INSERT INTO orders (id) VALUES ($1) RETURNING id',
  parameters: [id],
});

it('keeps the rules for plugins and says whom it is in', async () => {
  expect(verifyPlugin(plugin)).toEqual([]);
  expect(await bench.health()).toMatch(/^PostgreSQL 1\d\.\d.*, as postgres$/);
});

describe('a query', () => {
  it('gives rows in JSON, exactly, and no more than are asked for', async () => {
    expect(
      await run('query', { sql: 'SELECT * FROM orders WHERE total > $1 ORDER BY id;', parameters: ['1'] }),
    ).toEqual({
      rows: [
        { id: 1, total: '10.50', at: '2026-01-02T02:04:05.000Z', due: '2026-02-01' },
        { id: 2, total: '20.00', at: null, due: null },
      ],
      more: false,
    });
    const many = await run('query', { sql: 'SELECT generate_series(1, 100000000) AS n', rowsMax: 2 });
    expect(many).toEqual({ rows: [{ n: 1 }, { n: 2 }], more: true });
  });

  it.each([
    'INSERT INTO orders (id) VALUES (99)',
    'WITH x AS (INSERT INTO orders (id) VALUES (99) RETURNING id) SELECT * FROM x',
    "SELECT setval('pg_catalog.nothing', 1)",
    'SELECT 1; DROP TABLE orders',
    'SELECT 1; COMMIT; DROP TABLE orders',
  ])('changes nothing: %s', async (sql) => {
    await expect(run('query', { sql })).rejects.toMatchObject({ fate: 'permanent' });
    expect(await count()).toBe(2);
  });

  it('that is given up is stopped in the server', async () => {
    const controller = new AbortController();
    const slow = run('query', { sql: 'SELECT pg_sleep(600)::text' }, { signal: controller.signal });
    const sleeping = async () =>
      Number(
        (
          await admin.query(
            `SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`,
          )
        ).rows[0].count,
      );
    await eventually(async () => (await sleeping()) === 1);
    controller.abort();
    await expect(slow).rejects.toMatchObject({ status: 408 });
    expect(await sleeping()).toBe(0);
  });
});

describe('a statement that writes', () => {
  afterEach(() => admin.query('DELETE FROM orders WHERE id > 2'));

  it('tells what it returns', async () => {
    expect(await run('execute', insert(3))).toEqual({ rows: [{ id: 3 }], more: false });
    expect(await count()).toBe(3);
  });

  it('may have happened from its commit on, and not before', async () => {
    const mayHaveHappened = jest.fn();
    await expect(run('execute', insert(1), { mayHaveHappened })).rejects.toMatchObject({ status: 409 });
    expect(mayHaveHappened).not.toHaveBeenCalled();
    await run('execute', insert(3), { mayHaveHappened });
    expect(mayHaveHappened).toHaveBeenCalledTimes(1);
  });

  it('is one statement', async () => {
    await expect(run('execute', { sql: 'DELETE FROM orders; DELETE FROM orders' })).rejects.toMatchObject({
      status: 422,
      reply: { sqlState: '42601' },
    });
    expect(await count()).toBe(2);
  });

  it('with one key has one effect, also when it is asked eight times at once', async () => {
    const same = Array.from({ length: 8 }, () => run('execute-once', insert(4), { idempotencyKey: 'k-4' }));
    expect(await Promise.all(same)).toEqual(
      Array.from({ length: 8 }, () => ({ rows: [{ id: 4 }], more: false })),
    );
    expect(await count()).toBe(3);
    await expect(run('execute-once', insert(5), { idempotencyKey: 'k-4' })).rejects.toMatchObject({
      status: 422,
    });
  });

  it('that fails leaves its key free', async () => {
    await expect(run('execute-once', insert(1), { idempotencyKey: 'k-6' })).rejects.toMatchObject({
      fate: 'permanent',
      status: 409,
      reply: { sqlState: '23505', constraint: 'orders_pkey' },
    });
    await admin.query('DELETE FROM orders WHERE id = 1');
    expect(await run('execute-once', insert(1), { idempotencyKey: 'k-6' })).toMatchObject({
      rows: [{ id: 1 }],
    });
  });
});

describe('what goes wrong', () => {
  it.each([
    ['SELECT * FROM nowhere', 404, '42P01'],
    ['SELECT 1 / 0', 422, '22012'],
    ['SELEKT', 422, '42601'],
  ])('%s is permanent', async (sql, status, sqlState) => {
    await expect(run('query', { sql })).rejects.toMatchObject({
      fate: 'permanent',
      status,
      reply: { sqlState },
    });
  });

  it('a server that is away is transient, and no password is told', async () => {
    const away = pluginBench(plugin, { ...settings, host: '127.0.0.1', port: 1, password: 'canary-secret' });
    const error = await away.health().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ fate: 'transient', reason: 'unavailable' });
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('canary-secret');
  });

  it('an unknown user is refused, one without rights told what is missing', async () => {
    // Roles are of the whole server, which other tests use too.
    const role = `poor_${String(settings.database)}`;
    await admin.query(`CREATE ROLE ${role} LOGIN; GRANT SELECT, INSERT ON orders TO ${role}`);
    try {
      const poor = pluginBench(plugin, { ...settings, user: role });
      await admin.query('DROP SCHEMA IF EXISTS tutti CASCADE');
      await admin.query(`REVOKE CREATE ON DATABASE ${String(settings.database)} FROM PUBLIC`);
      await expect(poor.call('postgres.execute-once', insert(7))).rejects.toMatchObject({
        status: 403,
        message: expect.stringContaining('CREATE SCHEMA tutti AUTHORIZATION'),
      });
      await expect(poor.call('postgres.execute', { sql: 'DELETE FROM orders' })).rejects.toMatchObject({
        status: 403,
      });
    } finally {
      await closePools();
      await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
