import { randomBytes } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type DatabaseConnection, startEmbeddedPostgres } from '@tutti/store';
import { Client } from 'pg';
import { withProcessLock } from './process-lock.js';

/** A database of one test's own. */
export interface TestDatabase {
  connection: DatabaseConnection;
  /** Drops it. Close what uses it before. */
  drop(): Promise<void>;
}

/**
 * Makes an empty database on the test server: the one of TUTTI_TEST_SOCKET (started and stopped by `npm
 * test`), else an embedded PostgreSQL of this user under the temporary folder, which is left running for the
 * next test.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const host = process.env.TUTTI_TEST_SOCKET ?? (await sharedServer());
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await asAdmin(host, (client) => client.query(`CREATE DATABASE ${name}`));
  return {
    connection: { host, port: 5432, user: 'postgres', database: name },
    drop: () => asAdmin(host, (client) => drop(client, name)),
  };
}

/**
 * Sessions that were closed a moment ago may still be ending. Were they cut off, the error could hit their
 * client and with it the next test, so they get a second; only what a test left open is cut off.
 */
async function drop(client: Client, name: string): Promise<void> {
  for (let i = 0; i < 50; i++) {
    const open = await client.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1', [name]);
    if (open.rowCount === 0) break;
    await new Promise((done) => setTimeout(done, 20));
  }
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function asAdmin<T>(host: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ host, port: 5432, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

let running: Promise<string> | undefined;

/**
 * Starts the shared test server, or finds the one that runs; a lock keeps two test processes from starting
 * two.
 */
function sharedServer(): Promise<string> {
  const dataDir = join(tmpdir(), `tutti-test-postgres-${userInfo().uid}`);
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '300',
  };
  running ??= withProcessLock(`${dataDir}.lock`, async () => {
    const { socketDir } = await startEmbeddedPostgres({ dataDir, settings });
    return socketDir;
  });
  return running;
}
