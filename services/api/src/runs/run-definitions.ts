import type { WorkflowIdentity } from '@tutti/contracts';
import type { RunDefinition, Versions } from '@tutti/engine';
import { compileRouting } from '@tutti/routing';
import { readRouting } from '@tutti/store';
import { compileWorkflow, type WorkflowDocument } from '@tutti/workflow';
import type { Queryable } from '../database/rows.js';
import { findDefinition } from '../workflows/workflows.queries.js';

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
  return {
    workflow,
    identity,
    ...compileRouting(await readRouting(database, workspaceId, identity.versionId)),
  };
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
