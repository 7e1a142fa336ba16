import { type Queryable, instant, rowOf, rowsOf } from '../database/rows.js';

export interface PolicyRow {
  id: string;
  name: string;
  capability: string;
  version: number;
  contentHash: string;
  source: string;
  definition: string;
  active: boolean;
  createdBy: string;
  createdAt: string;
}

const COLUMNS = `id, name, capability, version, content_hash AS "contentHash", source, definition, active, created_by AS "createdBy",
  ${instant('created_at')} AS "createdAt"`;

/** Policies by name, as the version that serves; with `all` those without one too, as their newest. */
export function listPolicies(
  database: Queryable,
  at: { workspaceId: string; all: boolean; after: string | null; limit: number },
): Promise<PolicyRow[]> {
  return rowsOf<PolicyRow>(
    database,
    `SELECT DISTINCT ON (name) ${COLUMNS} FROM routing_policies
    WHERE workspace_id = $1 AND (active OR $4) AND ($2::text IS NULL OR name > $2)
    ORDER BY name, active DESC, version DESC LIMIT $3`,
    [at.workspaceId, at.after, at.limit, at.all],
  );
}

/** The versions of one policy, newest first. */
export function listPolicyVersions(
  database: Queryable,
  workspaceId: string,
  name: string,
): Promise<PolicyRow[]> {
  return rowsOf<PolicyRow>(
    database,
    `SELECT ${COLUMNS} FROM routing_policies WHERE workspace_id = $1 AND name = $2 ORDER BY version DESC LIMIT 200`,
    [workspaceId, name],
  );
}

/**
 * Policies of a workspace change one after the other: version numbers and the one active policy a
 * capability depend on it.
 */
export async function lockPolicies(database: Queryable, workspaceId: string): Promise<void> {
  await database.query(`SELECT pg_advisory_xact_lock(hashtext('tutti.policies'), hashtext($1))`, [
    workspaceId,
  ]);
}

export function findActiveFor(
  database: Queryable,
  workspaceId: string,
  capability: string,
): Promise<PolicyRow | undefined> {
  return rowOf<PolicyRow>(
    database,
    `SELECT ${COLUMNS} FROM routing_policies WHERE workspace_id = $1 AND capability = $2 AND active`,
    [workspaceId, capability],
  );
}

export function findPolicyVersion(
  database: Queryable,
  at: { workspaceId: string; name: string; version: number },
): Promise<PolicyRow | undefined> {
  return rowOf<PolicyRow>(
    database,
    `SELECT ${COLUMNS} FROM routing_policies WHERE workspace_id = $1 AND name = $2 AND version = $3`,
    [at.workspaceId, at.name, at.version],
  );
}

/** Takes the active mark from all versions of a policy and from whatever serves the capability. */
export async function deactivate(
  database: Queryable,
  at: { workspaceId: string; name: string; capability: string },
): Promise<void> {
  await database.query(
    'UPDATE routing_policies SET active = false WHERE workspace_id = $1 AND active AND (name = $2 OR capability = $3)',
    [at.workspaceId, at.name, at.capability],
  );
}

export type NewPolicy = Omit<PolicyRow, 'active' | 'createdAt'> & { workspaceId: string };

export async function insertPolicy(database: Queryable, policy: NewPolicy): Promise<void> {
  await database.query(
    `
    INSERT INTO routing_policies (id, workspace_id, name, capability, version, content_hash, source, definition, active, created_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true, $9)`,
    [
      policy.id,
      policy.workspaceId,
      policy.name,
      policy.capability,
      policy.version,
      policy.contentHash,
      policy.source,
      policy.definition,
      policy.createdBy,
    ],
  );
}
