import type { DataSource } from 'typeorm';
import { LIVE_HOSTS } from '../live-hosts.sql.js';
import { grant, NO_STATE, type Ask, type Grant, type LimitState } from './limit-state.js';

interface StateRow {
  key: string;
  revision: number;
  state: string | null;
  now_ms: number;
}

/** What was granted, and when by the database's clock. */
export interface Reserved {
  grants: Map<string, Grant>;
  nowMs: number;
}

const ATTEMPTS_MAX = 50;

/** The SQL of the limits that all hosts share. */
export class LimitStore {
  readonly #database: Pick<DataSource, 'query'>;
  readonly instanceId: string;

  constructor(database: Pick<DataSource, 'query'>, instanceId: string) {
    this.#database = database;
    this.instanceId = instanceId;
  }

  /** The other hosts that live. */
  async otherHosts(): Promise<number> {
    const [row] = (await this.#database.query(
      `SELECT count(*)::int AS hosts FROM ${LIVE_HOSTS} AND id <> $1`,
      [this.instanceId],
    )) as { hosts: number }[];
    return row?.hosts ?? 0;
  }

  /**
   * Asks for shares of all these limits at once; a limit that another host changed meanwhile is asked again.
   */
  async reserve(asks: ReadonlyMap<string, Ask>): Promise<Reserved> {
    const grants = new Map<string, Grant>();
    let open = [...asks.keys()].sort();
    let nowMs = 0;
    for (let attempt = 1; open.length > 0; attempt++) {
      if (attempt > ATTEMPTS_MAX) throw new Error('The shared limits of connections changed too often.');
      const rows = await this.#read(open);
      nowMs = rows[0]?.now_ms ?? nowMs;
      const made = rows.map((row) => {
        const state = row.state === null ? NO_STATE : (JSON.parse(row.state) as LimitState);
        return { row, ...grant(state, asks.get(row.key) as Ask, row.now_ms) };
      });
      const written = await this.#write(made);
      for (const { row, grant: granted } of made) if (written.has(row.key)) grants.set(row.key, granted);
      open = open.filter((key) => !written.has(key));
    }
    return { grants, nowMs };
  }

  #read(keys: string[]): Promise<StateRow[]> {
    return this.#database.query(
      `SELECT asked.key, coalesce(l.revision, 0) AS revision, l.state,
         (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms
       FROM unnest($1::text[]) AS asked (key) LEFT JOIN shared_limits l USING (key) ORDER BY asked.key`,
      [keys],
    ) as Promise<StateRow[]>;
  }

  /** Writes the states that nobody changed since they were read, and says which those are. */
  async #write(made: readonly { row: StateRow; state: LimitState }[]): Promise<Set<string>> {
    const rows = (await this.#database.query(
      `INSERT INTO shared_limits (key, revision, state)
       SELECT * FROM unnest($1::text[], $2::int[], $3::text[])
       ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, state = excluded.state,
         updated_at = clock_timestamp()
       WHERE shared_limits.revision = excluded.revision - 1 RETURNING key`,
      [
        made.map(({ row }) => row.key),
        made.map(({ row }) => row.revision + 1),
        made.map(({ state }) => JSON.stringify(state)),
      ],
    )) as { key: string }[];
    return new Set(rows.map(({ key }) => key));
  }
}
