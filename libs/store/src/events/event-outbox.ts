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

/** Events of one sink that wait at most; tests make it small. */
export interface OutboxBound {
  /** The limit `waitingEventsOfSink`. */
  events: number;
  /** The limit `waitingBytesOfSink`, as the database stores them. */
  bytes: number;
}

export const OUTBOX_BOUND: OutboxBound = { events: 200_000, bytes: 1024 ** 3 };

const COLUMNS = 'id, workspace_id AS "workspaceId", run_id AS "runId", sink, topic, event';
const FREE = '(leased_until IS NULL OR leased_until <= clock_timestamp())';

const TAKE = `
WITH taken AS (
  UPDATE event_outbox SET leased_until = clock_timestamp() + $3::float8 * interval '1 millisecond' WHERE id IN (
    SELECT id FROM event_outbox WHERE sink = $1 AND ${FREE}
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING id, workspace_id, run_id, sink, topic, event)
SELECT ${COLUMNS} FROM taken ORDER BY id`;

const LOCK = `
SELECT ${COLUMNS} FROM event_outbox
WHERE sink = $1 AND ${FREE} ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED`;

const TRIM = `
DELETE FROM event_outbox o USING (
  SELECT id, row_number() OVER newest AS events, sum(pg_column_size(event)) OVER newest AS bytes
  FROM event_outbox WHERE sink = $1 WINDOW newest AS (ORDER BY id DESC)) AS counted
WHERE o.id = counted.id AND (counted.events > $2 OR counted.bytes > $3)`;

// As long again as the event is old: a sink that is away is asked less and less often, and at most every 5
// minutes.
const POSTPONE = `
UPDATE event_outbox SET leased_until = clock_timestamp()
  + least(greatest(clock_timestamp() - created_at, interval '1 second'), interval '5 minutes')
WHERE id = ANY($1::uuid[])`;

const EXPIRE = `
DELETE FROM event_outbox WHERE created_at < clock_timestamp() - $1::float8 * interval '1 millisecond'
  AND ${FREE}`;

/** Events that runs have emitted and that their sinks have not acknowledged. */
export class EventOutbox {
  /** Tests make it small. */
  bound = OUTBOX_BOUND;

  constructor(private readonly pool: Pool) {}

  /** Takes the oldest events of a sink for itself; after the lease another taker gets them. */
  async take(sink: string, of: { limit: number; leaseMs: number }): Promise<OutboxEvent[]> {
    const { rows } = await this.pool.query<OutboxEvent>(TAKE, [sink, of.limit, of.leaseMs]);
    return rows;
  }

  /** The oldest events of a sink, which nobody else gets until the caller's transaction ends. */
  async lock(sink: string, limit: number, client: PoolClient): Promise<OutboxEvent[]> {
    return (await client.query<OutboxEvent>(LOCK, [sink, limit])).rows;
  }

  /** They were acknowledged. */
  async done(ids: readonly string[], client: Pool | PoolClient = this.pool): Promise<void> {
    if (ids.length > 0) await client.query('DELETE FROM event_outbox WHERE id = ANY($1::uuid[])', [ids]);
  }

  /** They could not be sent and are tried again later. */
  async postpone(ids: readonly string[], client: Pool | PoolClient = this.pool): Promise<void> {
    if (ids.length > 0) await client.query(POSTPONE, [ids]);
  }

  /** Gives up on the oldest events when too many wait; answers how many. They stay in the journal. */
  async trim(sink: string): Promise<number> {
    const { events, bytes } = this.bound;
    return (await this.pool.query(TRIM, [sink, events, bytes])).rowCount ?? 0;
  }

  /** Gives up on events that are older; answers how many. They stay in the journal. */
  async expire(ageMs: number): Promise<number> {
    return (await this.pool.query(EXPIRE, [ageMs])).rowCount ?? 0;
  }
}
