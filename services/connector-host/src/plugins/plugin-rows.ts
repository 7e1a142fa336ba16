import type { PluginDescription, PluginGuard } from '@tutti/contracts';
import type { DataSource } from 'typeorm';

/** What is told of one plugin package at start. */
export interface PluginRow {
  description: PluginDescription;
  /** Folder it was loaded from. */
  origin: string;
  error: string | null;
  /** What holds it in; null: it runs in this process. */
  guards: readonly PluginGuard[] | null;
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
    `INSERT INTO plugins (name, version, contract, description, origin, state, error, guards)
     SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[])
     ON CONFLICT (name, version) DO UPDATE SET contract = excluded.contract,
       description = excluded.description, origin = excluded.origin,
       state = CASE WHEN ${STAYS_QUARANTINED} THEN plugins.state ELSE excluded.state END,
       error = CASE WHEN ${STAYS_QUARANTINED} THEN plugins.error ELSE excluded.error END,
       guards = excluded.guards,
         registered_at = clock_timestamp()`,
    [
      rows.map(({ description }) => description.name),
      rows.map(({ description }) => description.version),
      rows.map(({ description }) => description.contract),
      rows.map(({ description }) => JSON.stringify(description)),
      rows.map(({ origin }) => origin),
      rows.map(({ error }) => (error === null ? 'loaded' : 'failed')),
      rows.map(({ error }) => error),
      rows.map(({ guards }) => (guards === null ? null : JSON.stringify(guards))),
    ],
  );
}

/** A restart is no release. */
const STAYS_QUARANTINED = `plugins.state = 'quarantined' AND excluded.state = 'loaded' AND excluded.guards IS NOT NULL`;

/** A plugin whose process keeps ending is called no more, on the host where it does. */
export async function quarantinePlugin(
  database: Pick<DataSource, 'query'>,
  { name, version }: { name: string; version: string },
  why: string,
): Promise<void> {
  await database.query(
    `UPDATE plugins SET state = 'quarantined', error = $3 WHERE name = $1 AND version = $2`,
    [name, version, why],
  );
}

/** Why a plugin is in quarantine; null: it is in none. */
export async function quarantineOf(
  database: Pick<DataSource, 'query'>,
  { name, version }: { name: string; version: string },
): Promise<string | null> {
  const [row] = (await database.query(
    `SELECT coalesce(error, '') AS why FROM plugins WHERE name = $1 AND version = $2 AND state = 'quarantined'`,
    [name, version],
  )) as { why: string }[];
  return row?.why ?? null;
}

/** Whether a plugin is in no quarantine any more. */
export async function isPluginReleased(
  database: Pick<DataSource, 'query'>,
  { name, version }: { name: string; version: string },
): Promise<boolean> {
  const rows = (await database.query(
    `SELECT 1 FROM plugins WHERE name = $1 AND version = $2 AND state <> 'quarantined'`,
    [name, version],
  )) as unknown[];
  return rows.length > 0;
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
