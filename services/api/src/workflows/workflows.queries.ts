import type { Disabled } from './disabled-workflow.js';
import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

/** A workflow is named inside a workspace. */
export interface WorkflowKey {
  workspaceId: string;
  namespace: string;
  name: string;
}

export interface StartableRow {
  workflowId: string;
  disabled: Disabled | null;
  versionId: string;
  version: string;
  /** The version that takes a share of the new runs. */
  canary: { versionId: string; version: string; percent: number } | null;
}

const DISABLED = `CASE WHEN w.enabled THEN NULL ELSE json_build_object('reason', w.disabled_reason, 'by', w.disabled_by,
  'at', ${instant('w.disabled_at')}) END AS disabled`;
const CANARY = `CASE WHEN c.id IS NOT NULL THEN json_build_object('versionId', c.id, 'version', c.version,
  'percent', w.canary_percent) END AS canary`;
const CURRENT = 'workflows w JOIN workflow_versions v ON v.id = w.current_version_id';

/** The current version without its text: asked for every few seconds and workflow. */
export function findStartable(database: Queryable, key: WorkflowKey): Promise<StartableRow | undefined> {
  return rowOf<StartableRow>(
    database,
    `
    SELECT w.id AS "workflowId", ${DISABLED}, v.id AS "versionId", v.version, ${CANARY} FROM ${CURRENT}
      LEFT JOIN workflow_versions c ON c.id = w.canary_version_id
     WHERE w.workspace_id = $1 AND w.namespace = $2 AND w.name = $3`,
    [key.workspaceId, key.namespace, key.name],
  );
}

export async function findDefinition(
  database: Queryable,
  workspaceId: string,
  versionId: string,
): Promise<string | undefined> {
  const row = await rowOf<{ definition: string }>(
    database,
    'SELECT definition FROM workflow_versions WHERE workspace_id = $1 AND id = $2',
    [workspaceId, versionId],
  );
  return row?.definition;
}

export interface WorkflowRow {
  id: string;
  namespace: string;
  name: string;
  enabled: boolean;
  disabled: Disabled | null;
  updatedAt: string;
  versionId: string;
  version: string;
  contentHash: string;
  definition: string;
  active: number;
  minutes: { status: string; runs: number; costMicros: number; durations: number[][] }[];
}

// Rollups of the last day, one entry a status; histograms are added up where they are read.
const RECENT = `coalesce((
  SELECT json_agg(json_build_object('status', m.status, 'runs', m.runs, 'costMicros', m.cost, 'durations', m.durations)) FROM (
    SELECT status, sum(runs)::int AS runs, sum(cost_micros)::bigint AS cost, json_agg(durations) AS durations FROM run_minutes
     WHERE workspace_id = w.workspace_id AND workflow_id = w.id AND minute > clock_timestamp() - interval '24 hours'
     GROUP BY status) m), '[]') AS minutes`;
const ACTIVE = `(SELECT count(*)::int FROM runs r WHERE r.workflow_id = w.id AND r.workspace_id = w.workspace_id
  AND r.status IN ('pending', 'running', 'waiting', 'suspended')) AS active`;
const SUMMARY = `w.id, w.namespace, w.name, w.enabled, ${DISABLED}, ${instant('w.updated_at')} AS "updatedAt",
  v.id AS "versionId", v.version, v.content_hash AS "contentHash", v.definition, ${ACTIVE}, ${RECENT}`;

export function listWorkflows(
  database: Queryable,
  at: { workspaceId: string; q: string | null; after: string | null; limit: number },
) {
  return rowsOf<WorkflowRow>(
    database,
    `
    SELECT ${SUMMARY} FROM ${CURRENT}
     WHERE w.workspace_id = $1 AND ($2::text IS NULL OR position(lower($2) IN lower(w.namespace || '/' || w.name)) > 0
           OR position(lower($2) IN lower(v.definition)) > 0)
       AND ($3::text IS NULL OR w.namespace || '/' || w.name > $3)
     ORDER BY w.namespace || '/' || w.name LIMIT $4`,
    [at.workspaceId, at.q, at.after, at.limit],
  );
}

export function findWorkflow(database: Queryable, key: WorkflowKey): Promise<WorkflowRow | undefined> {
  return rowOf<WorkflowRow>(
    database,
    `
    SELECT ${SUMMARY} FROM ${CURRENT} WHERE w.workspace_id = $1 AND w.namespace = $2 AND w.name = $3`,
    [key.workspaceId, key.namespace, key.name],
  );
}

export interface VersionRow {
  id: string;
  version: string;
  contentHash: string;
  number: number;
  note: string | null;
  createdAt: string;
  createdBy: string;
}

const VERSION = `id, version, number, note, content_hash AS "contentHash", ${instant('created_at')} AS "createdAt",
  created_by AS "createdBy"`;
const VERSIONS_SHOWN_MAX = 200;

export function listVersions(
  database: Queryable,
  workspaceId: string,
  workflowId: string,
): Promise<VersionRow[]> {
  return rowsOf<VersionRow>(
    database,
    `SELECT ${VERSION} FROM workflow_versions WHERE workspace_id = $1 AND workflow_id = $2
    ORDER BY number DESC LIMIT ${VERSIONS_SHOWN_MAX}`,
    [workspaceId, workflowId],
  );
}

/** One version with its text, by content hash. */
export function findVersion(
  database: Queryable,
  at: { workspaceId: string; workflowId: string; contentHash: string },
) {
  return rowOf<VersionRow & { source: string; definition: string }>(
    database,
    `
    SELECT ${VERSION}, source, definition FROM workflow_versions WHERE workspace_id = $1 AND workflow_id = $2 AND content_hash = $3`,
    [at.workspaceId, at.workflowId, at.contentHash],
  );
}

/**
 * The workflow's row, made when it is not there, and locked until the transaction ends: two applies go one
 * after the other.
 */
export async function lockWorkflow(database: Queryable, key: WorkflowKey, newId: string) {
  await database.query(
    `INSERT INTO workflows (id, workspace_id, namespace, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [newId, key.workspaceId, key.namespace, key.name],
  );
  const row = await rowOf<{ id: string; currentVersionId: string | null }>(
    database,
    `
    SELECT id, current_version_id AS "currentVersionId" FROM workflows WHERE workspace_id = $1 AND namespace = $2 AND name = $3 FOR UPDATE`,
    [key.workspaceId, key.namespace, key.name],
  );
  return row as { id: string; currentVersionId: string | null };
}

export interface NewVersion {
  id: string;
  workspaceId: string;
  workflowId: string;
  version: string;
  contentHash: string;
  source: string;
  definition: string;
  createdBy: string;
  note: string | null;
}

/** With the next number of its workflow, whose row must be locked. */
export async function insertVersion(database: Queryable, version: NewVersion): Promise<void> {
  await database.query(
    `
    INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, content_hash, source, definition, created_by, note, number)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
      (SELECT coalesce(max(number), 0) + 1 FROM workflow_versions WHERE workflow_id = $3))`,
    [
      version.id,
      version.workspaceId,
      version.workflowId,
      version.version,
      version.contentHash,
      version.source,
      version.definition,
      version.createdBy,
      version.note,
    ],
  );
}

/** A canary ends with it: its figures were against the version that was current. */
export async function setCurrentVersion(
  database: Queryable,
  workflowId: string,
  versionId: string,
): Promise<void> {
  await database.query(
    `UPDATE workflows SET current_version_id = $2, canary_version_id = NULL, canary_percent = NULL,
       canary_since = NULL, canary_by = NULL, updated_at = clock_timestamp() WHERE id = $1`,
    [workflowId, versionId],
  );
}
