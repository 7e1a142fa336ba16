import { createHash } from 'node:crypto';
import { type CloudEvent, uuidv7 } from '@tutti/contracts';
import type { Pool, PoolClient } from 'pg';
import { dayPartitions, dropPartition, partitionsToDrop } from '../telemetry/span-retention.js';

/** Runs and workflows that one event may be handed to; beyond, it is refused and nobody gets it. */
export const EVENT_FAN_OUT_MAX = 10_000;
/** How long taken events are kept, and so are known when they come again. */
export interface EventRetention {
  eventDaysMax: number;
  /** Of all days together, indexes included; today's always stay. */
  eventBytesMax: number;
}

export const EVENT_RETENTION: EventRetention = { eventDaysMax: 7, eventBytesMax: 10 * 1024 ** 3 };

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
 * in a transaction that was committed before this statement began, gets it. All events of a statement
 * together go to no more than one may go to; those that do not fit any more are for the next one. That an
 * event came before is known by the index of today's partition or by a look at those of other days. `IS TRUE`
 * has the ids looked up in a hash: the connection allows no hash joins, and a loop over both would be long.
 */
const TAKE = `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::boolean[])
    WITH ORDINALITY AS g(id, workspace_id, run_id, name, type, event, command, keep, place)),
listening AS MATERIALIZED (
  SELECT id, run_id, workspace_id, command FROM given WHERE run_id IS NOT NULL
  UNION SELECT g.id, s.run_id, g.workspace_id, g.command FROM given g
    JOIN event_subscriptions s ON s.workspace_id = g.workspace_id AND s.type IN (g.type, '') WHERE g.run_id IS NULL),
scheduled AS MATERIALIZED (
  SELECT DISTINCT g.id, s.workflow_id, g.workspace_id FROM given g
    JOIN event_schedules s ON s.workspace_id = g.workspace_id AND s.type IN (g.type, '') WHERE g.run_id IS NULL),
wanting AS MATERIALIZED (
  SELECT id, count(*) AS n FROM (SELECT id FROM listening UNION ALL SELECT id FROM scheduled) each GROUP BY id),
wanted AS MATERIALIZED (
  SELECT g.*, coalesce(w.n, 0) AS wanted FROM given g LEFT JOIN wanting w ON w.id = g.id),
fitting AS MATERIALIZED (
  SELECT *, wanted <= $9 AND sum(CASE WHEN wanted <= $9 THEN wanted ELSE 0 END) OVER (ORDER BY place) <= $9 AS fits
  FROM wanted),
taken AS (
  INSERT INTO events (id, workspace_id, run_id, name, type, event)
  SELECT id, workspace_id, run_id, name, type, event FROM fitting f WHERE fits AND (wanted > 0 OR keep)
    AND NOT EXISTS (SELECT 1 FROM events e
      WHERE e.workspace_id = f.workspace_id AND e.name = f.name AND e.run_id IS NOT DISTINCT FROM f.run_id)
  ORDER BY place
  ON CONFLICT DO NOTHING RETURNING id, workspace_id),
rung AS (
  INSERT INTO run_commands (id, workspace_id, run_id, command, event_id)
  SELECT gen_random_uuid(), workspace_id, run_id, command, id FROM listening
  WHERE (id IN (SELECT id FROM taken)) IS TRUE RETURNING id, run_id, event_id),
starts AS (
  INSERT INTO event_starts (event_id, workflow_id, workspace_id)
  SELECT id, workflow_id, workspace_id FROM scheduled
  WHERE (id IN (SELECT id FROM taken)) IS TRUE RETURNING event_id),
bells AS MATERIALIZED (
  SELECT event_id, json_agg(json_build_object('runId', run_id, 'commandId', id)) AS bells FROM rung GROUP BY event_id),
started AS MATERIALIZED (SELECT event_id, count(*)::int AS starts FROM starts GROUP BY event_id)
SELECT f.wanted::int, f.fits, EXISTS (SELECT 1 FROM taken t WHERE t.id = f.id) AS taken,
  coalesce((SELECT starts FROM started WHERE event_id = f.id), 0) AS starts,
  coalesce((SELECT bells FROM bells WHERE event_id = f.id), '[]') AS bells
FROM fitting f ORDER BY f.place`;

interface TakeRow {
  wanted: number;
  fits: boolean;
  taken: boolean;
  starts: number;
  bells: EventBell[];
}

/** Who waits for an event for longer than it would be kept, keeps it. */
const MOVE_WANTED = `
UPDATE events e SET day = (clock_timestamp() AT TIME ZONE 'UTC')::date WHERE e.day = to_date($1, 'YYYYMMDD') AND (
  EXISTS (SELECT 1 FROM run_commands c WHERE c.event_id = e.id)
  OR EXISTS (SELECT 1 FROM event_starts s WHERE s.event_id = e.id))`;

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
  async take(of: EventToTake, client?: Pool | PoolClient): Promise<TakenEvent> {
    // A single one always fits or is for too many.
    return (await this.takeAll([of], client))[0] as TakenEvent;
  }

  /** Takes them in one statement; null: it did not fit in beside those before, and is to be taken again. */
  async takeAll(
    all: readonly EventToTake[],
    client: Pool | PoolClient = this.pool,
  ): Promise<(TakenEvent | null)[]> {
    const values = [
      all.map(() => uuidv7()),
      all.map(({ workspaceId }) => workspaceId),
      all.map(({ runId }) => runId ?? null),
      all.map(({ event }) => nameOf(event)),
      all.map(({ event }) => event.type),
      all.map(({ event }) => JSON.stringify(event)),
      all.map(({ by, runId }) =>
        JSON.stringify({ kind: 'event', by, ...(runId !== undefined && { signal: true }) }),
      ),
      all.map(({ keep }) => keep),
      this.fanOutMax,
    ];
    const { rows } = await client.query<TakeRow>({ name: 'take-events', text: TAKE, values });
    return rows.map((row, i) => this.takenOf(row, all[i] as EventToTake));
  }

  private takenOf({ wanted, fits, taken, starts, bells }: TakeRow, { keep }: EventToTake): TakenEvent | null {
    if (wanted > this.fanOutMax) return { kind: 'too-many', listeners: wanted };
    if (!fits) return null;
    if (taken) return { kind: 'taken', bells, starts };
    return wanted > 0 || keep ? { kind: 'repeated' } : { kind: 'taken', bells: [], starts: 0 };
  }

  /** Drops days that are too old or too large; answers the names of the dropped partitions. */
  async applyRetention(retention = EVENT_RETENTION, nowMs = Date.now()): Promise<string[]> {
    const limits = { daysMax: retention.eventDaysMax, bytesMax: retention.eventBytesMax };
    const drops = partitionsToDrop(await dayPartitions(this.pool, 'events'), limits, nowMs);
    for (const name of drops)
      await dropPartition(this.pool, name, async (client) => {
        // Nobody takes an event of the day, or one for it, from here on.
        await client.query('LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
        await client.query(MOVE_WANTED, [name.slice(-8)]);
      });
    return drops;
  }
}

/** "source + id is unique for each distinct event" (CloudEvents 1.0.2). */
function nameOf({ source, id }: CloudEvent): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest();
}
