import type { SignInAttempt } from '@tutti/contracts';
import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

export interface SignInRow {
  connection: string;
  state: 'signed-in' | 'needed';
  detail: string | null;
  scopes: string | null;
  at: string;
  by: string;
  refreshedAt: string | null;
}

/** The sign-ins of connections, by name; of one when `name` is given. */
export async function signInsOf(
  database: Queryable,
  workspaceId: string,
  name: string | null = null,
): Promise<Map<string, SignInRow>> {
  const rows = await rowsOf<SignInRow>(
    database,
    `SELECT connection, state, detail, scopes, ${instant('signed_in_at')} AS at, signed_in_by AS by,
       ${instant('refreshed_at')} AS "refreshedAt"
     FROM connection_tokens WHERE workspace_id = $1 AND ($2::text IS NULL OR connection = $2)`,
    [workspaceId, name],
  );
  return new Map(rows.map((row) => [row.connection, row]));
}

/** How a sign-in that was begun goes on. */
export function findAttempt(
  database: Queryable,
  at: { workspaceId: string; connection: string; id: string },
): Promise<SignInAttempt | undefined> {
  return rowOf<SignInAttempt>(
    database,
    `SELECT id, detail, ${instant('expires_at')} AS "expiresAt",
       CASE WHEN status IN ('done', 'failed') THEN status
         WHEN expires_at < clock_timestamp() THEN 'expired' ELSE 'open' END AS status
     FROM connection_sign_ins WHERE workspace_id = $1 AND connection = $2 AND id = $3`,
    [at.workspaceId, at.connection, at.id],
  );
}

/** The hub forgets the tokens of a connection; false when it had none. */
export async function forgetTokens(database: Queryable, workspaceId: string, name: string): Promise<boolean> {
  const rows = await rowsOf(
    database,
    `WITH gone AS (DELETE FROM connection_tokens WHERE workspace_id = $1 AND connection = $2 RETURNING 1),
       told AS (UPDATE connections SET revision = revision + 1 WHERE workspace_id = $1 AND name = $2)
     SELECT 1 FROM gone`,
    [workspaceId, name],
  );
  return rows.length > 0;
}
