import type { PluginDescription, PluginLog, PluginLogLine } from '@tutti/contracts';
import { type Queryable, rowsOf } from '../database/rows.js';

export interface PluginRow {
  name: string;
  version: string;
  contract: number;
  description: string;
  state: 'loaded' | 'failed' | 'inactive' | 'quarantined';
  error: string | null;
  guards: string | null;
}

/** All registered plugins, or one by name; the version registered last first. */
export function listPlugins(database: Queryable, name: string | null = null): Promise<PluginRow[]> {
  return rowsOf<PluginRow>(
    database,
    `SELECT name, version, contract, description, state, error, guards FROM plugins
    WHERE $1::text IS NULL OR name = $1 ORDER BY name, registered_at DESC`,
    [name],
  );
}

/**
 * Lets the versions of a plugin out of the quarantine; answers how many were in one. Of those that were
 * installed only the active one serves new workflows again.
 */
export async function releasePlugin(database: Queryable, name: string): Promise<number> {
  const rows = await rowsOf<{ version: string }>(
    database,
    `WITH released AS (
       UPDATE plugins p SET error = NULL, state = CASE WHEN EXISTS (SELECT 1 FROM plugin_packages k
         WHERE k.name = p.name AND k.version = p.version AND k.state <> 'active') THEN 'inactive' ELSE 'loaded' END
        WHERE name = $1 AND state = 'quarantined' RETURNING version)
     SELECT version FROM released`,
    [name],
  );
  return rows.length;
}

/** What a plugin says about itself; a plugin that failed to load may have said nothing. */
export function descriptionOf(row: PluginRow): PluginDescription {
  const given = JSON.parse(row.description) as Partial<PluginDescription>;
  return {
    kind: 'util',
    settings: {},
    capabilities: [],
    database: false,
    ...given,
    name: row.name,
    version: row.version,
    contract: row.contract,
  };
}

interface LogRow {
  version: string;
  instance: string;
  lines: string;
}

/**
 * The last lines of a plugin, the oldest first: those of the workspace, and those about the plugin itself.
 * What it said outside of calls may be of any workspace: it is shown where there is one only.
 */
export async function pluginLog(
  database: Queryable,
  of: { workspaceId: string; name: string; version: string | null },
): Promise<PluginLog['items']> {
  const rows = await rowsOf<LogRow>(
    database,
    `SELECT version, instance_id AS instance, lines FROM plugin_logs
      WHERE name = $1 AND ($2::text IS NULL OR version = $2) ORDER BY at DESC LIMIT ${LOGS_MAX}`,
    [of.name, of.version],
  );
  const [others] = await rowsOf<{ count: number }>(database, 'SELECT count(*)::int FROM workspaces');
  const readable = new Set([null, of.workspaceId, ...(others?.count === 1 ? ['*'] : [])]);
  return rows
    .flatMap(({ version, instance, lines }) =>
      (JSON.parse(lines) as PluginLogLine[])
        .filter((line) => readable.has(line.workspaceId))
        .map(({ at, level, text }) => ({ at, level, text, version, instance })),
    )
    .sort((one, other) => (one.at < other.at ? -1 : 1));
}

/** Versions and hosts whose logs are shown together; each has a few hundred lines. */
const LOGS_MAX = 10;
