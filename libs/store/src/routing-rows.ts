/** Policies and connections of a workspace as they are stored, for `compileRouting`. */
export interface StoredRouting {
  policies: { capability: string; definition: string }[];
  connections: { name: string; plugin: string; version: string; description: string }[];
}

/** The active policies and the enabled connections of a workspace. `database`: what answers with rows. */
export async function readRouting(
  database: { query(sql: string, parameters: unknown[]): Promise<unknown> },
  workspaceId: string,
): Promise<StoredRouting> {
  const policies = (await database.query(
    'SELECT capability, definition FROM routing_policies WHERE workspace_id = $1 AND active',
    [workspaceId],
  )) as StoredRouting['policies'];
  const connections = (await database.query(
    `SELECT c.name, c.plugin, p.version, p.description FROM connections c JOIN plugins p ON p.name = c.plugin AND p.state = 'loaded'
     WHERE c.workspace_id = $1 AND c.enabled ORDER BY c.name, p.registered_at`,
    [workspaceId],
  )) as StoredRouting['connections'];
  return { policies, connections };
}
