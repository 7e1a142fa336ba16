import { uuidv7 } from '@tutti/contracts';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { DataSource } from 'typeorm';
import { type DatabaseConnection, openDatabase } from './database.js';
import { readRouting, usesFormerPlugin } from './routing-rows.js';

describe('the routing of a workflow version', () => {
  let test: TestDatabase;
  let database: DataSource;
  const [workflow, former, current] = [uuidv7(), uuidv7(), uuidv7()];

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await openDatabase(test.connection as DatabaseConnection);
    const packages = [
      ['1.0.0', 'inactive'],
      ['2.0.0', 'active'],
    ];
    for (const [version, state] of packages) {
      await database.query(
        `INSERT INTO plugin_packages (name, version, package_name, integrity, tarball, source, state, requested_by)
         VALUES ('util-a', $1, 'util-a', 'x', '', '{}', $2, 'test')`,
        [version, state],
      );
      await database.query(
        `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ('util-a', $1, 1, $1, 'util-a', $2)`,
        [version, state === 'active' ? 'loaded' : 'inactive'],
      );
    }
    await database.query(
      `INSERT INTO workflows (id, workspace_id, namespace, name) VALUES ($1, 'default', 'test', 'w')`,
      [workflow],
    );
    for (const [id, version] of [
      [former, '1.0.0'],
      [current, '2.0.0'],
    ] as const) {
      await database.query(
        `INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, content_hash, source, definition, created_by, number)
         VALUES ($1, 'default', $2, $3, $3, '', '{}', 'test', $4)`,
        [id, workflow, version, Number.parseInt(version)],
      );
      await database.query(`INSERT INTO workflow_plugins VALUES ($1, 'util-a', $2)`, [id, version]);
    }
    await database.query(
      `INSERT INTO connections (id, workspace_id, name, plugin, settings) VALUES ($1, 'default', 'a', 'util-a', '{}')`,
      [uuidv7()],
    );
  });

  afterAll(async () => {
    await database.destroy();
    await test.drop();
  });

  /** The version that serves: of several rows of a connection the last one counts. */
  const serving = async (version: string | null) =>
    (await readRouting(database, 'default', version)).connections.at(-1)?.version;

  it('has the versions of plugins that it was applied with', async () => {
    expect(await Promise.all([serving(former), serving(current), serving(null)])).toEqual([
      '1.0.0',
      '2.0.0',
      '2.0.0',
    ]);
    expect(await usesFormerPlugin(database, former)).toBe(true);
    expect(await usesFormerPlugin(database, current)).toBe(false);
  });

  it('has the active version in the place of one that was withdrawn', async () => {
    await database.query(`UPDATE plugin_packages SET state = 'withdrawn' WHERE version = '1.0.0'`);
    expect(await serving(former)).toBe('2.0.0');
    expect(await usesFormerPlugin(database, former)).toBe(false);
  });
});
