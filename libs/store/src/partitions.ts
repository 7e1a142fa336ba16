import type { DataSource } from 'typeorm';

/** Tables partitioned by day, with the type of their partition key. */
export const PARTITIONED_TABLES = [
  'journal',
  'audit_events',
  'spans',
  'span_minutes',
  'bus_payloads',
  'events',
] as const;
/** Partitions are made this many days ahead, so that a hub whose maintenance fails for a while goes on. */
const DAYS_AHEAD = 3;
/**
 * A run keeps its journal in the partition of the day on which it started, so yesterday's must be there after
 * a start at midnight.
 */
const DAYS_BACK = 1;
const DAY_MS = 86_400_000;

/** The UTC day of an instant, `YYYY-MM-DD`. */
export function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

/** The UTC day in which a UUIDv7 was made. */
export function dayOfId(id: string): string {
  return dayOf(parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** Makes the day partitions around now. Safe to call from several processes and as often as wanted. */
export async function ensurePartitions(dataSource: DataSource, nowMs = Date.now()): Promise<void> {
  for (const table of PARTITIONED_TABLES) {
    for (let offset = -DAYS_BACK; offset <= DAYS_AHEAD; offset++)
      await ensurePartition(dataSource, table, nowMs + offset * DAY_MS);
  }
}

/** Makes the partition of one day. */
export async function ensurePartition(dataSource: DataSource, table: string, dayMs: number): Promise<void> {
  const from = dayOf(dayMs);
  const name = `${table}_${from.replaceAll('-', '')}`;
  const [found] = (await dataSource.query('SELECT to_regclass($1) AS name', [name])) as {
    name: string | null;
  }[];
  if (found?.name) return;
  try {
    await dataSource.query(
      `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${table}
         FOR VALUES FROM ('${from}') TO ('${dayOf(dayMs + DAY_MS)}')`,
    );
  } catch (error) {
    // Another process made it between the question and the statement.
    if (!/already exists|overlap/.test((error as Error).message)) throw error;
  }
}
