import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

export interface TriggerRow {
  id: string;
  workspaceId: string;
  name: string;
  kind: 'kafka' | 'cloudevents' | 'plugin';
  namespace: string;
  workflow: string;
  contentHash: string;
  source: string;
  definition: string;
  enabled: boolean;
  revision: number;
  positions: string | null;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
}

const COLUMNS = `id, workspace_id AS "workspaceId", name, kind, namespace, workflow, content_hash AS "contentHash", source, definition,
  enabled, revision, positions, created_by AS "createdBy",
  ${instant('created_at')} AS "createdAt", ${instant('updated_at')} AS "updatedAt"`;

export function listTriggers(
  database: Queryable,
  at: { workspaceId: string; after: string | null; limit: number },
): Promise<TriggerRow[]> {
  return rowsOf<TriggerRow>(
    database,
    `SELECT ${COLUMNS} FROM triggers WHERE workspace_id = $1 AND ($2::text IS NULL OR name > $2) ORDER BY name LIMIT $3`,
    [at.workspaceId, at.after, at.limit],
  );
}

/** What all processes of the API work on: the enabled triggers of all workspaces. */
export function listEnabledTriggers(database: Queryable): Promise<TriggerRow[]> {
  return rowsOf<TriggerRow>(database, `SELECT ${COLUMNS} FROM triggers WHERE enabled ORDER BY id`);
}

export function findTrigger(
  database: Queryable,
  workspaceId: string,
  name: string,
): Promise<TriggerRow | undefined> {
  return rowOf<TriggerRow>(
    database,
    `SELECT ${COLUMNS} FROM triggers WHERE workspace_id = $1 AND name = $2`,
    [workspaceId, name],
  );
}

export function findTriggerById(database: Queryable, id: string): Promise<TriggerRow | undefined> {
  return rowOf<TriggerRow>(database, `SELECT ${COLUMNS} FROM triggers WHERE id = $1`, [id]);
}

/** Changes of one trigger come one after the other. */
export async function lockTrigger(database: Queryable, workspaceId: string, name: string): Promise<void> {
  await database.query(`SELECT pg_advisory_xact_lock(hashtext('tutti.triggers'), hashtext($1))`, [
    `${workspaceId} ${name}`,
  ]);
}

export type StoredTrigger = Pick<
  TriggerRow,
  | 'id'
  | 'workspaceId'
  | 'name'
  | 'kind'
  | 'namespace'
  | 'workflow'
  | 'contentHash'
  | 'source'
  | 'definition'
  | 'createdBy'
>;

/** `sameSource`: it goes on where it was; else the place to begin at is looked up anew. */
export async function upsertTrigger(
  database: Queryable,
  trigger: StoredTrigger,
  sameSource: boolean,
): Promise<void> {
  await database.query(
    `INSERT INTO triggers AS t (id, workspace_id, name, kind, namespace, workflow, content_hash, source, definition, created_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (workspace_id, name) DO UPDATE SET kind = excluded.kind, namespace = excluded.namespace,
      workflow = excluded.workflow, content_hash = excluded.content_hash, source = excluded.source,
      definition = excluded.definition, revision = t.revision + 1, updated_at = clock_timestamp(),
      positions = CASE WHEN $11 THEN t.positions END`,
    [
      trigger.id,
      trigger.workspaceId,
      trigger.name,
      trigger.kind,
      trigger.namespace,
      trigger.workflow,
      trigger.contentHash,
      trigger.source,
      trigger.definition,
      trigger.createdBy,
      sameSource,
    ],
  );
}

export async function enableTrigger(database: Queryable, id: string, enabled: boolean): Promise<void> {
  await database.query('UPDATE triggers SET enabled = $2, updated_at = clock_timestamp() WHERE id = $1', [
    id,
    enabled,
  ]);
}

export async function deleteTrigger(database: Queryable, id: string): Promise<void> {
  await database.query('DELETE FROM trigger_activity WHERE trigger_id = $1', [id]);
  await database.query('DELETE FROM triggers WHERE id = $1', [id]);
}

/** Keeps where a new trigger begins to read, unless another process kept it before; answers what is kept. */
export async function keepPositions(
  database: Queryable,
  at: { id: string; revision: number; positions: string },
): Promise<string | null> {
  await database.query(
    'UPDATE triggers SET positions = $3 WHERE id = $1 AND revision = $2 AND positions IS NULL',
    [at.id, at.revision, at.positions],
  );
  const row = await rowOf<{ positions: string | null }>(
    database,
    'SELECT positions FROM triggers WHERE id = $1',
    [at.id],
  );
  return row?.positions ?? null;
}
