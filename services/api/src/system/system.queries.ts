import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

/** Counts stop here: a person learns nothing more from a larger one, and counting on costs. */
const COUNT_MAX = 100_000;
const OVERDUE = `interval '30 seconds'`;

export interface RunCounts {
  pending: number;
  running: number;
  waiting: number;
  suspended: number;
  queued: number;
  oldestQueuedAt: string | null;
  oldestWaitingAt: string | null;
  overdue: number;
}

/** Runs that have not ended, over all workspaces; each count is at most 100,000. */
export async function countRuns(database: Queryable): Promise<RunCounts> {
  const row = await rowOf<RunCounts>(
    database,
    `WITH moving AS MATERIALIZED (
       SELECT r.status, r.started_at, s.run_id IS NULL AS queued FROM runs r LEFT JOIN run_states s ON s.run_id = r.id
        WHERE r.status IN ('pending', 'running') LIMIT $1),
     still AS MATERIALIZED (
       SELECT status, started_at FROM runs WHERE status IN ('waiting', 'suspended') LIMIT $1),
     late AS MATERIALIZED (
       SELECT 1 FROM run_states WHERE wake_at < clock_timestamp() - ${OVERDUE} LIMIT $1)
     SELECT (SELECT count(*)::int FROM moving WHERE status = 'pending') AS pending,
       (SELECT count(*)::int FROM moving WHERE status = 'running') AS running,
       (SELECT count(*)::int FROM moving WHERE queued) AS queued,
       (SELECT ${instant('min(started_at)')} FROM moving WHERE queued) AS "oldestQueuedAt",
       (SELECT count(*)::int FROM still WHERE status = 'waiting') AS waiting,
       (SELECT count(*)::int FROM still WHERE status = 'suspended') AS suspended,
       (SELECT ${instant('min(started_at)')} FROM still WHERE status = 'waiting') AS "oldestWaitingAt",
       (SELECT count(*)::int FROM late) AS overdue`,
    [COUNT_MAX],
  );
  return row as RunCounts;
}

export interface Backlog {
  openLetters: number;
  oldestLetterAt: string | null;
  events: number;
  oldestEventAt: string | null;
  now: string;
}

/** What waits for people or for the broker, and the database's time. */
export async function readBacklog(database: Queryable): Promise<Backlog> {
  const row = await rowOf<Backlog>(
    database,
    `WITH letters AS MATERIALIZED (SELECT created_at FROM dead_letters WHERE status = 'open' LIMIT $1),
     events AS MATERIALIZED (SELECT created_at FROM event_outbox LIMIT $1)
     SELECT (SELECT count(*)::int FROM letters) AS "openLetters", (SELECT ${instant('min(created_at)')} FROM letters) AS "oldestLetterAt",
       (SELECT count(*)::int FROM events) AS events, (SELECT ${instant('min(created_at)')} FROM events) AS "oldestEventAt",
       ${instant('clock_timestamp()')} AS now`,
    [COUNT_MAX],
  );
  return row as Backlog;
}

export interface DatabaseFigures {
  bytes: number;
  version: string;
  connections: number;
  connectionsMax: number;
  partitions: { table: string; partitions: number; bytes: number; oldest: string | null }[];
}

export async function readDatabase(database: Queryable): Promise<DatabaseFigures> {
  const whole = await rowOf<Omit<DatabaseFigures, 'partitions'>>(
    database,
    `SELECT pg_database_size(current_database())::float8 AS bytes, current_setting('server_version') AS version,
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       current_setting('max_connections')::int AS "connectionsMax"`,
  );
  const partitions = await rowsOf<DatabaseFigures['partitions'][number]>(
    database,
    `SELECT parent.relname AS "table", count(child.oid)::int AS partitions,
       coalesce(sum(pg_total_relation_size(child.oid)), 0)::float8 AS bytes, min(substring(child.relname FROM '[0-9]{8}$')) AS oldest
       FROM pg_partitioned_table p JOIN pg_class parent ON parent.oid = p.partrelid
       LEFT JOIN pg_inherits i ON i.inhparent = parent.oid LEFT JOIN pg_class child ON child.oid = i.inhrelid
      WHERE parent.relnamespace = current_schema()::regnamespace GROUP BY parent.relname ORDER BY bytes DESC, parent.relname`,
  );
  return { ...(whole as Omit<DatabaseFigures, 'partitions'>), partitions };
}
