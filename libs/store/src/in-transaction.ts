import type { Pool, PoolClient } from 'pg';

/** Does work in one transaction on a connection of its own. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // The connection may be the reason of the failure, so it is not given back.
    client.release(error instanceof Error ? error : true);
    throw error;
  }
}
