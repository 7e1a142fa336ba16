import { randomBytes } from 'node:crypto';
import { mkdirSync, rmdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type DatabaseConnection, startEmbeddedPostgres } from '@tutti/store';
import { Client } from 'pg';

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
    drop: () =>
      asAdmin(host, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)).then(
        () => undefined,
      ),
  };
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

/**
 * Starts the shared test server, or finds the one that runs; a lock folder keeps two test processes from
 * starting two.
 */
async function sharedServer(): Promise<string> {
  const dataDir = join(tmpdir(), `tutti-test-postgres-${userInfo().uid}`);
  const release = await lock(`${dataDir}.lock`);
  try {
    const server = await startEmbeddedPostgres({
      dataDir,
      settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
    });
    return server.socketDir;
  } finally {
    release();
  }
}

async function lock(folder: string): Promise<() => void> {
  for (let i = 0; i < 600; i++) {
    try {
      mkdirSync(folder);
      return () => rmdirSync(folder);
    } catch {
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  throw new Error(`The lock ${folder} is held for more than 30 s. If no test is running, delete it.`);
}
