import type { PluginDescription, WorkflowIdentity } from '@tutti/contracts';
import type { ConnectionInfo, RunDefinition, Versions } from '@tutti/engine';
import { compilePolicy, type RoutingPolicyDocument } from '@tutti/routing';
import { compileWorkflow, type WorkflowDocument } from '@tutti/workflow';
import { type Queryable, rowsOf } from '../database/rows.js';
import { findDefinition } from '../workflows/workflows.queries.js';

type Routing = Pick<RunDefinition, 'policies' | 'connections'>;

/** What the engine needs to know beside the state of a run, as an orchestrator would read it now. */
export async function runDefinition(
  database: Queryable,
  workspaceId: string,
  identity: WorkflowIdentity,
): Promise<RunDefinition> {
  const text = await findDefinition(database, workspaceId, identity.versionId);
  if (text === undefined)
    throw new Error(`The workflow version ${identity.versionId} is not in the database.`);
  const workflow = compileWorkflow(JSON.parse(text) as WorkflowDocument);
  return { workflow, identity, ...(await routingOf(database, workspaceId)) };
}

/** The definitions of several versions by their ids, for the replay of a run that was migrated. */
export async function runDefinitions(
  database: Queryable,
  workspaceId: string,
  identities: readonly WorkflowIdentity[],
): Promise<Versions> {
  const versions = new Map<string, RunDefinition>();
  for (const identity of identities)
    if (!versions.has(identity.versionId))
      versions.set(identity.versionId, await runDefinition(database, workspaceId, identity));
  return versions;
}

async function routingOf(database: Queryable, workspaceId: string): Promise<Routing> {
  const policies = await rowsOf<{ capability: string; definition: string }>(
    database,
    'SELECT capability, definition FROM routing_policies WHERE workspace_id = $1 AND active',
    [workspaceId],
  );
  const connections = await rowsOf<{ name: string; plugin: string; version: string; description: string }>(
    database,
    `SELECT c.name, c.plugin, p.version, p.description
     FROM connections c JOIN plugins p ON p.name = c.plugin AND p.state = 'loaded'
     WHERE c.workspace_id = $1 AND c.enabled ORDER BY c.name, p.registered_at`,
    [workspaceId],
  );
  return {
    policies: new Map(
      policies.map(({ capability, definition }) => [
        capability,
        compilePolicy(JSON.parse(definition) as RoutingPolicyDocument),
      ]),
    ),
    // Several versions of one plugin may be registered; the one registered last serves.
    connections: [...new Map(connections.map((row) => [row.name, connectionInfo(row)])).values()],
  };
}

function connectionInfo(row: {
  name: string;
  plugin: string;
  version: string;
  description: string;
}): ConnectionInfo {
  const { capabilities } = JSON.parse(row.description) as PluginDescription;
  return {
    name: row.name,
    plugin: row.plugin,
    pluginVersion: row.version,
    capabilities: Object.fromEntries(
      capabilities.map(({ name, effect, reconciles }) => [name, { effect, reconciles }]),
    ),
  };
}
