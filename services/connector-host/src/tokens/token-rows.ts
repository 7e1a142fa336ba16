import type { SecretBox } from '@tutti/store';
import type { DataSource } from 'typeorm';

type Queryable = Pick<DataSource, 'query'>;

/** What a connection signed in with; it never leaves the process but sealed. */
export interface ConnectionTokenSet {
  access: string;
  /** What the next one is asked for with; absent: a person signs in again. */
  refresh?: string;
}

/** A connection's sign-in as the database has it. */
export interface TokenRow {
  /** Digest of the client that signed in. */
  client: string;
  /** Null when a person has to sign in again. */
  tokens: ConnectionTokenSet | null;
  detail: string | null;
  /** How long the access token is still good, by the clock of the database. */
  leftMs: number;
  version: number;
}

interface Stored extends Omit<TokenRow, 'tokens'> {
  sealed: Buffer | null;
}

export interface ConnectionName {
  workspaceId: string;
  name: string;
}

/** The tokens of connections in the database. */
export class TokenRows {
  readonly #box: SecretBox;

  constructor(box: SecretBox) {
    this.#box = box;
  }

  /** `locked`: nobody else reads it so until the end of the transaction. */
  async read(
    database: Queryable,
    of: ConnectionName,
    { locked = false }: { locked?: boolean } = {},
  ): Promise<TokenRow | undefined> {
    const [row] = (await database.query(
      `SELECT client, sealed, detail, version,
         coalesce(extract(epoch FROM expires_at - clock_timestamp()) * 1000, 0)::float8 AS "leftMs"
       FROM connection_tokens WHERE workspace_id = $1 AND connection = $2 ${locked ? 'FOR UPDATE' : ''}`,
      [of.workspaceId, of.name],
    )) as Stored[];
    if (row === undefined) return undefined;
    const { sealed, ...rest } = row;
    return { ...rest, tokens: sealed && (this.#box.open(sealed, ownerOf(of)) as never) };
  }

  /** Puts the tokens of a sign-in in the place of whatever was there. */
  async signIn(
    database: Queryable,
    of: ConnectionName,
    row: { client: string; tokens: ConnectionTokenSet; expiresInMs: number; scopes: string; by: string },
  ): Promise<void> {
    await database.query(
      `INSERT INTO connection_tokens (workspace_id, connection, client, sealed, state, scopes, expires_at, signed_in_by)
       VALUES ($1, $2, $3, $4, 'signed-in', $5, clock_timestamp() + $6 * interval '1 millisecond', $7)
       ON CONFLICT (workspace_id, connection) DO UPDATE SET client = excluded.client, sealed = excluded.sealed,
         state = excluded.state, detail = NULL, scopes = excluded.scopes, expires_at = excluded.expires_at,
         signed_in_at = clock_timestamp(), signed_in_by = excluded.signed_in_by, refreshed_at = NULL,
         version = connection_tokens.version + 1`,
      [
        of.workspaceId,
        of.name,
        row.client,
        this.#sealed(row.tokens, of),
        row.scopes,
        row.expiresInMs,
        row.by,
      ],
    );
  }

  /** Puts tokens in the place of those that they were asked for with, and of no others. */
  async renew(
    database: Queryable,
    of: ConnectionName,
    row: { version: number; tokens: ConnectionTokenSet; expiresInMs: number },
  ): Promise<void> {
    await database.query(
      `UPDATE connection_tokens SET sealed = $4, expires_at = clock_timestamp() + $5 * interval '1 millisecond',
         refreshed_at = clock_timestamp(), detail = NULL, version = version + 1
       WHERE workspace_id = $1 AND connection = $2 AND version = $3`,
      [of.workspaceId, of.name, row.version, this.#sealed(row.tokens, of), row.expiresInMs],
    );
  }

  /** The tokens are good for nothing any more: a person has to sign in again. */
  async end(database: Queryable, of: ConnectionName, detail: string): Promise<void> {
    await database.query(
      `UPDATE connection_tokens SET sealed = NULL, state = 'needed', detail = $3, version = version + 1
       WHERE workspace_id = $1 AND connection = $2`,
      [of.workspaceId, of.name, detail],
    );
  }

  #sealed(tokens: ConnectionTokenSet, of: ConnectionName): Buffer {
    return this.#box.seal({ ...tokens }, ownerOf(of));
  }
}

function ownerOf({ workspaceId, name }: ConnectionName) {
  return { workspaceId, kind: 'tokens', of: name } as const;
}
