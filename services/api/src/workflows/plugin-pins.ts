import type { WorkflowPlugin } from '@tutti/contracts';
import { INSTANCE_ALIVE } from '@tutti/store';
import { capabilitiesOf, type WorkflowDocument } from '@tutti/workflow';
import { type Queryable, rowsOf } from '../database/rows.js';

/**
 * Writes down with which versions of installed plugins a workflow version is applied: it goes on with them
 * when others become active. A version that is withdrawn or moved is not held to it.
 */
export async function pinPlugins(
  database: Queryable,
  versionId: string,
  document: WorkflowDocument,
): Promise<void> {
  await database.query(
    `INSERT INTO workflow_plugins (workflow_version_id, plugin, version)
     SELECT $1, name, version FROM plugin_packages p WHERE state = 'active' AND EXISTS (
       SELECT 1 FROM json_array_elements(p.description::json -> 'capabilities') c WHERE c ->> 'name' = ANY ($2::text[]))
       OR state = 'active' AND EXISTS (
       SELECT 1 FROM workflow_versions v JOIN connections n ON n.workspace_id = v.workspace_id AND n.plugin = p.name
         JOIN connection_discoveries d ON d.connection_id = n.id, json_array_elements(d.offers::json) o
        WHERE v.id = $1 AND o ->> 'name' = ANY ($2::text[]))`,
    [versionId, capabilitiesOf(document)],
  );
}

/** The installed plugins that serve a workflow version, and why its calls fail where they do. */
export function pluginsOf(database: Queryable, versionId: string): Promise<WorkflowPlugin[]> {
  return rowsOf<WorkflowPlugin>(
    database,
    `SELECT w.plugin AS name, serving.version, (
       SELECT h.log FROM plugin_hosts h JOIN service_instances i ON i.id = h.instance_id AND ${INSTANCE_ALIVE}
        WHERE h.name = w.plugin AND h.version = serving.version AND h.state <> 'loaded' ORDER BY h.at DESC LIMIT 1) AS problem
       FROM workflow_plugins w
       LEFT JOIN plugin_packages k ON k.name = w.plugin AND k.version = w.version AND k.state IN ('active', 'inactive')
       LEFT JOIN plugin_packages a ON a.name = w.plugin AND a.state = 'active'
       CROSS JOIN LATERAL (SELECT coalesce(k.version, a.version) AS version) serving
      WHERE w.workflow_version_id = $1 AND serving.version IS NOT NULL ORDER BY w.plugin`,
    [versionId],
  );
}
