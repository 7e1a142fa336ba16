import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { DataSource } from 'typeorm';
import { StartError } from './embedded/embedded-postgres.js';
import { MIGRATIONS } from './migrations/index.js';
import { ENTITIES } from './entities/index.js';
import { ensurePartitions } from './partitions.js';

/** Where the database is: a URL, or the options of an embedded server's socket. */
export type DatabaseConnection =
  { url: string } | { host: string; port: number; user: string; database: string };

/** Connections of the pool for everything but the hot path. */
const POOL_CONNECTIONS_MAX = 10;
/** Connections of the hot path: accepts, turns, loads and sweeps. */
const HOT_CONNECTIONS_MAX = 6;

/**
 * Opens the TypeORM data source, brings the schema up to date and makes the partitions of the coming days.
 */
export async function openDatabase(connection: DatabaseConnection): Promise<DataSource> {
  const where =
    'url' in connection
      ? { url: connection.url }
      : {
          host: connection.host,
          port: connection.port,
          username: connection.user,
          database: connection.database,
        };
  const dataSource = new DataSource({
    type: 'postgres',
    ...where,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migrations',
    synchronize: false,
    logging: false,
    applicationName: 'tutti',
    extra: { max: POOL_CONNECTIONS_MAX },
  });
  await dataSource.initialize();
  // TypeORM listens only a moment after it took a connection.
  surviveLostConnections((dataSource.driver as unknown as { master: Pool }).master);
  try {
    await refuseNewerSchema(dataSource);
    await migrate(dataSource);
    await ensurePartitions(dataSource);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}

/** Two hubs that start at once must not both migrate, so an advisory lock is held meanwhile. */
async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query(`SELECT pg_advisory_lock(hashtext('tutti.migrations'))`);
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await runner.query(`SELECT pg_advisory_unlock(hashtext('tutti.migrations'))`);
    await runner.release();
  }
}

async function refuseNewerSchema(dataSource: DataSource): Promise<void> {
  const [table] = (await dataSource.query(`SELECT to_regclass('schema_migrations') AS name`)) as {
    name: string | null;
  }[];
  if (!table?.name) return;
  const known = new Set(MIGRATIONS.map((migration) => migration.name));
  const rows = (await dataSource.query('SELECT name FROM schema_migrations ORDER BY id')) as {
    name: string;
  }[];
  const unknown = rows.filter((row) => !known.has(row.name)).map((row) => row.name);
  if (unknown.length > 0) {
    throw new StartError(
      `The data was written by a newer Tutti (it has the schema change ${unknown.at(-1)}, which this release does not know). ` +
        'Start the newer release again, or choose another --data-dir. Nothing was changed.',
    );
  }
}

/**
 * The pool of the hot path. Its few statements touch rows by key only; a table without statistics must not
 * tempt the planner into reading all of it, so scans and hash joins are switched off on these connections.
 */
export function openHotPool(connection: DatabaseConnection): Pool {
  const where: PoolConfig = 'url' in connection ? { connectionString: connection.url } : connection;
  const pool = new Pool({
    ...where,
    max: HOT_CONNECTIONS_MAX,
    application_name: 'tutti-hot',
    idleTimeoutMillis: 0,
    options:
      '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan -c timezone=UTC',
  });
  return surviveLostConnections(pool);
}

/**
 * Without a listener, the error event of a connection that the server ends would end the process. The pool
 * listens to its idle connections only; one that is taken can be lost between two statements too, and then
 * the next statement fails, which is where it is handled.
 */
export function surviveLostConnections(pool: Pool): Pool {
  const watched = new WeakSet<PoolClient>();
  pool.on('error', () => undefined);
  return pool.on('acquire', (client) => {
    if (watched.has(client)) return;
    watched.add(client);
    client.on('error', () => undefined);
  });
}
