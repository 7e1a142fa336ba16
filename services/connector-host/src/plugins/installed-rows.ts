import type { PluginDescription, PluginGuard } from '@tutti/contracts';
import type { DataSource } from 'typeorm';

type Database = Pick<DataSource, 'query'>;

/** A version that this host is to have, or to read what it offers. */
export interface InstalledVersion {
  name: string;
  version: string;
  integrity: string;
  state: 'waiting' | 'active' | 'inactive';
  /** Why a host has put it into quarantine; null: none has. */
  quarantine: string | null;
}

/**
 * What was installed and is to be here: what nobody described yet, what is active, and what workflow versions
 * were applied with.
 */
export async function installedVersions(database: Database): Promise<InstalledVersion[]> {
  return (await database.query(
    `SELECT name, version, integrity, state, (SELECT coalesce(error, '') FROM plugins q
         WHERE q.state = 'quarantined' AND q.name = p.name AND q.version = p.version) AS quarantine
       FROM plugin_packages p
      WHERE state IN ('waiting', 'active') OR (state = 'inactive'
        AND EXISTS (SELECT 1 FROM workflow_plugins w WHERE w.plugin = p.name AND w.version = p.version))
      ORDER BY name, version`,
  )) as InstalledVersion[];
}

/** The bytes of a version; null: it was removed meanwhile. */
export async function tarballOf(
  database: Database,
  { name, version }: Pick<InstalledVersion, 'name' | 'version'>,
): Promise<Buffer | null> {
  const [row] = (await database.query(
    'SELECT tarball FROM plugin_packages WHERE name = $1 AND version = $2',
    [name, version],
  )) as { tarball: Buffer }[];
  return row?.tarball ?? null;
}

/**
 * Says of a version that waits what it offers, or why that could not be read. The first host's word counts.
 */
export async function recordDescription(
  database: Database,
  { name, version, integrity }: Omit<InstalledVersion, 'quarantine'>,
  found: { description: PluginDescription } | { log: string },
): Promise<void> {
  const described = 'description' in found;
  await database.query(
    `UPDATE plugin_packages SET state = $4, description = $5, log = $6, revision = revision + 1
      WHERE name = $1 AND version = $2 AND integrity = $3 AND state = 'waiting'`,
    [
      name,
      version,
      integrity,
      described ? 'proposed' : 'failed',
      described ? JSON.stringify(found.description) : null,
      described ? null : found.log,
    ],
  );
}

/** Says what holds a version in. */
export async function recordGuards(
  database: Database,
  { name, version }: InstalledVersion,
  guards: readonly PluginGuard[] | null,
): Promise<void> {
  await database.query(
    'UPDATE plugins SET guards = $3 WHERE name = $1 AND version = $2 AND guards IS DISTINCT FROM $3',
    [name, version, JSON.stringify(guards)],
  );
}

/**
 * Says how a version fares in this host; null: it is not here any more. Of one that was removed nothing is
 * said.
 */
export async function recordHost(
  database: Database,
  at: Pick<InstalledVersion, 'name' | 'version'> & { instanceId: string },
  found: { state: 'loaded' | 'failed' | 'quarantined'; log: string | null } | null,
): Promise<void> {
  const key = [at.name, at.version, at.instanceId];
  if (found === null) {
    await database.query(
      'DELETE FROM plugin_hosts WHERE name = $1 AND version = $2 AND instance_id = $3',
      key,
    );
    return;
  }
  await database.query(
    `INSERT INTO plugin_hosts (name, version, instance_id, state, log)
     SELECT name, version, $3, $4, $5 FROM plugin_packages WHERE name = $1 AND version = $2 FOR KEY SHARE
     ON CONFLICT (name, version, instance_id) DO UPDATE SET state = excluded.state, log = excluded.log, at = clock_timestamp()`,
    [...key, found.state, found.log],
  );
}

/** Deletes what this host and those that are long gone have said. */
export async function forgetHost(database: Database, instanceId: string): Promise<void> {
  await database.query(
    `DELETE FROM plugin_hosts h WHERE instance_id = $1
       OR (at < clock_timestamp() - interval '1 day' AND NOT EXISTS (SELECT 1 FROM service_instances i WHERE i.id = h.instance_id))`,
    [instanceId],
  );
}
