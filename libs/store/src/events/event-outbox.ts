import type { Pool, PoolClient } from 'pg';

/** An event of a run on its way to one sink. */
export interface OutboxEvent {
  id: string;
  workspaceId: string;
  runId: string;
  /** Name of the sink. */
  sink: string;
  /** The topic that the task named; null: the usual one of the sink. */
  topic: string | null;
  /** The CloudEvent, JSON text. */
  event: string;
}

/** Written in the transaction of the turn that emits. */
export const INSERT_EVENTS = `
INSERT INTO event_outbox (id, workspace_id, run_id, sink, topic, event)
SELECT id, "workspaceId", "runId", sink, topic, event
FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, "workspaceId" text, "runId" uuid, sink text, topic text, event text)`;

const TAKE = `
WITH taken AS (
  UPDATE event_outbox SET leased_until = clock_timestamp() + $3::float8 * interval '1 millisecond' WHERE id IN (
    SELECT id FROM event_outbox WHERE sink = ANY($1::text[]) AND (leased_until IS NULL OR leased_until <= clock_timestamp())
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING id, workspace_id, run_id, sink, topic, event)
SELECT id, workspace_id AS "workspaceId", run_id AS "runId", sink, topic, event FROM taken ORDER BY id`;

// As long again as the event is old: a sink that is away is asked less and less often, and at most every 5
// minutes.
const POSTPONE = `
UPDATE event_outbox SET leased_until = clock_timestamp()
  + least(greatest(clock_timestamp() - created_at, interval '1 second'), interval '5 minutes')
WHERE id = ANY($1::uuid[])`;

const EXPIRE = `
DELETE FROM event_outbox WHERE created_at < clock_timestamp() - $1::float8 * interval '1 millisecond'
  AND (leased_until IS NULL OR leased_until <= clock_timestamp())`;

/** Events that runs have emitted and that their sinks have not acknowledged. */
export class EventOutbox {
  constructor(private readonly pool: Pool) {}

  /** Takes the oldest events of these sinks for itself; after the lease another taker gets them. */
  async take(sinks: readonly string[], of: { limit: number; leaseMs: number }): Promise<OutboxEvent[]> {
    const { rows } = await this.pool.query<OutboxEvent>(TAKE, [sinks, of.limit, of.leaseMs]);
    return rows;
  }

  /** They were acknowledged. */
  async done(ids: readonly string[], client: Pool | PoolClient = this.pool): Promise<void> {
    if (ids.length > 0) await client.query('DELETE FROM event_outbox WHERE id = ANY($1::uuid[])', [ids]);
  }

  /** Keeps others away from a row until the caller's transaction ends; false when it is gone. */
  async hold(id: string, client: PoolClient): Promise<boolean> {
    const { rowCount } = await client.query('SELECT 1 FROM event_outbox WHERE id = $1 FOR UPDATE', [id]);
    return rowCount === 1;
  }

  /** They could not be sent and are tried again later. */
  async postpone(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.pool.query(POSTPONE, [ids]);
  }

  /** Gives up on events that are older; answers how many. They stay in the journal. */
  async expire(ageMs: number): Promise<number> {
    return (await this.pool.query(EXPIRE, [ageMs])).rowCount ?? 0;
  }
}
