import type { PoolClient } from 'pg';
import { acceptColumns } from '../runs/run-rows.js';
import type { RunToAccept } from '../runs/run-store.types.js';
import { ACCEPT_WAITING, LOCK_SHARED } from './run-places.sql.js';

/** A run that is to wait for a place. */
export interface RunToQueue extends RunToAccept {
  /** The queue with a limit of its own, such as a trigger's id; empty: the workflow's own queue. */
  queue: string;
  /** Runs of one queue and key go one after the other. */
  queueKey?: string | undefined;
}

/**
 * Inserts runs that wait, with their places, in the caller's transaction; no run is admitted anywhere until
 * it ends. The answers are in the order of the runs.
 */
export async function acceptWaitingIn(
  client: PoolClient,
  runs: readonly RunToQueue[],
): Promise<{ id: string; accepted: boolean }[]> {
  await client.query(LOCK_SHARED);
  const result = await client.query<{ id: string }>({
    name: 'accept-waiting',
    text: ACCEPT_WAITING,
    values: columnsOf(runs),
  });
  const inserted = new Set(result.rows.map((row) => row.id));
  return runs.map(({ id }) => ({ id, accepted: inserted.has(id) }));
}

function columnsOf(runs: readonly RunToQueue[]): unknown[] {
  return [
    ...acceptColumns(runs),
    runs.map((run) => run.idempotency?.scope ?? null),
    runs.map((run) => run.idempotency?.key ?? null),
    runs.map((run) => run.idempotency?.requestHash ?? null),
    runs.map((run) => run.queue),
    runs.map((run) => run.queueKey ?? null),
  ];
}
