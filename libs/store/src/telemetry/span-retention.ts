import type { Pool, PoolClient } from 'pg';

/** How much telemetry is kept. The byte ceiling counts tables and indexes of `spans`. */
export interface SpanRetention {
  spanDaysMax: number;
  spanBytesMax: number;
  /** Rollups are small and outlive their spans. */
  rollupDaysMax: number;
}

export const SPAN_RETENTION: SpanRetention = {
  spanDaysMax: 30,
  spanBytesMax: 20 * 1024 ** 3,
  rollupDaysMax: 400,
};

export interface DayPartition {
  name: string;
  day: string;
  bytes: number;
}

const DAY_MS = 86_400_000;
/**
 * Dropping a partition locks its parent for a moment; rather try again later than hold up the inserts behind
 * a long query.
 */
const LOCK_TIMEOUT = '2s';

/** The day partitions of a table, oldest first. */
export async function dayPartitions(pool: Pool, table: string): Promise<DayPartition[]> {
  const result = await pool.query<DayPartition>(
    `SELECT c.relname AS name, right(c.relname, 8) AS day, pg_total_relation_size(c.oid)::float8 AS bytes
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass AND c.relname ~ '_[0-9]{8}$' ORDER BY 2`,
    [table],
  );
  return result.rows;
}

/**
 * Which partitions are to go: too old, then the oldest until the rest fits. Today's and later ones always
 * stay. Pure.
 */
export function partitionsToDrop(
  partitions: readonly DayPartition[],
  limits: { daysMax: number; bytesMax: number },
  nowMs: number,
): string[] {
  const stamp = (ms: number) => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
  const today = stamp(nowMs);
  const oldest = stamp(nowMs - limits.daysMax * DAY_MS);
  let bytes = partitions.reduce((sum, one) => sum + one.bytes, 0);
  const drops: string[] = [];
  for (const one of partitions) {
    if (one.day >= today || (one.day >= oldest && bytes <= limits.bytesMax)) continue;
    drops.push(one.name);
    bytes -= one.bytes;
  }
  return drops;
}

/** Drops what retention no longer allows; returns the names of the dropped partitions. */
export async function applySpanRetention(
  pool: Pool,
  retention: SpanRetention,
  nowMs = Date.now(),
): Promise<string[]> {
  const spans = partitionsToDrop(
    await dayPartitions(pool, 'spans'),
    { daysMax: retention.spanDaysMax, bytesMax: retention.spanBytesMax },
    nowMs,
  );
  const rollups = partitionsToDrop(
    await dayPartitions(pool, 'span_minutes'),
    { daysMax: retention.rollupDaysMax, bytesMax: Number.POSITIVE_INFINITY },
    nowMs,
  );
  for (const name of [...spans, ...rollups]) await dropPartition(pool, name);
  return [...spans, ...rollups];
}

/** Drops one partition, unless it is in use for longer than a moment; first `before`, in its transaction. */
export async function dropPartition(
  pool: Pool,
  name: string,
  before?: (client: PoolClient) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await before?.(client);
    await client.query(`DROP TABLE IF EXISTS ${name}`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
