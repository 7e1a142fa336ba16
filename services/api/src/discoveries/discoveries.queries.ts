import type { NamedCapability } from '@tutti/contracts';
import { type Queryable, rowOf, rowsOf } from '../database/rows.js';

/** What enabled connections of the workspace found and may be called for, with their plugins. */
export async function offeredByConnections(
  database: Queryable,
  workspaceId: string,
): Promise<{ plugin: string; capabilities: NamedCapability[] }[]> {
  const rows = await rowsOf<{ plugin: string; approved: string }>(
    database,
    `SELECT c.plugin, d.approved FROM connections c JOIN connection_discoveries d ON d.connection_id = c.id AND d.plugin = c.plugin
      WHERE c.workspace_id = $1 AND c.enabled AND d.approved IS NOT NULL ORDER BY c.name`,
    [workspaceId],
  );
  return rows.map(({ plugin, approved }) => ({
    plugin,
    capabilities: JSON.parse(approved) as NamedCapability[],
  }));
}

/** One that a connection found and that was approved. */
export async function approvedCapability(
  database: Queryable,
  of: { workspaceId: string; connection: string; capability: string },
): Promise<NamedCapability | undefined> {
  const row = await rowOf<{ approved: NamedCapability }>(
    database,
    `SELECT a AS approved FROM connections c JOIN connection_discoveries d ON d.connection_id = c.id AND d.plugin = c.plugin,
        json_array_elements(d.approved::json) a
      WHERE c.workspace_id = $1 AND c.name = $2 AND a ->> 'capability' = $3`,
    [of.workspaceId, of.connection, of.capability],
  );
  return row?.approved;
}

/** The output schema of a capability that a connection of the run's workspace found; null: there is none. */
export async function foundOutput(
  database: Queryable,
  runId: string,
  capability: string,
): Promise<Record<string, unknown> | null> {
  const row = await rowOf<{ output: Record<string, unknown> | null }>(
    database,
    `SELECT a -> 'output' AS output FROM connections c JOIN connection_discoveries d ON d.connection_id = c.id,
        json_array_elements(d.approved::json) a
      WHERE c.workspace_id = (SELECT workspace_id FROM runs WHERE id = $1) AND a ->> 'capability' = $2 ORDER BY c.name LIMIT 1`,
    [runId, capability],
  );
  return row?.output ?? null;
}

/** Connections whose other side has something else now than what was approved. */
export function changedConnections(database: Queryable): Promise<{ name: string; refused: number }[]> {
  return rowsOf(
    database,
    `SELECT c.name, json_array_length(d.refused::json) AS refused FROM connections c
       JOIN connection_discoveries d ON d.connection_id = c.id AND d.plugin = c.plugin
      WHERE c.enabled AND d.approved_hash <> d.found_hash ORDER BY c.name`,
  );
}
