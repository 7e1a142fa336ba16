import { createHash } from 'node:crypto';
import { type CloudEvent, uuidv7 } from '@tutti/contracts';
import type { Pool, PoolClient } from 'pg';

/** Runs and workflows that one event may be handed to; beyond, it is refused and nobody gets it. */
export const EVENT_FAN_OUT_MAX = 10_000;
/** How long a taken event is kept, and so is known when it comes again. */
export const EVENTS_KEPT_MS = 7 * 24 * 3_600_000;
/** Old events that one statement deletes. */
const EVENTS_DELETED_MAX = 5_000;

/** An event on its way in. */
export interface EventToTake {
  workspaceId: string;
  event: CloudEvent;
  /** Who sent it. */
  by: string;
  /** The one run that it is for; absent: everyone who listens. */
  runId?: string | undefined;
  /** False: it is kept only when somebody wants it, for then nobody sends it twice. */
  keep: boolean;
}

/** A run that an event was handed to, and the command that tells it. */
export interface EventBell {
  runId: string;
  commandId: string;
}

/** What became of an event. */
export type TakenEvent =
  /** `starts`: workflows that may start a run for it. */
  | { kind: 'taken'; bells: EventBell[]; starts: number }
  /** It came before. */
  | { kind: 'repeated' }
  /** More than EVENT_FAN_OUT_MAX would get it. */
  | { kind: 'too-many'; listeners: number };

/**
 * One statement, so that an event is stored if and only if everyone who listens has it. Who began to listen
 * in a transaction that was committed before this statement began, gets it.
 */
const TAKE = `
WITH listening AS MATERIALIZED (
  SELECT $5::uuid AS run_id WHERE $5::uuid IS NOT NULL
  UNION SELECT run_id FROM event_subscriptions WHERE $5::uuid IS NULL AND workspace_id = $2 AND type IN ($4, '')),
scheduled AS MATERIALIZED (
  SELECT DISTINCT workflow_id FROM event_schedules WHERE $5::uuid IS NULL AND workspace_id = $2 AND type IN ($4, '')),
wanted AS MATERIALIZED (SELECT (SELECT count(*) FROM listening) + (SELECT count(*) FROM scheduled) AS n),
taken AS (
  INSERT INTO events (id, workspace_id, run_id, name, type, event)
  SELECT $1::uuid, $2, $5::uuid, $3::bytea, $4, $6 FROM wanted WHERE n <= $9 AND (n > 0 OR $8)
  ON CONFLICT DO NOTHING RETURNING id),
rung AS (
  INSERT INTO run_commands (id, workspace_id, run_id, command, event_id)
  SELECT gen_random_uuid(), $2, l.run_id, $7, t.id FROM taken t, listening l RETURNING id, run_id),
starts AS (
  INSERT INTO event_starts (event_id, workflow_id, workspace_id)
  SELECT t.id, s.workflow_id, $2 FROM taken t, scheduled s RETURNING 1)
SELECT (SELECT n FROM wanted)::int AS wanted, (SELECT count(*) FROM taken)::int AS taken,
  (SELECT count(*) FROM starts)::int AS starts,
  (SELECT coalesce(json_agg(json_build_object('runId', run_id, 'commandId', id)), '[]') FROM rung) AS bells`;

const EXPIRE = `
DELETE FROM events WHERE id IN (
  SELECT id FROM events e WHERE received_at < clock_timestamp() - $1::float8 * interval '1 millisecond'
    AND NOT EXISTS (SELECT 1 FROM run_commands c WHERE c.event_id = e.id)
    AND NOT EXISTS (SELECT 1 FROM event_starts s WHERE s.event_id = e.id)
  ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)`;

/** The runs that a turn made to listen for other types of events; `''` is any type, no types: none. */
export interface Subscription {
  runId: string;
  workspaceId: string;
  types: readonly string[];
}

/** Both in the transaction of the turn that begins or ends to listen. */
export async function writeSubscriptions(
  client: PoolClient,
  subscriptions: readonly Subscription[],
): Promise<void> {
  await client.query('DELETE FROM event_subscriptions WHERE run_id = ANY($1::uuid[])', [
    subscriptions.map(({ runId }) => runId),
  ]);
  const rows = subscriptions.flatMap(({ runId, workspaceId, types }) =>
    types.map((type) => ({ runId, workspaceId, type })),
  );
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO event_subscriptions (run_id, type, workspace_id)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])`,
    [rows.map(({ runId }) => runId), rows.map(({ type }) => type), rows.map((row) => row.workspaceId)],
  );
}

/** Takes events: stores each once, with what tells those who listen for it. */
export class EventStore {
  /** Tests make it small. */
  fanOutMax = EVENT_FAN_OUT_MAX;

  constructor(private readonly pool: Pool) {}

  /** With a client it happens in the caller's transaction. Publish `run.commanded` for the bells after it. */
  async take(of: EventToTake, client: Pool | PoolClient = this.pool): Promise<TakenEvent> {
    const { workspaceId, event, by, runId = null, keep } = of;
    const command = { kind: 'event', by, ...(runId !== null && { signal: true }) };
    const { rows } = await client.query<{
      wanted: number;
      taken: number;
      starts: number;
      bells: EventBell[];
    }>({
      name: 'take-event',
      text: TAKE,
      values: [
        uuidv7(),
        workspaceId,
        nameOf(event),
        event.type,
        runId,
        JSON.stringify(event),
        JSON.stringify(command),
        keep,
        this.fanOutMax,
      ],
    });
    const { wanted, taken, starts, bells } = rows[0] as (typeof rows)[number];
    if (wanted > this.fanOutMax) return { kind: 'too-many', listeners: wanted };
    if (taken === 0)
      return wanted > 0 || keep ? { kind: 'repeated' } : { kind: 'taken', bells: [], starts: 0 };
    return { kind: 'taken', bells, starts };
  }

  /** Deletes old events that nobody is yet to get; answers how many. */
  async expire(ageMs = EVENTS_KEPT_MS): Promise<number> {
    let deleted = 0;
    for (let found = EVENTS_DELETED_MAX; found === EVENTS_DELETED_MAX; deleted += found)
      found = (await this.pool.query(EXPIRE, [ageMs, EVENTS_DELETED_MAX])).rowCount ?? 0;
    return deleted;
  }
}

/** "source + id is unique for each distinct event" (CloudEvents 1.0.2). */
function nameOf({ source, id }: CloudEvent): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest();
}
