import type { ConnectionState, WorkflowPlugin, WorkflowProblem } from '@tutti/contracts';
import type { CapabilityKnowledge } from '@tutti/workflow';
import { CONNECTIONS_WITH_STATE } from '../connections/connections.queries.js';
import { type Queryable, rowsOf } from '../database/rows.js';

interface BlockedConnection {
  name: string;
  plugin: string;
  state: Extract<ConnectionState, 'plugin-missing' | 'quarantined' | 'hosts-to-confirm' | 'sign-in-needed'>;
  capabilities: string[];
}

const WHY: Record<BlockedConnection['state'], string> = {
  'plugin-missing': 'its plugin is not loaded',
  quarantined: 'its plugin is in quarantine',
  'hosts-to-confirm': 'somebody has to confirm which hosts its plugin may call',
  'sign-in-needed': 'somebody has to sign in to it',
};

/** What keeps calls of a workflow from working today, each with where it is mended. */
export async function workflowProblems(
  database: Queryable,
  of: {
    workspaceId: string;
    capabilities: readonly string[];
    plugins: readonly WorkflowPlugin[];
    knowledge: CapabilityKnowledge;
  },
): Promise<WorkflowProblem[]> {
  const stopped = of.plugins.flatMap(({ name, problem }): WorkflowProblem[] =>
    problem === null ? [] : [{ kind: 'plugin', name, detail: problem }],
  );
  const blocked = await blockedConnections(database, of.workspaceId, of.capabilities);
  return [
    ...stopped,
    ...missingCapabilities(of.capabilities, of.knowledge),
    ...blocked
      .filter(({ plugin }) => !stopped.some(({ name }) => name === plugin))
      .map(({ name, state, capabilities }): WorkflowProblem => ({
        kind: 'connection',
        name,
        detail: `${WHY[state]}; calls of ${capabilities.join(', ')} over it fail`,
      })),
  ];
}

/** Those that no plugin offers, and those that no connection that is switched on has. */
function missingCapabilities(
  capabilities: readonly string[],
  knowledge: CapabilityKnowledge,
): WorkflowProblem[] {
  return capabilities.flatMap((name): WorkflowProblem[] => {
    const facts = knowledge.get(name);
    if (facts === undefined)
      return [{ kind: 'capability', name, detail: 'no plugin that is installed offers it' }];
    if (facts.connected || facts.plugins.length === 0) return [];
    const plugins = facts.plugins.join(', ');
    return [{ kind: 'capability', name, detail: `no connection that is switched on offers it: ${plugins}` }];
  });
}

/** The connections that these capabilities may go over, by the policies, and that wait for a person. */
function blockedConnections(
  database: Queryable,
  workspaceId: string,
  capabilities: readonly string[],
): Promise<BlockedConnection[]> {
  return rowsOf<BlockedConnection>(
    database,
    `SELECT name, plugin, state, json_agg(capability ORDER BY capability) AS capabilities
       FROM ${CONNECTIONS_WITH_STATE} CROSS JOIN LATERAL (
         SELECT DISTINCT c ->> 'name' AS capability
           FROM plugins p, json_array_elements(p.description::json -> 'capabilities') c
          WHERE p.name = connections.plugin AND c ->> 'name' = ANY ($2::text[])) offered
      WHERE workspace_id = $1 AND state = ANY ($3::text[]) AND NOT EXISTS (
        SELECT 1 FROM routing_policies r
         WHERE r.workspace_id = $1 AND r.active AND r.capability = offered.capability AND NOT EXISTS (
           SELECT 1 FROM json_array_elements(r.definition::json -> 'spec' -> 'candidates') d
            WHERE d ->> 'connection' = connections.name))
      GROUP BY name, plugin, state ORDER BY name`,
    [workspaceId, capabilities, Object.keys(WHY)],
  );
}
