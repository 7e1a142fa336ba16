import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

/** Holds the chain of one workspace until the transaction ends: two events must not follow the same one. */
export async function lockChain(database: Queryable, workspaceId: string): Promise<void> {
  await database.query(`SELECT pg_advisory_xact_lock(hashtext('tutti.audit'), hashtext($1))`, [workspaceId]);
}

/** The hash of the last event and the instant of the next one, both read under the lock. */
export async function chainEnd(
  database: Queryable,
  workspaceId: string,
): Promise<{ hash: Buffer | null; at: string }> {
  const row = await rowOf<{ hash: Buffer | null; at: string }>(
    database,
    `
    SELECT (SELECT hash FROM audit_events WHERE workspace_id = $1 ORDER BY at DESC, id DESC LIMIT 1) AS hash,
           ${instant('clock_timestamp()')} AS at`,
    [workspaceId],
  );
  return row as { hash: Buffer | null; at: string };
}

export interface AuditRow {
  at: string;
  subject: string;
  action: string;
  target: string;
  before: string | null;
  after: string | null;
  origin: string | null;
  previousHash: Buffer | null;
  hash: Buffer;
}

export async function insertAuditEvent(
  database: Queryable,
  workspaceId: string,
  row: AuditRow,
): Promise<void> {
  await database.query(
    `
    INSERT INTO audit_events (workspace_id, at, subject, action, target, before, after, origin, previous_hash, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      workspaceId,
      row.at,
      row.subject,
      row.action,
      row.target,
      row.before,
      row.after,
      row.origin,
      row.previousHash,
      row.hash,
    ],
  );
}

export function listAuditEvents(
  database: Queryable,
  at: { workspaceId: string; beforeId: string | null; limit: number },
) {
  return rowsOf<AuditRow & { id: string }>(
    database,
    `
    SELECT id, ${instant('at')} AS at, subject, action, target, before, after, origin, previous_hash AS "previousHash", hash
      FROM audit_events WHERE workspace_id = $1 AND ($2::bigint IS NULL OR id < $2)
     ORDER BY id DESC LIMIT $3`,
    [at.workspaceId, at.beforeId, at.limit],
  );
}
