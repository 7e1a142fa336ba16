import { type Queryable, instant, rowOf } from '../database/rows.js';

/** Runs of each version that the figures of a canary are made of, the newest ones. */
export const CANARY_RUNS_MAX = 10_000;

export async function setCanary(
  database: Queryable,
  of: { workflowId: string; versionId: string; percent: number; by: string; keepSince: boolean },
): Promise<void> {
  await database.query(
    `UPDATE workflows SET canary_version_id = $2, canary_percent = $3, canary_by = $4,
       canary_since = CASE WHEN $5 THEN canary_since ELSE clock_timestamp() END, updated_at = clock_timestamp()
     WHERE id = $1`,
    [of.workflowId, of.versionId, of.percent, of.by, of.keepSince],
  );
}

export async function removeCanary(database: Queryable, workflowId: string): Promise<void> {
  await database.query(
    `UPDATE workflows SET canary_version_id = NULL, canary_percent = NULL, canary_since = NULL, canary_by = NULL,
       updated_at = clock_timestamp() WHERE id = $1`,
    [workflowId],
  );
}

export interface CanaryRow {
  currentVersionId: string;
  canaryVersionId: string;
  percent: number;
  since: string;
  sinceMs: number;
  by: string;
}

export function findCanary(database: Queryable, workflowId: string): Promise<CanaryRow | undefined> {
  return rowOf<CanaryRow>(
    database,
    `SELECT current_version_id AS "currentVersionId", canary_version_id AS "canaryVersionId", canary_percent AS percent,
       ${instant('canary_since')} AS since, (extract(epoch FROM canary_since) * 1000)::float8 AS "sinceMs", canary_by AS by
     FROM workflows WHERE id = $1 AND canary_version_id IS NOT NULL`,
    [workflowId],
  );
}

export interface FiguresRow {
  runs: number;
  ended: number;
  faulted: number;
  p50Ms: number | null;
  p95Ms: number | null;
  costMicros: number;
  currency: string | null;
}

/**
 * How the runs of a version did since a time. Retries stay on the version of their run, schedules on the
 * current one, and sub-workflows on the version that a task names: nobody chose it for them, so they are left
 * out.
 */
export async function versionFigures(
  database: Queryable,
  of: { workspaceId: string; workflowId: string; versionId: string; sinceMs: number; firstId: string },
): Promise<FiguresRow> {
  const row = await rowOf<FiguresRow>(
    database,
    `WITH chosen AS (
       SELECT status, cost_micros, currency, extract(epoch FROM ended_at - started_at) * 1000 AS took_ms FROM runs
       WHERE workspace_id = $1 AND workflow_id = $2 AND id >= $5::uuid AND workflow_version_id = $3
         AND started_at >= to_timestamp($4::float8 / 1000) AND retry_of IS NULL AND trigger NOT LIKE 'schedule:%'
         AND trigger NOT LIKE 'workflow:%'
       ORDER BY id DESC LIMIT ${CANARY_RUNS_MAX})
     SELECT count(*)::int AS runs, count(took_ms)::int AS ended, count(*) FILTER (WHERE status = 'faulted')::int AS faulted,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took_ms)::float8 AS "p50Ms",
       percentile_cont(0.95) WITHIN GROUP (ORDER BY took_ms)::float8 AS "p95Ms",
       coalesce(sum(cost_micros), 0)::float8 AS "costMicros", max(currency) AS currency FROM chosen`,
    [of.workspaceId, of.workflowId, of.versionId, of.sinceMs, of.firstId],
  );
  return row as FiguresRow;
}
