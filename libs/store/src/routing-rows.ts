/** Policies and connections of a workspace as they are stored, for `compileRouting`. */
export interface StoredRouting {
  policies: { capability: string; definition: string }[];
  /** `offers`: JSON of the names and effects of capabilities that the connection found; null: none. */
  connections: {
    name: string;
    plugin: string;
    version: string;
    description: string;
    offers: string | null;
  }[];
}

interface Database {
  query(sql: string, parameters: unknown[]): Promise<unknown>;
}

/**
 * The active policies and the enabled connections of a workspace. `database`: what answers with rows. For a
 * workflow version that was applied with versions of plugins which are still there, but serve no new ones,
 * the connections have these.
 */
export async function readRouting(
  database: Database,
  workspaceId: string,
  workflowVersionId: string | null = null,
): Promise<StoredRouting> {
  const policies = (await database.query(
    'SELECT capability, definition FROM routing_policies WHERE workspace_id = $1 AND active',
    [workspaceId],
  )) as StoredRouting['policies'];
  const connections = (await database.query(
    `SELECT c.name, c.plugin, p.version, p.description, d.offers FROM connections c JOIN plugins p ON p.name = c.plugin
       LEFT JOIN connection_discoveries d ON d.connection_id = c.id AND d.plugin = c.plugin
       LEFT JOIN (workflow_plugins w JOIN ${FORMER}) ON w.workflow_version_id = $2 AND w.plugin = p.name AND w.version = p.version
     WHERE c.workspace_id = $1 AND c.enabled AND (p.state = 'loaded' OR w.plugin IS NOT NULL)
     ORDER BY c.name, w.plugin IS NOT NULL, p.registered_at`,
    [workspaceId, workflowVersionId],
  )) as StoredRouting['connections'];
  return { policies, connections };
}

/** Versions of plugins that serve what was applied with them, and nothing new. */
const FORMER = `plugin_packages k ON k.name = w.plugin AND k.version = w.version AND k.state = 'inactive'`;

/** Whether a workflow version was applied with a version of a plugin that serves no new ones. */
export async function usesFormerPlugin(database: Database, workflowVersionId: string): Promise<boolean> {
  const rows = await database.query(
    `SELECT 1 FROM workflow_plugins w JOIN ${FORMER} WHERE w.workflow_version_id = $1 LIMIT 1`,
    [workflowVersionId],
  );
  return (rows as unknown[]).length > 0;
}
