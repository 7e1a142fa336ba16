import type { ConnectionUsers } from '@tutti/contracts';
import { capabilitiesOf, type WorkflowDocument } from '@tutti/workflow';
import { type Queryable, rowsOf } from '../database/rows.js';

/** Who uses a connection, or may: what its removal would touch. */
export async function usersOf(
  database: Queryable,
  of: { workspaceId: string; name: string; capabilities: readonly string[] },
): Promise<ConnectionUsers> {
  const [policies, triggers, workflows] = await Promise.all([
    policiesOf(database, of),
    triggersOf(database, of),
    workflowsOf(database, of.workspaceId),
  ]);
  const kept = new Set(policies.filter(({ chooses }) => !chooses).map(({ capability }) => capability));
  const served = new Set(of.capabilities.filter((capability) => !kept.has(capability)));
  return {
    policies: policies.filter(({ chooses }) => chooses).map(({ name, capability }) => ({ name, capability })),
    workflows: workflows.flatMap(({ namespace, name, definition }) => {
      const called = capabilitiesOf(JSON.parse(definition) as WorkflowDocument);
      const capabilities = called.filter((capability) => served.has(capability));
      return capabilities.length > 0 ? [{ namespace, name, capabilities }] : [];
    }),
    triggers,
  };
}

interface PolicyOfCapability {
  name: string;
  capability: string;
  /** Whether it may choose the connection. */
  chooses: boolean;
}

/** The active policies of what the connection can do; without one, every connection may be chosen. */
function policiesOf(
  database: Queryable,
  { workspaceId, name, capabilities }: { workspaceId: string; name: string; capabilities: readonly string[] },
): Promise<PolicyOfCapability[]> {
  return rowsOf<PolicyOfCapability>(
    database,
    `SELECT name, capability, EXISTS (
         SELECT 1 FROM json_array_elements(definition::json -> 'spec' -> 'candidates') c
          WHERE c ->> 'connection' = $2) AS chooses
       FROM routing_policies
      WHERE workspace_id = $1 AND active AND capability = ANY ($3::text[]) ORDER BY name`,
    [workspaceId, name, capabilities],
  );
}

async function triggersOf(
  database: Queryable,
  { workspaceId, name }: { workspaceId: string; name: string },
): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    database,
    `SELECT name FROM triggers CROSS JOIN LATERAL (SELECT definition::json -> 'spec' AS spec) d
      WHERE workspace_id = $1
        AND $2 IN (spec -> 'plugin' ->> 'connection', spec -> 'kafka' ->> 'connection') ORDER BY name`,
    [workspaceId, name],
  );
  return rows.map((row) => row.name);
}

const WORKFLOWS_MAX = 1_000;

function workflowsOf(
  database: Queryable,
  workspaceId: string,
): Promise<{ namespace: string; name: string; definition: string }[]> {
  return rowsOf(
    database,
    `SELECT w.namespace, w.name, v.definition FROM workflows w JOIN workflow_versions v ON v.id = w.current_version_id
      WHERE w.workspace_id = $1 ORDER BY w.namespace, w.name LIMIT ${WORKFLOWS_MAX}`,
    [workspaceId],
  );
}
