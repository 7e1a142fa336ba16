import type { PluginDescription } from '@tutti/contracts';
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
