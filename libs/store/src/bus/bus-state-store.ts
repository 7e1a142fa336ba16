import type { Pool } from 'pg';

/** A value with the database's time of its last change. */
export interface BusState {
  value: string;
  updatedAtMs: number;
}

/**
 * Small facts that the processes of one hub share and that outlive them, such as which cluster the bus is on.
 */
export class BusStateStore {
  constructor(private readonly pool: Pool) {}

  async get(key: string): Promise<string | undefined> {
    return (await this.read(key))?.value;
  }

  async read(key: string): Promise<BusState | undefined> {
    const { rows } = await this.pool.query<BusState>(
      `SELECT value, (extract(epoch FROM updated_at) * 1000)::float8 AS "updatedAtMs" FROM bus_state WHERE key = $1`,
      [key],
    );
    return rows[0];
  }

  async set(key: string, value: string): Promise<void> {
    await this.pool.query(
      `INSERT INTO bus_state (key, value) VALUES ($1, $2)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = clock_timestamp()`,
      [key, value],
    );
  }

  /**
   * Sets a value only where it still is what the caller read (null: not there), so that of several processes
   * one wins; says whether this one did.
   */
  async replace(key: string, from: string | null, to: string): Promise<boolean> {
    const { rowCount } =
      from === null
        ? await this.pool.query(
            'INSERT INTO bus_state (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING',
            [key, to],
          )
        : await this.pool.query(
            'UPDATE bus_state SET value = $3, updated_at = clock_timestamp() WHERE key = $1 AND value = $2',
            [key, from, to],
          );
    return rowCount === 1;
  }
}
