import type { RunDetail, RunStatus } from '@tutti/contracts';
import { type Queryable, rowsOf } from '../database/rows.js';

/** Children that a run shows; the list of runs has the others. */
const CHILDREN_MAX = 100;

type Parent = NonNullable<RunDetail['parent']>;
type Child = RunDetail['children'][number];

interface Row {
  isParent: boolean;
  id: string;
  position: string;
  namespace: string;
  name: string;
  version: string;
  status: RunStatus;
}

/** The run that started a run by `run: workflow`, and the newest of those that it started itself. */
export async function familyOf(
  database: Queryable,
  workspaceId: string,
  runId: string,
): Promise<{ parent: Parent | null; children: Child[] }> {
  const rows = await rowsOf<Row>(
    database,
    `
    SELECT f."isParent", f.id, f.position, w.namespace, w.name, v.version, r.status
    FROM ((SELECT true AS "isParent", parent_run_id AS id, position FROM run_parents WHERE run_id = $2)
      UNION ALL (SELECT false, run_id, position FROM run_parents WHERE parent_run_id = $2 ORDER BY run_id DESC LIMIT ${CHILDREN_MAX})) f
    JOIN runs r ON r.id = f.id AND r.workspace_id = $1
    JOIN workflows w ON w.id = r.workflow_id JOIN workflow_versions v ON v.id = r.workflow_version_id
    ORDER BY f.id DESC`,
    [workspaceId, runId],
  );
  const member = ({ id, position, namespace, name, version, status }: Row): Child => ({
    id,
    position,
    workflow: { namespace, name, version },
    status,
  });
  const parent = rows.find(({ isParent }) => isParent);
  return {
    parent: parent === undefined ? null : member(parent),
    children: rows.filter(({ isParent }) => !isParent).map(member),
  };
}
