import {
  type DatabasePort,
  type DatabaseSession,
  IDEMPOTENCY_KEYS_TABLE,
  PermanentError,
} from '@tutti/plugin-sdk';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { KEYS_SCHEMA } from './pools.js';
import { classified } from './sql-errors.js';

type Row = Record<string, unknown>;

/** Statements of one transaction, and how it is to be. */
interface Transaction {
  pool: Pool;
  signal: AbortSignal;
  mode: 'READ ONLY' | 'READ WRITE';
  /** Called before the commit. */
  beforeCommit?: () => void;
}

/**
 * Runs work in a transaction. When the call is given up, what the server is doing is cancelled there too: the
 * connection alone would not end it.
 */
async function inTransaction<T>(
  { pool, signal, mode, beforeCommit }: Transaction,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = await pool.connect().catch((error: unknown) => {
    throw classified(error);
  });
  const cancel = () => void cancelBackend(pool, client);
  signal.addEventListener('abort', cancel, { once: true });
  let broken = true;
  try {
    await client.query(`BEGIN ${mode}`);
    const result = await work(client);
    beforeCommit?.();
    await client.query('COMMIT');
    broken = false;
    return result;
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    throw classified(error);
  } finally {
    signal.removeEventListener('abort', cancel);
    client.release(broken);
  }
}

/** Asks the server over another connection to stop what this one waits for. */
async function cancelBackend(pool: Pool, client: PoolClient): Promise<void> {
  const { processID } = client as PoolClient & { processID?: number };
  if (processID === undefined) return;
  await pool.query('SELECT pg_cancel_backend($1)', [processID]).catch(() => undefined);
}

/** Rows of a query, at most `rowsMax`; nothing can be changed by it. */
export async function readRows(
  of: { pool: Pool; signal: AbortSignal },
  { sql, parameters, rowsMax }: { sql: string; parameters: readonly unknown[]; rowsMax: number },
): Promise<{ rows: Row[]; more: boolean }> {
  return inTransaction({ ...of, mode: 'READ ONLY' }, async (client) => {
    // A cursor: of a query that finds too much only so much is read. It takes one statement that gives rows.
    await single(client, `DECLARE tutti_rows NO SCROLL CURSOR FOR ${withoutEnd(sql)}`, parameters);
    const { rows } = await client.query<Row>(`FETCH ${rowsMax + 1} FROM tutti_rows`);
    return { rows: rows.slice(0, rowsMax), more: rows.length > rowsMax };
  });
}

/**
 * Runs one statement. The extended protocol refuses more than one in a text, with which a query could leave
 * its transaction; the option is not in the types of `pg` yet.
 */
function single(client: PoolClient, text: string, values: readonly unknown[]): Promise<QueryResult<Row>> {
  return client.query<Row>({ text, values: [...values], queryMode: 'extended' } as QueryConfig);
}

/** What one statement changed, and the rows that it returns. */
export async function execute(
  session: DatabaseSession,
  { sql, parameters, rowsMax }: { sql: string; parameters: readonly unknown[]; rowsMax: number },
): Promise<{ rows: Row[]; more: boolean }> {
  const rows = await session.query(sql, parameters);
  return { rows: rows.slice(0, rowsMax), more: rows.length > rowsMax };
}

/** A database that is written, as the SDK's `once` takes it. */
export function writablePort(of: Pick<Transaction, 'pool' | 'signal' | 'beforeCommit'>): DatabasePort {
  const sessionOf = (client: PoolClient): DatabaseSession => ({
    query: async <Found>(sql: string, parameters: readonly unknown[] = []) =>
      (await single(client, sql, parameters)).rows as Found[],
  });
  const transaction: DatabasePort['transaction'] = (work) =>
    inTransaction({ ...of, mode: 'READ WRITE' }, (client) => work(sessionOf(client)));
  return {
    transaction,
    query: (sql, parameters) => transaction((session) => session.query(sql, parameters)),
  };
}

/** Makes the table of keys in the database, once. */
export async function ensureKeys(of: { pool: Pool; signal: AbortSignal }): Promise<void> {
  const table = `${KEYS_SCHEMA}.idempotency_keys`;
  const { rows } = await of.pool
    .query<{ there: string | null }>('SELECT to_regclass($1)::text AS there', [table])
    .catch((error: unknown) => {
      throw classified(error);
    });
  if (rows[0]?.there) return;
  try {
    await inTransaction({ ...of, mode: 'READ WRITE' }, async (client) => {
      // Two hosts may come here at once.
      await client.query("SELECT pg_advisory_xact_lock(hashtext('tutti.idempotency_keys'))");
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${KEYS_SCHEMA}`);
      await client.query(
        IDEMPOTENCY_KEYS_TABLE.replace(
          'CREATE TABLE idempotency_keys',
          `CREATE TABLE IF NOT EXISTS ${table}`,
        ),
      );
    });
  } catch (error) {
    if ((error as { status?: number }).status !== 403) throw error;
    throw new PermanentError(
      `The user may not make the table ${table}, in which the keys of writes are kept. Let an administrator run: ` +
        `CREATE SCHEMA ${KEYS_SCHEMA} AUTHORIZATION the_user`,
      { status: 403, cause: error },
    );
  }
}

function withoutEnd(sql: string): string {
  return sql.replace(/[\s;]+$/, '');
}
