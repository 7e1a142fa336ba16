import type { PluginDescription } from '@tutti/contracts';
import type { DataSource } from 'typeorm';

/** What is told of one plugin package at start. */
export interface PluginRow {
  description: PluginDescription;
  /** Folder it was loaded from. */
  origin: string;
  error: string | null;
}

/**
 * Records which plugins this host has, in one statement; versions that are gone stay for the runs that used
 * them.
 */
export async function registerPlugins(
  database: Pick<DataSource, 'query'>,
  found: readonly PluginRow[],
): Promise<void> {
  const rows = inOrder(found);
  await database.query(
    `INSERT INTO plugins (name, version, contract, description, origin, state, error)
     SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[])
     ON CONFLICT (name, version) DO UPDATE SET contract = excluded.contract,
       description = excluded.description,
       origin = excluded.origin, state = excluded.state, error = excluded.error,
         registered_at = clock_timestamp()`,
    [
      rows.map(({ description }) => description.name),
      rows.map(({ description }) => description.version),
      rows.map(({ description }) => description.contract),
      rows.map(({ description }) => JSON.stringify(description)),
      rows.map(({ origin }) => origin),
      rows.map(({ error }) => (error === null ? 'loaded' : 'failed')),
      rows.map(({ error }) => error),
    ],
  );
}

/**
 * One row for each version, the loaded one before a failed one, since a statement may write a row once only;
 * in the same order on every host, since hosts that start at once would wait for each other's rows.
 */
function inOrder(rows: readonly PluginRow[]): PluginRow[] {
  const byVersion = new Map<string, PluginRow>();
  for (const row of rows) {
    const key = JSON.stringify([row.description.name, row.description.version]);
    if (byVersion.get(key)?.error !== null) byVersion.set(key, row);
  }
  return [...byVersion].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}
