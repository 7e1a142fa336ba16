import type { ReviewStatus } from '@tutti/contracts';
import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

export interface ReviewListRow {
  id: string;
  runId: string;
  title: string;
  because: string;
  status: ReviewStatus;
  namespace: string;
  name: string;
  version: string;
  task: string;
  openedAt: string;
  dueAt: string | null;
  decidedAt: string | null;
  decidedBy: string | null;
}

export interface ReviewDetailRow extends ReviewListRow {
  token: string;
  form: string | null;
  data: string | null;
  context: string | null;
  document: string | null;
  decision: string | null;
}

const SUMMARY = `k.id, k.run_id AS "runId", k.title, k.because, k.status, w.namespace, w.name, v.version, k.task,
  ${instant('k.opened_at')} AS "openedAt",
  ${instant('k.due_at')} AS "dueAt", ${instant('k.decided_at')} AS "decidedAt", k.decided_by AS "decidedBy"`;
const FROM = `reviews k JOIN runs r ON r.id = k.run_id JOIN workflows w ON w.id = k.workflow_id
  JOIN workflow_versions v ON v.id = r.workflow_version_id`;

export interface ReviewFilter {
  workspaceId: string;
  statuses: ReviewStatus[] | null;
  workflow: string | null;
  runId: string | null;
  /** The last review of the page before: ids say nothing about time, so the order is by opening and id. */
  after: { openedAt: string; id: string } | null;
  limit: number;
  /** Open reviews are worked off oldest first; everything else is looked at newest first. */
  oldestFirst: boolean;
}

export function listReviews(database: Queryable, filter: ReviewFilter): Promise<ReviewListRow[]> {
  const [beyond, order] = filter.oldestFirst ? ['>', 'ASC'] : ['<', 'DESC'];
  return rowsOf<ReviewListRow>(
    database,
    `SELECT ${SUMMARY} FROM ${FROM}
     WHERE k.workspace_id = $1 AND ($2::text[] IS NULL OR k.status = ANY($2)) AND ($3::text IS NULL OR w.namespace || '/' || w.name = $3)
       AND ($4::uuid IS NULL OR k.run_id = $4)
       AND ($5::timestamptz IS NULL OR (k.opened_at, k.id) ${beyond} ($5::timestamptz, $6::uuid))
     ORDER BY k.opened_at ${order}, k.id ${order} LIMIT $7`,
    [
      filter.workspaceId,
      filter.statuses,
      filter.workflow,
      filter.runId,
      filter.after?.openedAt ?? null,
      filter.after?.id ?? null,
      filter.limit,
    ],
  );
}

export function findReview(
  database: Queryable,
  workspaceId: string,
  id: string,
): Promise<ReviewDetailRow | undefined> {
  return rowOf<ReviewDetailRow>(
    database,
    `
    SELECT ${SUMMARY}, k.token, k.form, k.data, k.context, k.document, k.decision FROM ${FROM} WHERE k.workspace_id = $1 AND k.id = $2`,
    [workspaceId, id],
  );
}

/**
 * Decides a review if it is still open. Two decisions race for the row; the one that comes second changes
 * nothing.
 */
export async function decideReview(
  database: Queryable,
  at: { workspaceId: string; id: string; status: ReviewStatus; by: string; decision: string },
) {
  const rows = await rowsOf<{ id: string }>(
    database,
    `
    UPDATE reviews SET status = $3, decided_at = clock_timestamp(), decided_by = $4, decision = $5
     WHERE workspace_id = $1 AND id = $2 AND status = 'open' RETURNING id`,
    [at.workspaceId, at.id, at.status, at.by, at.decision],
  );
  return rows.length === 1;
}

/**
 * The output schema of a capability, from the plugin that was registered last: the form of a review that
 * names it.
 */
export async function capabilityForm(
  database: Queryable,
  capability: string,
): Promise<Record<string, unknown> | null> {
  const row = await rowOf<{ output: Record<string, unknown> }>(
    database,
    `
    SELECT c -> 'output' AS output FROM plugins p, json_array_elements(p.description::json -> 'capabilities') c
     WHERE p.state = 'loaded' AND c ->> 'name' = $1 ORDER BY p.registered_at DESC LIMIT 1`,
    [capability],
  );
  return row?.output ?? null;
}
