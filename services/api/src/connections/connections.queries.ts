import { type ConnectionCheck, type ConnectionState, uuidv7 } from '@tutti/contracts';
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
  owner: string | null;
  environment: string | null;
  state: ConnectionState;
  health: 'ok' | 'failing' | 'unknown';
  healthDetail: string | null;
  checkedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

const COLUMNS = `id, name, plugin, settings, secrets, enabled, limits, owner, environment, state, health,
  health_detail AS "healthDetail", ${instant('checked_at')} AS "checkedAt",
  ${instant('created_at')} AS "createdAt", ${instant('updated_at')} AS "updatedAt"`;

/**
 * Connections with their states: of a plugin counts the version that is loaded, else the one that was
 * registered last. Hosts that are confirmed whatever they are, as '*'.
 */
export const CONNECTIONS_WITH_STATE = `(
  SELECT c.*, CASE
    WHEN NOT c.enabled THEN 'off'
    WHEN p.state = 'quarantined' THEN 'quarantined'
    WHEN p.state IS DISTINCT FROM 'loaded' THEN 'plugin-missing'
    WHEN h.confirmed IS DISTINCT FROM '*' AND NOT h.asked::jsonb <@ coalesce(h.confirmed, '[]')::jsonb
      THEN 'hosts-to-confirm'
    WHEN p.description::json ->> 'signIn' = 'authorization_code' AND t.state IS DISTINCT FROM 'signed-in'
      THEN 'sign-in-needed'
    ELSE c.health END AS state
  FROM connections c
    LEFT JOIN LATERAL (SELECT state, description FROM plugins WHERE name = c.plugin
      ORDER BY state = 'loaded' DESC, registered_at DESC LIMIT 1) p ON true
    LEFT JOIN connection_hosts h ON h.connection_id = c.id AND h.plugin = c.plugin
    LEFT JOIN connection_tokens t ON t.workspace_id = c.workspace_id AND t.connection = c.name) AS connections`;

export interface ConnectionFilter {
  plugin?: string | undefined;
  environment?: string | undefined;
  state?: ConnectionState | undefined;
}

export function listConnections(
  database: Queryable,
  at: { workspaceId: string; after: string | null; limit: number } & ConnectionFilter,
): Promise<ConnectionRow[]> {
  const { workspaceId, after, limit, plugin = null, environment = null, state = null } = at;
  return rowsOf<ConnectionRow>(
    database,
    `SELECT ${COLUMNS} FROM ${CONNECTIONS_WITH_STATE} WHERE workspace_id = $1 AND ($2::text IS NULL OR name > $2)
      AND ($4::text IS NULL OR plugin = $4) AND ($5::text IS NULL OR environment = $5) AND ($6::text IS NULL OR state = $6)
    ORDER BY name LIMIT $3`,
    [workspaceId, after, limit, plugin, environment, state],
  );
}

export function findConnection(
  database: Queryable,
  workspaceId: string,
  name: string,
): Promise<ConnectionRow | undefined> {
  return rowOf<ConnectionRow>(
    database,
    `SELECT ${COLUMNS} FROM ${CONNECTIONS_WITH_STATE} WHERE workspace_id = $1 AND name = $2`,
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
  owner: string | null;
  environment: string | null;
}

/** A changed connection has to prove itself again, so its health is unknown. */
export async function upsertConnection(database: Queryable, change: ConnectionChange): Promise<void> {
  await database.query(
    `
    INSERT INTO connections (id, workspace_id, name, plugin, settings, secrets, enabled, limits,
      owner, environment)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (workspace_id, name) DO UPDATE SET plugin = excluded.plugin, settings = excluded.settings,
      secrets = excluded.secrets, enabled = excluded.enabled, limits = excluded.limits,
      owner = excluded.owner, environment = excluded.environment, health = 'unknown', health_detail = NULL,
      checked_at = NULL, revision = connections.revision + 1,
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
      change.owner,
      change.environment,
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

export interface EndedCheck {
  workspaceId: string;
  name: string;
  by: string;
  ok: boolean;
  detail: string;
  durationMs: number;
}

const CHECKS_MAX = 20;

/** How a test ended: the connection's health, and one more of its last tests. */
export async function recordCheck(database: Queryable, check: EndedCheck): Promise<void> {
  const { workspaceId, name, by, ok, detail, durationMs } = check;
  await database.query(
    `UPDATE connections SET health = $3, health_detail = $4, checked_at = clock_timestamp() WHERE workspace_id = $1 AND name = $2`,
    [workspaceId, name, ok ? 'ok' : 'failing', detail],
  );
  await database.query(
    `INSERT INTO connection_checks (workspace_id, connection, id, by, ok, detail, duration_ms)
     SELECT workspace_id, name, $3, $4, $5, $6, $7 FROM connections WHERE workspace_id = $1 AND name = $2 FOR KEY SHARE`,
    [workspaceId, name, uuidv7(), by, ok, detail, durationMs],
  );
  await database.query(
    `DELETE FROM connection_checks WHERE workspace_id = $1 AND connection = $2 AND id < (
       SELECT min(id::text)::uuid FROM (SELECT id FROM connection_checks WHERE workspace_id = $1 AND connection = $2
         ORDER BY id DESC LIMIT ${CHECKS_MAX}) kept)`,
    [workspaceId, name],
  );
}

/** The last tests, the newest first. */
export function lastChecks(
  database: Queryable,
  workspaceId: string,
  name: string,
): Promise<ConnectionCheck[]> {
  return rowsOf<ConnectionCheck>(
    database,
    `SELECT ${instant('at')} AS at, by, ok, detail, duration_ms AS "durationMs" FROM connection_checks
      WHERE workspace_id = $1 AND connection = $2 ORDER BY id DESC LIMIT ${CHECKS_MAX}`,
    [workspaceId, name],
  );
}
