import { Pool, type PoolClient, types } from 'pg';
import { createTestDatabase } from './test-database.js';

/**
 * A plugin's database port as far as the plugin's own tests need it; the host's port confines it to its
 * schema besides.
 */
export interface PluginTestDatabase {
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  transaction<T>(work: (session: Pick<PluginTestDatabase, 'query'>) => Promise<T>): Promise<T>;
  /** Empties it: the schema as it is after the migrations. Much quicker than a new database. */
  reset(): Promise<void>;
  /** Closes and drops it. */
  drop(): Promise<void>;
}

/** Makes a database of one test's own with the plugin's schema in it, migrated. */
export async function createPluginDatabase(plugin: {
  database?: { schema: string; migrations: readonly string[] } | undefined;
}): Promise<PluginTestDatabase> {
  if (plugin.database === undefined) throw new Error('The plugin declares no database.');
  const { schema, migrations } = plugin.database;
  const test = await createTestDatabase();
  const where = 'url' in test.connection ? { connectionString: test.connection.url } : test.connection;
  const pool = new Pool({
    ...where,
    options: `-c search_path=${schema} -c timezone=UTC`,
    types: { getTypeParser: typeParser },
  });
  // A session that the server ends while the pool is closing concerns no test.
  pool.on('error', () => undefined);
  const reset = async () => {
    await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
    for (const migration of migrations) await pool.query(migration);
  };
  await reset();
  return {
    reset,
    query: (sql, parameters) => rowsOf(pool, sql, parameters),
    transaction: (work) => inTransaction(pool, work),
    drop: async () => {
      await pool.end();
      await test.drop();
    },
  };
}

/** As in the connector host: dates stay text, instants are ISO 8601. */
function typeParser(oid: number): (value: string) => unknown {
  if (oid === types.builtins.DATE) return (value) => value;
  if (oid === types.builtins.TIMESTAMPTZ) {
    return (value) => new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString();
  }
  return types.getTypeParser(oid) as (value: string) => unknown;
}

async function rowsOf<Row>(
  on: Pool | PoolClient,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const result = await on.query(sql, [...parameters]).catch(refusedValue);
  return result.rows as Row[];
}

/** As in the connector host: a value that no column takes (SQLSTATE class 22) is a permanent error. */
function refusedValue(error: unknown): never {
  const { code } = error as { code?: unknown };
  throw String(code ?? '').startsWith('22')
    ? Object.assign(error as Error, { fate: 'permanent', status: 422 })
    : error;
}

async function inTransaction<T>(
  pool: Pool,
  work: (session: Pick<PluginTestDatabase, 'query'>) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work({ query: (sql, parameters) => rowsOf(client, sql, parameters) });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
