import type { PluginHost, PluginSource, PluginState, PluginUser } from '@tutti/contracts';
import { INSTANCE_ALIVE } from '@tutti/store';
import { instant, type Queryable, rowOf, rowsOf } from '../database/rows.js';

export interface PackageRow {
  name: string;
  version: string;
  packageName: string;
  integrity: string;
  bytes: number;
  /** PluginSource in JSON. */
  source: string;
  state: PluginState;
  summary: string | null;
  /** PluginDescription in JSON. */
  description: string | null;
  log: string | null;
  revision: number;
  requestedBy: string;
  requestedAt: string;
  approvedBy: string | null;
  activatedAt: string | null;
}

const COLUMNS = `name, version, package_name AS "packageName", integrity, octet_length(tarball) AS bytes, source, state, summary,
  description, revision, requested_by AS "requestedBy", ${instant('requested_at')} AS "requestedAt", approved_by AS "approvedBy",
  ${instant('activated_at')} AS "activatedAt", coalesce(log, (SELECT p.error FROM plugins p WHERE p.state = 'quarantined'
    AND p.name = plugin_packages.name AND p.version = plugin_packages.version)) AS log`;

/** Holds all versions of one plugin until the transaction ends. */
export async function lockPlugin(database: Queryable, name: string): Promise<void> {
  await database.query(`SELECT pg_advisory_xact_lock(hashtext('tutti.plugin'), hashtext($1))`, [name]);
}

/** The versions of one plugin or of all, the newest first. */
export function listPackages(database: Queryable, name: string | null): Promise<PackageRow[]> {
  return rowsOf<PackageRow>(
    database,
    `SELECT ${COLUMNS} FROM plugin_packages WHERE $1::text IS NULL OR name = $1 ORDER BY name, requested_at DESC`,
    [name],
  );
}

export function findPackage(
  database: Queryable,
  name: string,
  version: string,
): Promise<PackageRow | undefined> {
  return rowOf<PackageRow>(
    database,
    `SELECT ${COLUMNS} FROM plugin_packages WHERE name = $1 AND version = $2`,
    [name, version],
  );
}

export async function tarballOf(database: Queryable, name: string, version: string): Promise<Buffer | null> {
  const row = await rowOf<{ tarball: Buffer }>(
    database,
    'SELECT tarball FROM plugin_packages WHERE name = $1 AND version = $2',
    [name, version],
  );
  return row?.tarball ?? null;
}

export interface NewPackage {
  name: string;
  version: string;
  packageName: string;
  integrity: string;
  tarball: Buffer;
  source: PluginSource;
  summary: string | null;
  requestedBy: string;
}

export async function insertPackage(database: Queryable, made: NewPackage): Promise<void> {
  await database.query(
    `INSERT INTO plugin_packages (name, version, package_name, integrity, tarball, source, state, summary, requested_by)
     VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8)`,
    [
      made.name,
      made.version,
      made.packageName,
      made.integrity,
      made.tarball,
      JSON.stringify(made.source),
      made.summary,
      made.requestedBy,
    ],
  );
}

/** A plugin of the hub itself, found in a folder. */
export async function isBundled(database: Queryable, name: string): Promise<boolean> {
  const row = await rowOf(
    database,
    `SELECT 1 FROM plugins p WHERE name = $1 AND state <> 'failed'
       AND NOT EXISTS (SELECT 1 FROM plugin_packages k WHERE k.name = p.name AND k.version = p.version)`,
    [name],
  );
  return row !== undefined;
}

/** Which living connector hosts have which versions, and how. */
export function hostsOf(
  database: Queryable,
  name: string | null,
): Promise<(PluginHost & { name: string; version: string })[]> {
  return rowsOf(
    database,
    `SELECT h.name, h.version, h.instance_id AS instance, h.state, h.log, ${instant('h.at')} AS at
       FROM plugin_hosts h JOIN service_instances i ON i.id = h.instance_id AND ${INSTANCE_ALIVE}
      WHERE $1::text IS NULL OR h.name = $1 ORDER BY h.at DESC, h.instance_id`,
    [name],
  );
}

/** Workflow versions of all workspaces that a plugin version serves and that may still run. */
export function usersOf(database: Queryable, name: string, version: string): Promise<PluginUser[]> {
  return rowsOf<PluginUser>(
    database,
    `SELECT * FROM (
       SELECT w.namespace || '/' || w.name AS workflow, v.version, v.id IN (w.current_version_id, w.canary_version_id) AS published,
         (SELECT count(*)::int FROM runs r WHERE r.workflow_version_id = v.id
           AND r.status IN ('pending', 'running', 'waiting', 'suspended')) AS runs
         FROM workflow_plugins u JOIN workflow_versions v ON v.id = u.workflow_version_id JOIN workflows w ON w.id = v.workflow_id
        WHERE u.plugin = $1 AND u.version = $2) AS users
     WHERE published IS TRUE OR runs > 0 ORDER BY workflow, version`,
    [name, version],
  );
}

/** Makes a version the active one: `plugins` has it as loaded, and the others as there but not used anew. */
export async function activate(
  database: Queryable,
  at: { name: string; version: string; by: string; former: 'inactive' | 'withdrawn' },
): Promise<void> {
  await database.query(
    `UPDATE plugin_packages SET state = $2, revision = revision + 1 WHERE name = $1 AND state = 'active'`,
    [at.name, at.former],
  );
  await database.query(
    `UPDATE plugin_packages SET state = 'active', revision = revision + 1, approved_by = $3, activated_at = clock_timestamp()
      WHERE name = $1 AND version = $2`,
    [at.name, at.version, at.by],
  );
  await database.query(
    `INSERT INTO plugins (name, version, contract, description, origin, state)
     SELECT name, version, (description::json ->> 'contract')::int, description, package_name, 'loaded'
       FROM plugin_packages WHERE name = $1 AND version = $2
     ON CONFLICT (name, version) DO UPDATE SET contract = excluded.contract, description = excluded.description,
       origin = excluded.origin, state = 'loaded', error = NULL, registered_at = clock_timestamp()`,
    [at.name, at.version],
  );
  await database.query(
    `UPDATE plugins SET state = 'inactive' WHERE name = $1 AND version <> $2 AND state = 'loaded'`,
    [at.name, at.version],
  );
}

/** Workflow versions that were applied with other versions of the plugin go on with this one. */
export async function moveWorkflows(database: Queryable, name: string, version: string): Promise<void> {
  await database.query('UPDATE workflow_plugins SET version = $2 WHERE plugin = $1 AND version <> $2', [
    name,
    version,
  ]);
}

/**
 * The version that a roll-back goes to: of those that were active before and are still there, the one that
 * was so last.
 */
export function formerVersion(database: Queryable, name: string): Promise<{ version: string } | undefined> {
  return rowOf(
    database,
    `SELECT version FROM plugin_packages WHERE name = $1 AND state = 'inactive' AND activated_at IS NOT NULL
      ORDER BY activated_at DESC LIMIT 1`,
    [name],
  );
}

export async function deletePackage(database: Queryable, name: string, version: string): Promise<void> {
  await database.query('DELETE FROM plugin_packages WHERE name = $1 AND version = $2', [name, version]);
  await database.query('DELETE FROM workflow_plugins WHERE plugin = $1 AND version = $2', [name, version]);
  await database.query('DELETE FROM plugin_logs WHERE name = $1 AND version = $2', [name, version]);
  await database.query(
    `UPDATE plugins SET state = 'failed', error = 'It was removed.' WHERE name = $1 AND version = $2`,
    [name, version],
  );
}

/** Connections of all workspaces that are made of a plugin. */
export async function connectionsOf(database: Queryable, name: string): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    database,
    'SELECT DISTINCT name FROM connections WHERE plugin = $1 ORDER BY name',
    [name],
  );
  return rows.map((row) => row.name);
}

/** A version that could not be read is to be read again. */
export async function readAgain(database: Queryable, name: string, version: string): Promise<void> {
  await database.query(
    `UPDATE plugin_packages SET state = 'waiting', log = NULL, revision = revision + 1 WHERE name = $1 AND version = $2`,
    [name, version],
  );
}
