import { takesCanary } from '@tutti/contracts';
import type { StartableWorkflow } from './workflow.catalog.js';

/**
 * The version on which a new run starts: the canary for its share of the runs, else the current one. The same
 * `choice` (the idempotency key of the run, else its id) gives the same version, and stays with the canary
 * when its share grows.
 */
export function versionFor(workflow: StartableWorkflow, choice: string): StartableWorkflow {
  const { canary, workflowId } = workflow;
  if (canary === null) return workflow;
  return takesCanary({ workflowId, choice, percent: canary.percent }) ? canary.workflow : workflow;
}
