import { createHash, randomBytes } from 'node:crypto';
import { uuidv7 } from '@tutti/contracts';
import { type Queryable } from '../database/rows.js';
import { insertToken } from './access.queries.js';

/** A token that nobody can guess; the prefix lets secret scanners and people recognise it. */
export function newSecret(kind: 'admin' | 'session' | 'sign-in'): string {
  return `tutti_${kind.replace('-', '')}_${randomBytes(32).toString('base64url')}`;
}

/** Only this is stored. The tokens are random and long, so a plain hash cannot be turned back. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/**
 * Makes sure that an admin token (kept in a file by the hub) is accepted by the database. Safe to call at
 * every start.
 */
export async function ensureAdminToken(
  database: Queryable,
  token: string,
  workspaceId = 'default',
): Promise<void> {
  await insertToken(database, {
    id: uuidv7(),
    workspaceId,
    kind: 'admin',
    subject: 'admin',
    hash: hashSecret(token),
    lifeMinutes: null,
  });
}
