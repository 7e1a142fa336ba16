import { createHash } from 'node:crypto';
import type { StartableWorkflow } from './workflow.catalog.js';

/**
 * The version on which a new run starts: the canary for its share of the runs, else the current one. The same
 * `choice` (the idempotency key of the run, else its id) gives the same version, and stays with the canary
 * when its share grows.
 */
export function versionFor(workflow: StartableWorkflow, choice: string): StartableWorkflow {
  const { canary } = workflow;
  if (canary === null) return workflow;
  return percentOf(`${workflow.workflowId}\n${choice}`) < canary.percent ? canary.workflow : workflow;
}

/** 0 up to, but not including, 100; evenly spread. */
function percentOf(text: string): number {
  return (createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32) * 100;
}
