import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';
import type { TimeRange } from './time-range.js';

/** Ended runs of one step and status, over the workflows asked for. */
export interface RunStepRow {
  /** Epoch milliseconds of the beginning of the step. */
  atMs: number;
  status: string;
  runs: number;
  costMicros: number;
  /** Histogram over DURATION_BUCKETS_MS. */
  durations: number[];
}

/**
 * Rollups of the runs that ended in a range, by step and status. Histograms are added up here, so that no row
 * of a minute leaves the database.
 */
export function listRunSteps(
  database: Queryable,
  at: { workspaceId: string; workflowId: string | null; range: TimeRange },
): Promise<RunStepRow[]> {
  const { fromMs, toMs, stepSeconds } = at.range;
  return rowsOf<RunStepRow>(
    database,
    `
    WITH minutes AS (
      SELECT date_bin(make_interval(secs => $5), minute, 'epoch'::timestamptz) AS at, status, runs, cost_micros, durations FROM run_minutes
       WHERE workspace_id = $1 AND ($2::uuid IS NULL OR workflow_id = $2) AND minute >= to_timestamp($3::float8 / 1000)
         AND minute < to_timestamp($4::float8 / 1000)),
    histograms AS (
      SELECT at, status, array_agg(count ORDER BY place) AS durations FROM (
        SELECT at, status, d.place, sum(d.count)::int AS count
          FROM minutes, unnest(durations) WITH ORDINALITY AS d(count, place) GROUP BY 1, 2, 3) h
       GROUP BY 1, 2)
    SELECT (extract(epoch FROM m.at) * 1000)::float8 AS "atMs", m.status, sum(m.runs)::int AS runs,
           sum(m.cost_micros)::float8 AS "costMicros",
           coalesce((SELECT h.durations FROM histograms h WHERE h.at = m.at AND h.status = m.status), '{}') AS durations
      FROM minutes m GROUP BY m.at, m.status ORDER BY m.at`,
    [at.workspaceId, at.workflowId, fromMs, toMs, stepSeconds],
  );
}

export async function findWorkflowId(
  database: Queryable,
  at: { workspaceId: string; namespace: string; name: string },
): Promise<string | undefined> {
  const row = await rowOf<{ id: string }>(
    database,
    'SELECT id FROM workflows WHERE workspace_id = $1 AND namespace = $2 AND name = $3',
    [at.workspaceId, at.namespace, at.name],
  );
  return row?.id;
}

export interface NowRow {
  active: number;
  openReviews: number;
  oldestOpenAt: string | null;
}

/** What is going on now. */
export async function findNow(database: Queryable, workspaceId: string): Promise<NowRow> {
  const row = await rowOf<NowRow>(
    database,
    `
    SELECT (SELECT count(*)::int FROM runs WHERE workspace_id = $1 AND status IN ('pending', 'running', 'waiting', 'suspended')) AS active,
           count(*)::int AS "openReviews", ${instant('min(opened_at)')} AS "oldestOpenAt"
      FROM reviews WHERE workspace_id = $1 AND status = 'open'`,
    [workspaceId],
  );
  return row ?? { active: 0, openReviews: 0, oldestOpenAt: null };
}

/** Counters of the collector by name, over the hours that the range touches. */
export async function sumCounters(
  database: Queryable,
  workspaceId: string,
  range: TimeRange,
): Promise<Map<string, number>> {
  const rows = await rowsOf<{ name: string; value: number }>(
    database,
    `
    SELECT name, sum(value)::float8 AS value FROM telemetry_counters
     WHERE workspace_id = $1 AND hour >= date_trunc('hour', to_timestamp($2::float8 / 1000), 'UTC')
       AND hour < to_timestamp($3::float8 / 1000)
     GROUP BY name`,
    [workspaceId, range.fromMs, range.toMs],
  );
  return new Map(rows.map(({ name, value }) => [name, value]));
}
