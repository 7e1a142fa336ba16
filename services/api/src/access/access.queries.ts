import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

export interface TokenRow {
  id: string;
  workspaceId: string;
  kind: 'admin' | 'session';
  subject: string;
  secretHash: Buffer;
  /** True when the session is to be given its full length again. */
  slide: boolean;
}

export function findToken(
  database: Queryable,
  hash: Buffer,
  sessionHours: number,
): Promise<TokenRow | undefined> {
  // Sliding only once a few minutes were used saves a write per request.
  return rowOf<TokenRow>(
    database,
    `
    SELECT id, workspace_id AS "workspaceId", kind, subject, secret_hash AS "secretHash",
           coalesce(expires_at < clock_timestamp() + make_interval(mins => $2 * 60 - 5), false) AS slide
      FROM access_tokens
     WHERE secret_hash = $1 AND kind IN ('admin', 'session') AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
    [hash, sessionHours],
  );
}

export async function slideSession(
  database: Queryable,
  tokenId: string,
  sessionHours: number,
): Promise<void> {
  await database.query(
    `UPDATE access_tokens SET expires_at = clock_timestamp() + make_interval(mins => $2 * 60), used_at = clock_timestamp()
    WHERE id = $1 AND kind = 'session' AND expires_at > clock_timestamp()`,
    [tokenId, sessionHours],
  );
}

export interface NewToken {
  id: string;
  workspaceId: string;
  kind: 'admin' | 'session' | 'sign-in';
  subject: string;
  hash: Buffer;
  /** Null: never. */
  lifeMinutes: number | null;
}

/** Stores the hash of a token; answers when it expires. */
export async function insertToken(database: Queryable, token: NewToken): Promise<string | null> {
  const row = await rowOf<{ expiresAt: string | null }>(
    database,
    `
    INSERT INTO access_tokens (id, workspace_id, kind, subject, secret_hash, expires_at)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6 * 60))
    ON CONFLICT (secret_hash) DO NOTHING
    RETURNING ${instant('expires_at')} AS "expiresAt"`,
    [token.id, token.workspaceId, token.kind, token.subject, token.hash, token.lifeMinutes],
  );
  return row?.expiresAt ?? null;
}

/** Uses up a sign-in code. Two exchanges of one code race for the row, and one of them gets nothing. */
export function useSignInCode(
  database: Queryable,
  hash: Buffer,
): Promise<{ workspaceId: string; subject: string } | undefined> {
  return rowOf(
    database,
    `
    UPDATE access_tokens SET used_at = clock_timestamp()
     WHERE secret_hash = $1 AND kind = 'sign-in' AND used_at IS NULL AND expires_at > clock_timestamp()
    RETURNING workspace_id AS "workspaceId", subject`,
    [hash],
  );
}

export async function deleteSession(database: Queryable, tokenId: string): Promise<Buffer | undefined> {
  const rows = await rowsOf<{ secretHash: Buffer }>(
    database,
    `DELETE FROM access_tokens WHERE id = $1 AND kind = 'session' RETURNING secret_hash AS "secretHash"`,
    [tokenId],
  );
  return rows[0]?.secretHash;
}

/** Sessions and sign-in codes that are over are of no use to anyone. */
export async function deleteExpired(database: Queryable): Promise<void> {
  await database.query(
    `DELETE FROM access_tokens WHERE kind <> 'admin' AND expires_at < clock_timestamp() - interval '1 day'`,
  );
}
