import { subWorkflows, type WorkflowDocument, type WorkflowKnowledge } from '@tutti/workflow';
import { type Queryable, rowsOf } from '../database/rows.js';

/** What lint is told of the workflows that a document's tasks run: their versions, the newest first. */
export async function workflowKnowledge(
  database: Queryable,
  workspaceId: string,
  document: WorkflowDocument,
): Promise<WorkflowKnowledge> {
  const run = subWorkflows(document);
  if (run.length === 0) return new Map();
  const rows = await rowsOf<{ called: string; versions: string[] }>(
    database,
    `
    SELECT w.namespace || '/' || w.name AS called, array_agg(v.version ORDER BY v.number DESC) AS versions
      FROM workflows w JOIN workflow_versions v ON v.workflow_id = w.id
     WHERE w.workspace_id = $1 AND (w.namespace, w.name) IN (SELECT * FROM unnest($2::text[], $3::text[]))
     GROUP BY w.id`,
    [workspaceId, run.map(({ namespace }) => namespace), run.map(({ name }) => name)],
  );
  return new Map(rows.map(({ called, versions }) => [called, versions]));
}
