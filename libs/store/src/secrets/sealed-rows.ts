import type { DataSource } from 'typeorm';
import { FORMAT, type SecretOwner } from './secret-box.js';

type Queryable = Pick<DataSource, 'query'>;

/** A sealed value of the database, and whose it is. */
export interface SealedRow {
  /** What the rows of the place are ordered by, as text. */
  key: string;
  workspaceId: string;
  name: string;
  sealed: Buffer;
}

/** A column of sealed values. The short-lived questions between processes are none: they last a minute. */
export interface SealedPlace {
  /** What lies there, in the plural. */
  what: string;
  table: string;
  column: string;
  /** SQL of a text that is unique in the table. */
  key: string;
  workspaceId: string;
  name: string;
  ownerOf(row: Pick<SealedRow, 'workspaceId' | 'name'>): SecretOwner;
}

/** Names have no tab in them. */
const keyOf = (name: string) => `workspace_id || E'\\t' || ${name}`;

/** Every column whose values are under a master key. */
export const SEALED_PLACES: readonly SealedPlace[] = [
  {
    what: 'connections',
    table: 'connections',
    column: 'secrets',
    key: keyOf('name'),
    workspaceId: 'workspace_id',
    name: 'name',
    ownerOf: ({ workspaceId, name }) => ({ workspaceId, connection: name }),
  },
  {
    what: 'secrets',
    table: 'secrets',
    column: 'sealed',
    key: keyOf('name'),
    workspaceId: 'workspace_id',
    name: 'name',
    ownerOf: ({ workspaceId, name }) => ({ workspaceId, secret: name }),
  },
  {
    what: 'tokens',
    table: 'connection_tokens',
    column: 'sealed',
    key: keyOf('connection'),
    workspaceId: 'workspace_id',
    name: 'connection',
    ownerOf: ({ workspaceId, name }) => ({ workspaceId, kind: 'tokens', of: name }),
  },
  {
    what: 'sign-ins',
    table: 'connection_sign_ins',
    column: 'sealed',
    key: 'id::text',
    workspaceId: 'workspace_id',
    name: 'id::text',
    ownerOf: ({ workspaceId, name }) => ({ workspaceId, kind: 'sign-in', of: name }),
  },
  {
    what: 'installation',
    table: 'installation_secret',
    column: 'sealed',
    key: 'one::text',
    workspaceId: `''`,
    name: `'secret'`,
    ownerOf: ({ workspaceId, name }) => ({ workspaceId, kind: 'installation', of: name }),
  },
];

/** SQL: which master key a value is under, as hex digits; `legacy` for one without a data key. */
function keyIdOf({ column }: SealedPlace): string {
  return `CASE WHEN get_byte(${column}, 0) = ${FORMAT} THEN encode(substring(${column} FROM 2 FOR 8), 'hex') ELSE 'legacy' END`;
}

/** How many values of a place are under each key. */
export async function countByKey(
  database: Queryable,
  place: SealedPlace,
): Promise<{ keyId: string; count: number }[]> {
  return (await database.query(
    `SELECT ${keyIdOf(place)} AS "keyId", count(*)::int AS count FROM ${place.table}
     WHERE length(${place.column}) > 0 GROUP BY 1 ORDER BY 1`,
  )) as { keyId: string; count: number }[];
}

/** The next values of a place, in its order, that are under another key than this one. */
export async function rowsNotUnder(
  database: Queryable,
  place: SealedPlace,
  at: { keyId: string; after: string | null; limit: number },
): Promise<SealedRow[]> {
  return (await database.query(
    `SELECT ${place.key} AS key, ${place.workspaceId} AS "workspaceId", ${place.name} AS name,
       ${place.column} AS sealed
     FROM ${place.table}
     WHERE length(${place.column}) > 0 AND ${keyIdOf(place)} <> $1
       AND ($2::text IS NULL OR (${place.key}) COLLATE "C" > $2)
     ORDER BY (${place.key}) COLLATE "C" LIMIT $3`,
    [at.keyId, at.after, at.limit],
  )) as SealedRow[];
}

/** Puts values in the place of others, unless somebody has just written something else. Answers how many. */
export async function replaceSealed(
  database: Queryable,
  place: SealedPlace,
  changes: readonly { key: string; from: Buffer; to: Buffer }[],
): Promise<number> {
  const [, count] = (await database.query(
    `UPDATE ${place.table} SET ${place.column} = c.sealed_to
     FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS c (changed_key, sealed_from, sealed_to)
     WHERE (${place.key}) = c.changed_key AND ${place.column} = c.sealed_from`,
    [changes.map(({ key }) => key), changes.map(({ from }) => from), changes.map(({ to }) => to)],
  )) as [unknown, number];
  return count;
}
