import { definePlugin, type DatabasePort } from '@tutti/plugin-sdk';
import { openDatabase } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ConnectorHost } from '../connector-host.module.js';
import { output } from '../testing/requests.js';
import { TestHost } from '../testing/test-host.js';

/** What the next run does with its database; tests set it. */
let use: (database: DatabasePort) => Promise<unknown>;

const databasePlugin = (schema: string, migrations: string[]) =>
  definePlugin({
    contract: 1,
    name: `util-${schema.replace('_', '-')}`,
    kind: 'util',
    settings: z.object({}),
    database: { schema, migrations },
    capabilities: {
      'util.use': {
        summary: 'Use the database.',
        effect: 'write',
        input: z.object({}),
        output: z.object({ value: z.unknown() }),
        run: async ({ database }) => ({ value: await use(database) }),
      },
    },
  });
const FIRST = `CREATE TABLE things (id int PRIMARY KEY, at timestamptz, day date, amount numeric(9,2));
  INSERT INTO things VALUES (1)`;
const one = databasePlugin('one_schema', [FIRST]);
const two = databasePlugin('two_schema', ['CREATE TABLE hidden (id int); INSERT INTO hidden VALUES (42)']);

let host: TestHost;
beforeAll(async () => {
  host = await TestHost.start(one, two);
  await host.connect('util-one-schema');
});
afterAll(() => host.stop());

const run = (work: (database: DatabasePort) => Promise<unknown>) => {
  use = work;
  return host.call('util.use', {}, { effect: 'write' });
};

it('gives the plugin its own schema, with dates as text and amounts exact', async () => {
  const found = await run(async (database) => {
    await database.query(
      `UPDATE things SET at = '2026-01-02 03:04:05.678+02', day = '2026-01-02', amount = 12.3 WHERE id = $1`,
      [1],
    );
    return database.query('SELECT * FROM things');
  });
  expect(output(found)).toEqual({
    value: [{ id: 1, at: '2026-01-02T01:04:05.678Z', day: '2026-01-02', amount: '12.30' }],
  });
});

it.each([
  ['read the hub’s connections', 'SELECT * FROM public.connections'],
  ['read the hub’s runs', 'SELECT * FROM public.runs'],
  ['read another plugin’s data', 'SELECT * FROM two_schema.hidden'],
  ['write to another plugin', 'INSERT INTO two_schema.hidden VALUES (1)'],
  ['drop another schema', 'DROP SCHEMA two_schema CASCADE'],
  ['make tables elsewhere', 'CREATE TABLE public.mine (id int)'],
  ['make schemas', 'CREATE SCHEMA mine'],
  ['become the hub', 'SET ROLE postgres'],
  ['become another plugin', `SET SESSION AUTHORIZATION postgres`],
  ['make roles', 'CREATE ROLE intruder SUPERUSER'],
  ['read files', `SELECT pg_read_file('/etc/passwd')`],
  ['run programs', `COPY things FROM PROGRAM 'id'`],
  ['end other sessions', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'`],
])('does not let the plugin %s', async (_title, sql) => {
  const outcome = await run((database) => database.query(sql));
  expect(outcome).toMatchObject({
    status: 'failed',
    error: { detail: expect.stringMatching(/permission denied|must be/) },
  });
});

it('does not let RESET ROLE lead out of the schema', async () => {
  const outcome = await run((database) =>
    database.transaction(async (session) => {
      await session.query('RESET ROLE');
      await session.query('RESET SESSION AUTHORIZATION');
      return session.query('SELECT * FROM public.connections');
    }),
  );
  expect(outcome).toMatchObject({
    status: 'failed',
    error: { detail: expect.stringContaining('permission denied') },
  });
});

it('takes one statement at a time, so that no transaction stays open', async () => {
  const outcome = await run((database) => database.query('BEGIN; SELECT 1'));
  expect(outcome).toMatchObject({
    status: 'failed',
    error: { detail: expect.stringContaining('multiple commands') },
  });
});

it('has a value that no column takes for permanent, so that nothing is tried again', async () => {
  const outcome = await run((database) => database.query('SELECT $1::text AS value', ['a\0b']));
  expect(outcome).toMatchObject({
    status: 'failed',
    fate: 'permanent',
    error: { status: 422, title: expect.stringContaining('refuses a value') },
  });
});

it('rolls a transaction back when its work fails', async () => {
  const outcome = await run((database) =>
    database.transaction(async (session) => {
      await session.query('INSERT INTO things (id) VALUES (99)');
      throw new Error('changed my mind');
    }),
  );
  // Rolled back, so it is known that nothing happened: a defect, not an unknown outcome.
  expect(outcome).toMatchObject({ status: 'failed', fate: 'defect' });
  expect(output(await run((database) => database.query('SELECT id FROM things WHERE id = 99')))).toEqual({
    value: [],
  });
});

it('calls a write unknown when the plugin fails after its commit', async () => {
  const outcome = await run(async (database) => {
    await database.transaction((session) => session.query('INSERT INTO things (id) VALUES (100)'));
    throw new Error('too late');
  });
  expect(outcome).toMatchObject({ status: 'failed', fate: 'unknown' });
});

it('repeats transactions that collided', async () => {
  let attempts = 0;
  const outcome = await run((database) =>
    database.transaction(async (session) => {
      attempts += 1;
      await session.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      if (attempts < 3)
        await session.query(`DO $$ BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END $$`);
      return attempts;
    }),
  );
  expect(output(outcome)).toEqual({ value: 3 });
  const always = await run((database) =>
    database.transaction((session) =>
      session.query(`DO $$ BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END $$`),
    ),
  );
  expect(always).toMatchObject({ status: 'failed', fate: 'transient', error: { status: 409 } });
});

it('has a lost connection for transient', async () => {
  const outcome = run((database) => database.query('SELECT pg_sleep(60)'));
  await eventually(async () => {
    const ended = (await host.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active' AND query = 'SELECT pg_sleep(60)'`,
    )) as unknown[];
    return ended.length > 0;
  });
  expect(await outcome).toMatchObject({
    status: 'failed',
    fate: 'transient',
    error: { status: 503, reason: 'unavailable' },
  });
});

it.each(['two_schema', 'public'])('does not give a plugin the schema %s of someone else', async (schema) => {
  const thief = {
    ...databasePlugin('thief', []),
    database: { schema, migrations: ['CREATE TABLE stolen (n int)'] },
  };
  await expect(host.host.registry.register(thief)).rejects.toThrow('belongs to someone else');
});

it('lets the plugin in as itself when the database is given by a URL that names the hub’s user', async () => {
  if ('url' in host.test.connection) throw new Error('This test needs the socket of the test server.');
  const { host: socket, database, user } = host.test.connection;
  const url = `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(socket)}&user=${user}`;
  const byUrl = await openDatabase({ url });
  const second = new ConnectorHost({ masterKey: host.masterKey, blockPrivateAddresses: false }, byUrl);
  await second.registry.register(
    databasePlugin('by_url', ['CREATE TABLE mine AS SELECT session_user::text AS name']),
  );
  const rows = (await byUrl.query('SELECT name FROM by_url.mine')) as { name: string }[];
  expect(rows[0]?.name).toMatch(/^tutti_[0-9a-f]{8}_[0-9a-f]{8}_by_url$/);
  await second.close();
  await byUrl.destroy();
});

describe('migrations', () => {
  it('run once each, also when the plugin is loaded again with more of them', async () => {
    const grown = databasePlugin('grown', ['CREATE TABLE a (n int)']);
    await host.host.registry.register(grown, '1.0.0');
    const second = anotherHost();
    await second.registry.register(
      databasePlugin('grown', ['CREATE TABLE a (n int)', 'ALTER TABLE a ADD m int']),
      '1.0.0',
    );
    const rows = await host.database.query(`SELECT position FROM grown.plugin_migrations ORDER BY position`);
    expect(rows).toEqual([{ position: 0 }, { position: 1 }]);
    await second.close();
  });

  it('that were changed or are missing are refused, and the plugin is not loaded', async () => {
    const changed = anotherHost();
    await expect(
      changed.registry.register(databasePlugin('one_schema', ['CREATE TABLE other (n int)'])),
    ).rejects.toThrow('was changed after it had run');
    expect(changed.registry.get('util-one-schema')).toBeUndefined();
    await expect(changed.registry.register(databasePlugin('two_schema', []))).rejects.toThrow(
      'newer version of the plugin',
    );
    await changed.close();
  });

  it('that fail leave nothing', async () => {
    const broken = databasePlugin('broken', ['CREATE TABLE a (n int)', 'CREATE TABLE nonsense']);
    await expect(host.host.registry.register(broken)).rejects.toThrow('could not be prepared');
    expect(await host.database.query(`SELECT to_regclass('broken.a') AS found`)).toEqual([{ found: null }]);
  });
});

describe('hosts that start over one database', () => {
  it('make a plugin’s schema once, however many start at the same moment', async () => {
    const plugin = databasePlugin('at_once', ['CREATE TABLE a (n int)', 'INSERT INTO a VALUES (1)']);
    const hosts = Array.from({ length: 6 }, anotherHost);
    await Promise.all(hosts.map(({ registry }) => registry.register(plugin, '1.0.0')));
    expect(await host.database.query('SELECT n FROM at_once.a')).toEqual([{ n: 1 }]);
    expect(await host.database.query(`SELECT state FROM plugins WHERE name = $1`, [plugin.name])).toEqual([
      { state: 'loaded' },
    ]);
    await Promise.all(hosts.map((each) => each.close()));
  });

  it('need no CREATEROLE once the schema is there, and say what a new one needs', async () => {
    if ('url' in host.test.connection) throw new Error('This test needs the socket of the test server.');
    const user = `plain_${process.pid}`;
    await host.database.query(
      `CREATE ROLE ${user} LOGIN; GRANT pg_read_all_data, pg_write_all_data TO ${user}`,
    );
    const plain = await new DataSource({
      type: 'postgres',
      host: host.test.connection.host,
      database: host.test.connection.database,
      username: user,
    }).initialize();
    const second = new ConnectorHost({ masterKey: host.masterKey, blockPrivateAddresses: false }, plain);
    try {
      await second.registry.register(one, '1.0.0');
      await expect(second.registry.register(databasePlugin('unmade', []), '1.0.0')).rejects.toThrow(
        'ALTER ROLE <user of the hub> CREATEROLE',
      );
      expect(second.registry.list().map(({ plugin }) => plugin.name)).toEqual([one.name]);
      const rows = await host.database.query(`SELECT state, error FROM plugins WHERE name = 'util-unmade'`);
      expect(rows).toEqual([{ state: 'failed', error: expect.stringContaining('may not create roles') }]);
    } finally {
      await second.close();
      await plain.destroy();
      await host.database.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
    }
  });
});

function anotherHost(): ConnectorHost {
  return new ConnectorHost({ masterKey: host.masterKey, blockPrivateAddresses: false }, host.database);
}
