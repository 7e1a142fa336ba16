import type { Pool, PoolClient } from 'pg';

export { instant } from '@tutti/store';

/** What the queries need of a TypeORM data source or of the entity manager of a transaction. */
export interface Queryable {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** A pg client with the shape that the queries ask for. */
export function queryable(client: Pool | PoolClient): Queryable {
  return { query: async (sql, parameters) => (await client.query(sql, parameters)).rows as unknown };
}

/** The rows of a statement. TypeORM wraps those of UPDATE and DELETE into a pair with their count. */
export async function rowsOf<Row>(
  database: Queryable,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  const result = await database.query(sql, parameters);
  if (!Array.isArray(result)) return [];
  const paired =
    result.length === 2 && Array.isArray(result[0]) && (typeof result[1] === 'number' || result[1] === null);
  return (paired ? result[0] : result) as Row[];
}

/** The only row of a statement, or undefined. */
export async function rowOf<Row>(
  database: Queryable,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row | undefined> {
  return (await rowsOf<Row>(database, sql, parameters))[0];
}

/** JSON that is stored as text. */
export function parseJson<T = unknown>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}
