import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';
import type { WorkflowKey } from './workflows.queries.js';

export interface WorkflowVersionRow {
  id: string;
  number: number;
  version: string;
  contentHash: string;
  note: string | null;
  createdAt: string;
  createdBy: string;
  current: boolean;
  runsUnderWay: number;
  canaryPercent: number | null;
}

/** The runs of a workflow that have not ended, counted once for all its versions. */
const UNDER_WAY = `under_way AS (
  SELECT workflow_version_id, count(*)::int AS runs FROM runs
  WHERE workspace_id = $1 AND workflow_id = $2 AND status IN ('pending', 'running', 'waiting', 'suspended') GROUP BY 1)`;
const COLUMNS = `v.id, v.number, v.version, v.content_hash AS "contentHash", v.note, ${instant('v.created_at')} AS "createdAt",
  v.created_by AS "createdBy", v.id = w.current_version_id AS current, coalesce(u.runs, 0) AS "runsUnderWay",
  CASE WHEN v.id = w.canary_version_id THEN w.canary_percent END AS "canaryPercent"`;
const FROM = `workflow_versions v JOIN workflows w ON w.id = v.workflow_id LEFT JOIN under_way u ON u.workflow_version_id = v.id
  WHERE v.workspace_id = $1 AND v.workflow_id = $2`;

/** Newest first. */
export function pageVersions(
  database: Queryable,
  at: { workspaceId: string; workflowId: string; beforeNumber: number | null; limit: number },
): Promise<WorkflowVersionRow[]> {
  return rowsOf<WorkflowVersionRow>(
    database,
    `WITH ${UNDER_WAY} SELECT ${COLUMNS} FROM ${FROM} AND ($3::int IS NULL OR v.number < $3)
     ORDER BY v.number DESC LIMIT $4`,
    [at.workspaceId, at.workflowId, at.beforeNumber, at.limit],
  );
}

/** At most two, which tell whether a name means one version. */
export function versionsNamed(
  database: Queryable,
  at: { workspaceId: string; workflowId: string; number: number | null; hashStart: string | null },
): Promise<WorkflowVersionRow[]> {
  return rowsOf<WorkflowVersionRow>(
    database,
    `WITH ${UNDER_WAY} SELECT ${COLUMNS} FROM ${FROM}
       AND (v.number = $3::int OR v.content_hash BETWEEN $4 AND $4 || 'g') ORDER BY v.number LIMIT 2`,
    [at.workspaceId, at.workflowId, at.number, at.hashStart],
  );
}

export function versionById(
  database: Queryable,
  at: { workspaceId: string; workflowId: string; versionId: string },
): Promise<WorkflowVersionRow | undefined> {
  return rowOf<WorkflowVersionRow>(
    database,
    `WITH ${UNDER_WAY} SELECT ${COLUMNS} FROM ${FROM} AND v.id = $3`,
    [at.workspaceId, at.workflowId, at.versionId],
  );
}

export interface LockedWorkflow {
  id: string;
  enabled: boolean;
  currentVersionId: string;
  reason: string | null;
}

/** The row of a workflow, locked until the transaction ends; it goes one after the other with applies. */
export function lockExisting(database: Queryable, key: WorkflowKey): Promise<LockedWorkflow | undefined> {
  return rowOf<LockedWorkflow>(
    database,
    `SELECT id, enabled, current_version_id AS "currentVersionId", disabled_reason AS reason FROM workflows
     WHERE workspace_id = $1 AND namespace = $2 AND name = $3 AND current_version_id IS NOT NULL FOR UPDATE`,
    [key.workspaceId, key.namespace, key.name],
  );
}

export async function disableWorkflow(
  database: Queryable,
  at: { id: string; reason: string | null; by: string },
): Promise<void> {
  await database.query(
    `UPDATE workflows SET enabled = false, disabled_reason = $2, disabled_by = $3, disabled_at = clock_timestamp(),
       updated_at = clock_timestamp() WHERE id = $1`,
    [at.id, at.reason, at.by],
  );
}

export async function enableWorkflow(database: Queryable, id: string): Promise<void> {
  await database.query(
    `UPDATE workflows SET enabled = true, disabled_reason = NULL, disabled_by = NULL, disabled_at = NULL,
       updated_at = clock_timestamp() WHERE id = $1`,
    [id],
  );
}

/** The current version of a workflow; absent when there is no such workflow. */
export function findCurrent(
  database: Queryable,
  key: WorkflowKey,
): Promise<{ workflowId: string; enabled: boolean; definition: string; number: number } | undefined> {
  return rowOf(
    database,
    `SELECT w.id AS "workflowId", w.enabled, v.definition, v.number FROM workflows w
     JOIN workflow_versions v ON v.id = w.current_version_id
     WHERE w.workspace_id = $1 AND w.namespace = $2 AND w.name = $3`,
    [key.workspaceId, key.namespace, key.name],
  );
}

export interface TriggerOfWorkflow {
  name: string;
  kind: 'kafka' | 'cloudevents';
  enabled: boolean;
}

export function triggersOf(database: Queryable, key: WorkflowKey): Promise<TriggerOfWorkflow[]> {
  return rowsOf<TriggerOfWorkflow>(
    database,
    `SELECT name, kind, enabled FROM triggers WHERE workspace_id = $1 AND namespace = $2 AND workflow = $3
     ORDER BY name`,
    [key.workspaceId, key.namespace, key.name],
  );
}
