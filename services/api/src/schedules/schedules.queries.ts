import type { WorkflowSchedule } from '@tutti/workflow';
import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

/** Rows of the history that are kept of each schedule; skips that follow one another are one row. */
export const FIRES_KEPT = 100;
export const RUN_ACTIVE = `('pending', 'running', 'waiting', 'suspended')`;

/** A schedule whose row this transaction has locked. Times are epoch milliseconds. */
export interface LockedSchedule {
  workflowId: string;
  workspaceId: string;
  versionId: string;
  namespace: string;
  name: string;
  enabled: boolean;
  schedule: WorkflowSchedule;
  nextAtMs: number | null;
  heldAtMs: number | null;
  /** By the database's clock. */
  nowMs: number;
}

type LockedRow = Omit<LockedSchedule, 'schedule'> & WorkflowSchedule;

const epochMs = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;
const LOCKED = `
SELECT s.workflow_id AS "workflowId", s.workspace_id AS "workspaceId", s.version_id AS "versionId", w.namespace, w.name, w.enabled,
  s.kind, s.expression, s.interval_ms::float8 AS "intervalMs", s.timezone, s.overlap, s.catch_up AS "catchUp",
  s.catch_up_max AS "catchUpMax", ${epochMs('s.next_at')} AS "nextAtMs", ${epochMs('s.held_at')} AS "heldAtMs",
  floor(${epochMs('statement_timestamp()')}) AS "nowMs"
FROM schedules s JOIN workflows w ON w.id = s.workflow_id`;
const ACTIVE_RUN = `
SELECT FROM schedule_fires f JOIN runs r ON r.id = f.run_id WHERE f.workflow_id = s.workflow_id AND r.status IN ${RUN_ACTIVE}`;

/**
 * Locks schedules with something to do: first those whose time has come, then those with a planned time that
 * waited for a run which has ended. Those that another scheduler works on are passed over.
 */
export async function lockDue(database: Queryable, limit: number): Promise<LockedSchedule[]> {
  const due = await rowsOf<LockedRow>(
    database,
    `${LOCKED} WHERE s.next_at <= statement_timestamp() AND NOT s.paused AND w.enabled
    ORDER BY s.next_at LIMIT $1 FOR UPDATE OF s SKIP LOCKED`,
    [limit],
  );
  if (due.length >= limit) return due.map(locked);
  const held = await rowsOf<LockedRow>(
    database,
    `${LOCKED} WHERE s.held_at IS NOT NULL AND NOT s.paused AND w.enabled AND NOT EXISTS (${ACTIVE_RUN})
      AND s.workflow_id <> ALL($2::uuid[]) ORDER BY s.held_at LIMIT $1 FOR UPDATE OF s SKIP LOCKED`,
    [limit - due.length, due.map((row) => row.workflowId)],
  );
  return [...due, ...held].map(locked);
}

/** Locks one schedule, whatever its state. */
export async function lockSchedule(
  database: Queryable,
  at: { workspaceId: string; namespace: string; name: string },
): Promise<LockedSchedule | undefined> {
  const row = await rowOf<LockedRow>(
    database,
    `${LOCKED} WHERE s.workspace_id = $1 AND w.namespace = $2 AND w.name = $3 FOR UPDATE OF s`,
    [at.workspaceId, at.namespace, at.name],
  );
  return row && locked(row);
}

function locked(row: LockedRow): LockedSchedule {
  const { kind, expression, intervalMs, timezone, overlap, catchUp, catchUpMax, ...rest } = row;
  return { ...rest, schedule: { kind, expression, intervalMs, timezone, overlap, catchUp, catchUpMax } };
}

/** Which of these workflows have a run under way that their schedule started. Asked after the lock. */
export async function activeOf(database: Queryable, workflowIds: readonly string[]): Promise<Set<string>> {
  const rows = await rowsOf<{ id: string }>(
    database,
    `SELECT s.workflow_id AS id FROM schedules s
    WHERE s.workflow_id = ANY($1::uuid[]) AND EXISTS (${ACTIVE_RUN})`,
    [workflowIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** `after` counts from the end of its last run: gives those whose run ended their next time. */
export async function followEnds(database: Queryable): Promise<void> {
  await database.query(`
    UPDATE schedules s SET awaits_run = NULL, next_at = date_trunc('milliseconds',
      coalesce((SELECT ended_at FROM runs WHERE id = s.awaits_run), clock_timestamp()) + make_interval(secs => s.interval_ms / 1000.0))
    WHERE s.awaits_run IS NOT NULL AND NOT EXISTS (SELECT FROM runs r WHERE r.id = s.awaits_run AND r.status IN ${RUN_ACTIVE})`);
}

/**
 * Milliseconds until the next planned time, negative: it has come; null: none is known. `follows`: the end of
 * a run decides, which nobody tells of.
 */
export async function untilNext(database: Queryable): Promise<{ ms: number | null; follows: boolean }> {
  const row = await rowOf<{ ms: number | null; follows: boolean }>(
    database,
    `SELECT (SELECT ${epochMs('s.next_at - clock_timestamp()')} FROM schedules s JOIN workflows w ON w.id = s.workflow_id
        WHERE s.next_at IS NOT NULL AND NOT s.paused AND w.enabled ORDER BY s.next_at LIMIT 1) AS ms,
      EXISTS (SELECT FROM schedules WHERE awaits_run IS NOT NULL)
        OR EXISTS (SELECT FROM schedules WHERE held_at IS NOT NULL AND NOT paused) AS follows`,
  );
  return row ?? { ms: null, follows: false };
}

/** How a schedule stands after its planned times were taken. */
export interface Outcome {
  workflowId: string;
  nextAtMs: number | null;
  heldAtMs: number | null;
  awaitsRun: string | null;
  error: string | null;
  entries: FireEntry[];
}

export interface FireEntry {
  outcome: 'fired' | 'caught-up' | 'queued' | 'manual' | 'skipped';
  reason: string | null;
  detail: string | null;
  plannedAtMs: number;
  throughMs: number;
  count: number;
  runId: string | null;
}

const MOVE = `
UPDATE schedules s SET next_at = to_timestamp(i.next_ms / 1000), held_at = to_timestamp(i.held_ms / 1000),
  awaits_run = i.awaits, error = i.error, last_planned_at = coalesce(to_timestamp(i.last_ms / 1000), s.last_planned_at),
  last_run_id = coalesce(i.run_id, s.last_run_id), fired = s.fired + i.fired, skipped = s.skipped + i.skipped
FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::uuid[], $5::text[], $6::float8[], $7::uuid[], $8::int[], $9::int[])
  AS i(workflow_id, next_ms, held_ms, awaits, error, last_ms, run_id, fired, skipped)
WHERE s.workflow_id = i.workflow_id`;

/** Writes how schedules stand and what became of their planned times. */
export async function keepOutcomes(database: Queryable, outcomes: readonly Outcome[]): Promise<void> {
  const ran = outcomes.map(({ entries }) => entries.filter((entry) => entry.outcome !== 'skipped'));
  const last = ran.map((entries) => entries.at(-1));
  await database.query(MOVE, [
    outcomes.map(({ workflowId }) => workflowId),
    outcomes.map(({ nextAtMs }) => nextAtMs),
    outcomes.map(({ heldAtMs }) => heldAtMs),
    outcomes.map(({ awaitsRun }) => awaitsRun),
    outcomes.map(({ error }) => error),
    last.map((entry) => entry?.plannedAtMs ?? null),
    last.map((entry) => entry?.runId ?? null),
    ran.map((entries) => entries.length),
    outcomes.map(({ entries }, i) => sum(entries) - (ran[i]?.length ?? 0)),
  ]);
  await keepFires(database, outcomes);
}

function sum(entries: readonly FireEntry[]): number {
  return entries.reduce((total, { count }) => total + count, 0);
}

const JOIN_SKIPS = `
UPDATE schedule_fires f SET count = f.count + i.count, through_at = to_timestamp(i.through_ms / 1000), at = clock_timestamp()
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::float8[], $5::int[]) AS i(workflow_id, reason, detail, through_ms, count)
WHERE f.id = (SELECT max(id) FROM schedule_fires n WHERE n.workflow_id = i.workflow_id)
  AND f.outcome = 'skipped' AND f.reason = i.reason AND f.detail IS NOT DISTINCT FROM i.detail
RETURNING f.workflow_id AS id`;
const ADD_FIRES = `
INSERT INTO schedule_fires (workspace_id, workflow_id, planned_at, through_at, outcome, reason, detail, count, run_id)
SELECT s.workspace_id, i.workflow_id, to_timestamp(i.planned_ms / 1000), to_timestamp(i.through_ms / 1000), i.outcome, i.reason, i.detail,
  i.count, i.run_id
FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::int[], $8::uuid[]) WITH ORDINALITY
  AS i(workflow_id, planned_ms, through_ms, outcome, reason, detail, count, run_id, position)
JOIN schedules s ON s.workflow_id = i.workflow_id ORDER BY i.position`;
// A run under way keeps its row: by it the next planned times know of the overlap.
const DROP_OLD = `
DELETE FROM schedule_fires f USING (
  SELECT id, row_number() OVER (PARTITION BY workflow_id ORDER BY id DESC) AS place FROM schedule_fires
  WHERE workflow_id = ANY($1::uuid[])) o
WHERE f.id = o.id AND o.place > ${FIRES_KEPT} AND (
  EXISTS (SELECT FROM schedules s WHERE s.workflow_id = f.workflow_id AND s.overlap = 'allow')
  OR NOT EXISTS (SELECT FROM runs r WHERE r.id = f.run_id AND r.status IN ${RUN_ACTIVE}))`;

async function keepFires(database: Queryable, outcomes: readonly Outcome[]): Promise<void> {
  const rows = outcomes.flatMap(({ workflowId, entries }) =>
    entries.map((entry, i) => ({ ...entry, workflowId, first: i === 0 })),
  );
  if (rows.length === 0) return;
  const skips = rows.filter(({ first, outcome }) => first && outcome === 'skipped');
  const joined = new Set(
    (
      await rowsOf<{ id: string }>(database, JOIN_SKIPS, [
        skips.map((row) => row.workflowId),
        skips.map((row) => row.reason),
        skips.map((row) => row.detail),
        skips.map((row) => row.throughMs),
        skips.map((row) => row.count),
      ])
    ).map(({ id }) => id),
  );
  const added = rows.filter(
    ({ first, outcome, workflowId }) => !(first && outcome === 'skipped' && joined.has(workflowId)),
  );
  await database.query(ADD_FIRES, [
    added.map((row) => row.workflowId),
    added.map((row) => row.plannedAtMs),
    added.map((row) => row.throughMs),
    added.map((row) => row.outcome),
    added.map((row) => row.reason),
    added.map((row) => row.detail),
    added.map((row) => row.count),
    added.map((row) => row.runId),
  ]);
  await database.query(DROP_OLD, [outcomes.map(({ workflowId }) => workflowId)]);
}

/** A schedule for people. */
export interface ScheduleRow extends Omit<WorkflowSchedule, 'intervalMs'> {
  workflowId: string;
  namespace: string;
  name: string;
  enabled: boolean;
  paused: boolean;
  error: string | null;
  intervalMs: number | null;
  nextAt: string | null;
  nextAtMs: number | null;
  nowMs: number;
  awaitsRun: string | null;
  heldAt: string | null;
  lastPlannedAt: string | null;
  lastRunId: string | null;
  fired: number;
  skipped: number;
  updatedAt: string;
}

const SHOWN = `
SELECT s.workflow_id AS "workflowId", w.namespace, w.name, w.enabled, s.paused, s.error, s.kind, s.expression,
  s.interval_ms::float8 AS "intervalMs", s.timezone, s.overlap, s.catch_up AS "catchUp", s.catch_up_max AS "catchUpMax",
  ${instant('s.next_at')} AS "nextAt", ${epochMs('s.next_at')} AS "nextAtMs", ${epochMs('statement_timestamp()')} AS "nowMs",
  s.awaits_run AS "awaitsRun", ${instant('s.held_at')} AS "heldAt", ${instant('s.last_planned_at')} AS "lastPlannedAt",
  s.last_run_id AS "lastRunId", s.fired::float8, s.skipped::float8, ${instant('s.updated_at')} AS "updatedAt"
FROM schedules s JOIN workflows w ON w.id = s.workflow_id`;

export function listSchedules(
  database: Queryable,
  at: { workspaceId: string; after: string | null; limit: number },
): Promise<ScheduleRow[]> {
  return rowsOf<ScheduleRow>(
    database,
    `${SHOWN} WHERE s.workspace_id = $1 AND ($2::text IS NULL OR w.namespace || '/' || w.name > $2)
    ORDER BY w.namespace || '/' || w.name LIMIT $3`,
    [at.workspaceId, at.after, at.limit],
  );
}

export function findSchedule(
  database: Queryable,
  at: { workspaceId: string; namespace: string; name: string },
): Promise<ScheduleRow | undefined> {
  return rowOf<ScheduleRow>(
    database,
    `${SHOWN} WHERE s.workspace_id = $1 AND w.namespace = $2 AND w.name = $3`,
    [at.workspaceId, at.namespace, at.name],
  );
}

export interface FireRow {
  outcome: FireEntry['outcome'];
  reason: string | null;
  detail: string | null;
  plannedAt: string;
  throughAt: string;
  count: number;
  runId: string | null;
  runStatus: string | null;
  at: string;
}

/** What became of the planned times, newest first. */
export function listFires(database: Queryable, workflowId: string): Promise<FireRow[]> {
  return rowsOf<FireRow>(
    database,
    `
    SELECT f.outcome, f.reason, f.detail, ${instant('f.planned_at')} AS "plannedAt", ${instant('f.through_at')} AS "throughAt", f.count,
      f.run_id AS "runId", r.status AS "runStatus", ${instant('f.at')} AS at
    FROM schedule_fires f LEFT JOIN runs r ON r.id = f.run_id WHERE f.workflow_id = $1 ORDER BY f.id DESC LIMIT ${FIRES_KEPT}`,
    [workflowId],
  );
}

export async function pauseSchedule(database: Queryable, workflowId: string, paused: boolean): Promise<void> {
  await database.query(
    'UPDATE schedules SET paused = $2, updated_at = clock_timestamp() WHERE workflow_id = $1',
    [workflowId, paused],
  );
}
