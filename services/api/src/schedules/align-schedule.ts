import {
  eventStart,
  nextTimes,
  type WorkflowDocument,
  type WorkflowSchedule,
  workflowSchedule,
} from '@tutti/workflow';
import { type Queryable, rowOf } from '../database/rows.js';

interface Stored {
  kind: string;
  expression: string;
  timezone: string;
  error: string | null;
  lastRunId: string | null;
}

/**
 * Brings a workflow's schedule in line with the version that became the current one, in the transaction that
 * made it so. A schedule whose times are the same goes on where it was, with the new policies and input; one
 * whose times changed begins anew; one that the version does not have is removed with its history.
 */
export async function alignSchedule(
  database: Queryable,
  at: { workspaceId: string; workflowId: string; versionId: string; document: WorkflowDocument },
): Promise<void> {
  await alignEventStart(database, at);
  const schedule = workflowSchedule(at.document);
  if (schedule === null) {
    await database.query('DELETE FROM schedules WHERE workflow_id = $1', [at.workflowId]);
    return;
  }
  const stored = await rowOf<Stored>(
    database,
    `SELECT kind, expression, timezone, error, last_run_id AS "lastRunId" FROM schedules WHERE workflow_id = $1 FOR UPDATE`,
    [at.workflowId],
  );
  if (stored !== undefined && stored.error === null && sameTimes(stored, schedule)) {
    await database.query(
      `UPDATE schedules SET version_id = $2, overlap = $3, catch_up = $4, catch_up_max = $5, updated_at = clock_timestamp()
       WHERE workflow_id = $1`,
      [at.workflowId, at.versionId, schedule.overlap, schedule.catchUp, schedule.catchUpMax],
    );
    return;
  }
  // After the end of the last run, should there have been one.
  const awaits = schedule.kind === 'after' ? (stored?.lastRunId ?? null) : null;
  const nextAtMs = awaits === null ? await firstTime(database, schedule) : null;
  await upsert(database, { ...at, schedule, awaits, nextAtMs });
}

/** Events that are taken from this commit on start runs by the `schedule.on` of the version. */
async function alignEventStart(
  database: Queryable,
  at: { workspaceId: string; workflowId: string; document: WorkflowDocument },
): Promise<void> {
  await database.query('DELETE FROM event_schedules WHERE workflow_id = $1', [at.workflowId]);
  const start = eventStart(at.document);
  if (start === null) return;
  await database.query(
    'INSERT INTO event_schedules (workflow_id, type, workspace_id) SELECT $1, type, $2 FROM unnest($3::text[]) AS t(type)',
    [at.workflowId, at.workspaceId, [...(start.types ?? [''])]],
  );
}

function sameTimes(stored: Stored, { kind, expression, timezone }: WorkflowSchedule): boolean {
  return stored.kind === kind && stored.expression === expression && stored.timezone === timezone;
}

async function firstTime(database: Queryable, schedule: WorkflowSchedule): Promise<number | null> {
  const row = await rowOf<{ ms: number }>(
    database,
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
  );
  return nextTimes(schedule, { afterMs: row?.ms ?? Date.now() })[0] ?? null;
}

async function upsert(
  database: Queryable,
  at: {
    workspaceId: string;
    workflowId: string;
    versionId: string;
    schedule: WorkflowSchedule;
    awaits: string | null;
    nextAtMs: number | null;
  },
): Promise<void> {
  const { schedule } = at;
  await database.query(
    `
    INSERT INTO schedules (workflow_id, workspace_id, version_id, kind, expression, interval_ms, timezone, overlap, catch_up,
      catch_up_max, awaits_run, next_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, to_timestamp($12::float8 / 1000))
    ON CONFLICT (workflow_id) DO UPDATE SET version_id = excluded.version_id, kind = excluded.kind,
      expression = excluded.expression, interval_ms = excluded.interval_ms, timezone = excluded.timezone,
      overlap = excluded.overlap, catch_up = excluded.catch_up, catch_up_max = excluded.catch_up_max,
      awaits_run = excluded.awaits_run, next_at = excluded.next_at, held_at = NULL, error = NULL,
      updated_at = clock_timestamp()`,
    [
      at.workflowId,
      at.workspaceId,
      at.versionId,
      schedule.kind,
      schedule.expression,
      schedule.intervalMs,
      schedule.timezone,
      schedule.overlap,
      schedule.catchUp,
      schedule.catchUpMax,
      at.awaits,
      at.nextAtMs,
    ],
  );
}
