import { type Queryable, rowsOf } from '../database/rows.js';

export interface PublishedRow {
  namespace: string;
  name: string;
  version: string;
  definition: string;
}

/** Workflows of one workspace that are looked at for tools. */
const PUBLISHED_MAX = 2_000;

/** The current versions of the enabled workflows; `marked`: of those that say something of MCP. */
export function listPublished(
  database: Queryable,
  of: { workspaceId: string; marked: boolean },
): Promise<PublishedRow[]> {
  return rowsOf<PublishedRow>(
    database,
    `SELECT w.namespace, w.name, v.version, v.definition
       FROM workflows w JOIN workflow_versions v ON v.id = w.current_version_id
      WHERE w.workspace_id = $1 AND w.enabled
        AND (NOT $2 OR (v.definition::jsonb #> '{document,metadata,tutti,mcp}') IS NOT NULL)
      ORDER BY w.namespace, w.name LIMIT ${PUBLISHED_MAX}`,
    [of.workspaceId, of.marked],
  );
}
