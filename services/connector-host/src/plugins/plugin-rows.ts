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
  rows: readonly PluginRow[],
): Promise<void> {
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
