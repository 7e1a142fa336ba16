import type { DataSource } from 'typeorm';

/** A connection, whatever becomes of it. */
interface Of {
  workspaceId: string;
  connection: string;
}

/** Calls of an hour, or a part of it. */
export interface ConnectionUse extends Of {
  /** Start of the hour, epoch milliseconds. */
  hourMs: number;
  /** Of the cost; '': calls that told none. */
  currency: string;
  calls: number;
  failed: number;
  costMicros: number;
  /** Calls by `durationBucket`. */
  durations: number[];
}

/** What the newest failure and the newest reply of a connection told, as JSON; null: nothing new. */
export interface ConnectionTold extends Of {
  lastError: string | null;
  headroom: string | null;
}

export type ConnectionHour = Omit<ConnectionUse, 'workspaceId'>;

/** Whole hours that are kept; one more than people are shown. */
const HOURS_KEPT = 26;

/** What connections do, over all hosts: sums by the hour, so that a day is read from a few rows. */
export class ConnectionUseStore {
  readonly #database: Pick<DataSource, 'query'>;

  constructor(database: Pick<DataSource, 'query'>) {
    this.#database = database;
  }

  /** Adds to the hours; what is of a connection that is gone is dropped. */
  async add(uses: readonly ConnectionUse[]): Promise<void> {
    if (uses.length === 0) return;
    const column = <Name extends keyof ConnectionUse>(name: Name) => uses.map((use) => use[name]);
    await this.#database.query(ADD, [
      column('workspaceId'),
      column('connection'),
      column('hourMs'),
      column('currency'),
      column('calls'),
      column('failed'),
      column('costMicros'),
      uses.map(({ durations }) => `{${durations.join(',')}}`),
    ]);
  }

  async tell(told: readonly ConnectionTold[]): Promise<void> {
    if (told.length === 0) return;
    const column = <Name extends keyof ConnectionTold>(name: Name) => told.map((each) => each[name]);
    await this.#database.query(TELL, [
      column('workspaceId'),
      column('connection'),
      column('lastError'),
      column('headroom'),
    ]);
  }

  /** Drops the hours that nobody is shown any more. */
  async forgetOld(): Promise<void> {
    await this.#database.query(FORGET);
  }

  /** The last 24 hours of these connections with calls in them, the oldest first. */
  async day(workspaceId: string, connections: readonly string[]): Promise<ConnectionHour[]> {
    const rows = (await this.#database.query(DAY, [workspaceId, connections])) as (ConnectionHour & {
      costMicros: string;
    })[];
    return rows.map((row) => ({ ...row, costMicros: Number(row.costMicros) }));
  }

  /** What these connections told last. */
  async told(workspaceId: string, connections: readonly string[]): Promise<ConnectionTold[]> {
    return (await this.#database.query(TOLD, [workspaceId, connections])) as ConnectionTold[];
  }
}

// In one order, so that two hosts wait for one another instead of standing in a deadlock. The connection
// cannot be removed meanwhile.
const ADD = `
INSERT INTO connection_hours AS h (workspace_id, connection, hour, currency, calls, failed, cost_micros, durations)
SELECT u.workspace_id, u.connection, to_timestamp(u.hour_ms / 1000), u.currency, u.calls, u.failed, u.cost, u.durations::int[]
FROM unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::int[], $6::int[], $7::bigint[], $8::text[])
  AS u (workspace_id, connection, hour_ms, currency, calls, failed, cost, durations)
  JOIN connections c ON c.workspace_id = u.workspace_id AND c.name = u.connection
ORDER BY u.workspace_id, u.connection, u.hour_ms, u.currency FOR KEY SHARE OF c
ON CONFLICT (workspace_id, connection, hour, currency) DO UPDATE SET calls = h.calls + excluded.calls,
  failed = h.failed + excluded.failed, cost_micros = h.cost_micros + excluded.cost_micros,
  durations = ARRAY(SELECT coalesce(a, 0) + coalesce(b, 0)
    FROM unnest(h.durations, excluded.durations) WITH ORDINALITY AS s (a, b, n) ORDER BY n)`;
const TELL = `
INSERT INTO connection_facts AS f (workspace_id, connection, last_error, headroom)
SELECT u.workspace_id, u.connection, u.last_error, u.headroom
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS u (workspace_id, connection, last_error, headroom)
  JOIN connections c ON c.workspace_id = u.workspace_id AND c.name = u.connection
ORDER BY u.workspace_id, u.connection FOR KEY SHARE OF c
ON CONFLICT (workspace_id, connection) DO UPDATE SET last_error = coalesce(excluded.last_error, f.last_error),
  headroom = coalesce(excluded.headroom, f.headroom)`;
const FORGET = `DELETE FROM connection_hours WHERE hour < now() - interval '${HOURS_KEPT} hours'`;
const DAY = `
SELECT connection, extract(epoch FROM hour)::float8 * 1000 AS "hourMs", currency, calls, failed,
  cost_micros AS "costMicros", durations FROM connection_hours
WHERE workspace_id = $1 AND connection = ANY ($2::text[])
  AND hour > date_trunc('hour', now()) - interval '24 hours' ORDER BY connection, hour`;
const TOLD = `
SELECT workspace_id AS "workspaceId", connection, last_error AS "lastError", headroom FROM connection_facts
WHERE workspace_id = $1 AND connection = ANY ($2::text[])`;
