import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

export interface ConnectionRow {
  id: string;
  name: string;
  plugin: string;
  settings: string;
  secrets: Buffer | null;
  enabled: boolean;
  /** JSON of ConnectionLimits. */
  limits: string | null;
  health: 'ok' | 'failing' | 'unknown';
  healthDetail: string | null;
  checkedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

const COLUMNS = `id, name, plugin, settings, secrets, enabled, limits, health, health_detail AS "healthDetail",
  ${instant('checked_at')} AS "checkedAt",
  ${instant('created_at')} AS "createdAt", ${instant('updated_at')} AS "updatedAt"`;

export function listConnections(
  database: Queryable,
  at: { workspaceId: string; after: string | null; limit: number },
): Promise<ConnectionRow[]> {
  return rowsOf<ConnectionRow>(
    database,
    `SELECT ${COLUMNS} FROM connections WHERE workspace_id = $1 AND ($2::text IS NULL OR name > $2)
    ORDER BY name LIMIT $3`,
    [at.workspaceId, at.after, at.limit],
  );
}

export function findConnection(
  database: Queryable,
  workspaceId: string,
  name: string,
): Promise<ConnectionRow | undefined> {
  return rowOf<ConnectionRow>(
    database,
    `SELECT ${COLUMNS} FROM connections WHERE workspace_id = $1 AND name = $2`,
    [workspaceId, name],
  );
}

/**
 * Two writers of one connection go one after the other, so that a kept secret is the one that the other has
 * just written.
 */
export async function lockConnection(database: Queryable, workspaceId: string, name: string): Promise<void> {
  await database.query(`SELECT pg_advisory_xact_lock(hashtext('tutti.connections'), hashtext($1))`, [
    `${workspaceId}/${name}`,
  ]);
}

export interface ConnectionChange {
  id: string;
  workspaceId: string;
  name: string;
  plugin: string;
  settings: string;
  secrets: Buffer | null;
  enabled: boolean;
  limits: string | null;
}

/** A changed connection has to prove itself again, so its health is unknown. */
export async function upsertConnection(database: Queryable, change: ConnectionChange): Promise<void> {
  await database.query(
    `
    INSERT INTO connections (id, workspace_id, name, plugin, settings, secrets, enabled, limits)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (workspace_id, name) DO UPDATE SET plugin = excluded.plugin, settings = excluded.settings,
      secrets = excluded.secrets, enabled = excluded.enabled, limits = excluded.limits,
      health = 'unknown', health_detail = NULL, checked_at = NULL, revision = connections.revision + 1,
      updated_at = clock_timestamp()`,
    [
      change.id,
      change.workspaceId,
      change.name,
      change.plugin,
      change.settings,
      change.secrets,
      change.enabled,
      change.limits,
    ],
  );
}

export async function deleteConnection(
  database: Queryable,
  workspaceId: string,
  name: string,
): Promise<boolean> {
  const rows = await rowsOf<{ id: string }>(
    database,
    'DELETE FROM connections WHERE workspace_id = $1 AND name = $2 RETURNING id',
    [workspaceId, name],
  );
  return rows.length === 1;
}

export async function recordHealth(
  database: Queryable,
  at: { workspaceId: string; name: string; ok: boolean; detail: string },
): Promise<void> {
  await database.query(
    `UPDATE connections SET health = $3, health_detail = $4, checked_at = clock_timestamp() WHERE workspace_id = $1 AND name = $2`,
    [at.workspaceId, at.name, at.ok ? 'ok' : 'failing', at.detail],
  );
}

/** Calls of the newest runs of the last day, for a process that has just started and saw none of them. */
export function recentCallEntries(
  database: Queryable,
  rowsMax: number,
): Promise<{ workspaceId: string; entries: string }[]> {
  return rowsOf(
    database,
    `
    SELECT r.workspace_id AS "workspaceId", j.entries FROM (
      SELECT run_id, entries FROM journal WHERE day >= (clock_timestamp() AT TIME ZONE 'UTC')::date - 1
         AND at > clock_timestamp() - interval '24 hours'
         AND position('"call.settled"' IN entries) > 0
       ORDER BY run_id DESC LIMIT $1) j JOIN runs r ON r.id = j.run_id`,
    [rowsMax],
  );
}
