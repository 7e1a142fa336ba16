import type { RunStatus } from '@tutti/contracts';
import { instant, type Queryable, rowOf, rowsOf } from '../../database/rows.js';

/** A run that a tool started. */
export interface ToolRunRow {
  id: string;
  namespace: string;
  name: string;
  version: string;
  definition: string;
  status: RunStatus;
  output: string | null;
  error: string | null;
  startedAt: string;
  changedAt: string;
}

// A run that waits or goes on changed last when something was asked or decided.
const COLUMNS = `r.id, w.namespace, w.name, v.version, v.definition, r.status, r.output, r.error,
  ${instant('r.started_at')} AS "startedAt",
  ${instant(`coalesce(r.ended_at, greatest(r.started_at,
    (SELECT max(greatest(opened_at, decided_at)) FROM reviews WHERE run_id = r.id)))`)} AS "changedAt"`;
const FROM =
  'runs r JOIN workflows w ON w.id = r.workflow_id JOIN workflow_versions v ON v.id = r.workflow_version_id';

export function findToolRun(
  database: Queryable,
  of: { workspaceId: string; runId: string },
): Promise<ToolRunRow | undefined> {
  return rowOf<ToolRunRow>(
    database,
    `SELECT ${COLUMNS} FROM ${FROM} WHERE r.workspace_id = $1 AND r.id = $2 AND r.trigger = 'mcp'`,
    [of.workspaceId, of.runId],
  );
}

/** Newest first. */
export function listToolRuns(
  database: Queryable,
  of: { workspaceId: string; beforeId: string | null; limit: number },
): Promise<ToolRunRow[]> {
  return rowsOf<ToolRunRow>(
    database,
    `SELECT ${COLUMNS} FROM ${FROM}
      WHERE r.workspace_id = $1 AND r.trigger = 'mcp' AND ($2::uuid IS NULL OR r.id < $2)
      ORDER BY r.id DESC LIMIT $3`,
    [of.workspaceId, of.beforeId, of.limit],
  );
}
