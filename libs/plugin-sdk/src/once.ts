import { PermanentError } from './errors.js';
import type { DatabasePort, DatabaseSession } from './ports.js';

/** The table that `once` works with; make it in a migration of the plugin's schema. */
export const IDEMPOTENCY_KEYS_TABLE = `
  CREATE TABLE idempotency_keys (
    key text PRIMARY KEY, request_hash bytea NOT NULL, answer text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp());
`;

/** A write as it was asked for. */
export interface WriteRequest {
  database: DatabasePort;
  idempotencyKey: string;
  capability: string;
  input: unknown;
}

/**
 * For plugins that keep their data in their own database: performs a write once per idempotency key, key and
 * effect in one transaction. A repeat gets the stored answer, also while the first is still under way (it
 * waits for its end); the same key with another request is refused. A write that failed left nothing, its key
 * included.
 */
export function once<T>(request: WriteRequest, work: (session: DatabaseSession) => Promise<T>): Promise<T> {
  // Inputs come out of zod, so the same request has its properties in the same order.
  const asked = JSON.stringify([request.capability, request.input]);
  return request.database.transaction(async (session) => {
    const inserted = await session.query(
      `INSERT INTO idempotency_keys (key, request_hash) VALUES ($1, sha256(convert_to($2, 'UTF8')))
       ON CONFLICT (key) DO NOTHING RETURNING key`,
      [request.idempotencyKey, asked],
    );
    if (inserted.length === 0) return storedAnswer<T>(session, request.idempotencyKey, asked);
    const answer = await work(session);
    await session.query('UPDATE idempotency_keys SET answer = $2 WHERE key = $1', [
      request.idempotencyKey,
      JSON.stringify(answer),
    ]);
    return answer;
  });
}

async function storedAnswer<T>(session: DatabaseSession, key: string, asked: string): Promise<T> {
  const [row] = await session.query<{ answer: string; same: boolean }>(
    `SELECT answer, request_hash = sha256(convert_to($2, 'UTF8')) AS same FROM idempotency_keys
       WHERE key = $1`,
    [key, asked],
  );
  if (row?.same !== true) {
    throw new PermanentError(`The idempotency key "${key}" was used for another request.`, { status: 422 });
  }
  return JSON.parse(row.answer) as T;
}
