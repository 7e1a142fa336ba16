import type { SecretItem } from '@tutti/contracts';
import { type Queryable, instant, rowsOf } from '../database/rows.js';

const ITEM = `name, ${instant('created_at')} AS "createdAt", ${instant('updated_at')} AS "updatedAt", updated_by AS "updatedBy"`;

export function listSecrets(
  database: Queryable,
  at: { workspaceId: string; after: string | null; limit: number },
): Promise<SecretItem[]> {
  return rowsOf<SecretItem>(
    database,
    `SELECT ${ITEM} FROM secrets WHERE workspace_id = $1 AND ($2::text IS NULL OR name > $2) ORDER BY name LIMIT $3`,
    [at.workspaceId, at.after, at.limit],
  );
}

/** The names of all secrets of a workspace. */
export async function secretNamesOf(database: Queryable, workspaceId: string): Promise<Set<string>> {
  const rows = await rowsOf<{ name: string }>(database, 'SELECT name FROM secrets WHERE workspace_id = $1', [
    workspaceId,
  ]);
  return new Set(rows.map(({ name }) => name));
}

/** Makes or replaces a secret; `created` says which. */
export async function upsertSecret(
  database: Queryable,
  secret: { workspaceId: string; name: string; sealed: Buffer; by: string },
): Promise<SecretItem & { created: boolean }> {
  const [row] = await rowsOf<SecretItem & { created: boolean }>(
    database,
    `
    INSERT INTO secrets (workspace_id, name, sealed, updated_by) VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id, name) DO UPDATE SET sealed = excluded.sealed, updated_by = excluded.updated_by,
      updated_at = clock_timestamp(), revision = secrets.revision + 1
    RETURNING ${ITEM}, revision = 1 AS created`,
    [secret.workspaceId, secret.name, secret.sealed, secret.by],
  );
  return row as SecretItem & { created: boolean };
}

export async function deleteSecret(database: Queryable, workspaceId: string, name: string): Promise<boolean> {
  const rows = await rowsOf<{ name: string }>(
    database,
    'WITH gone AS (DELETE FROM secrets WHERE workspace_id = $1 AND name = $2 RETURNING name) SELECT name FROM gone',
    [workspaceId, name],
  );
  return rows.length > 0;
}
