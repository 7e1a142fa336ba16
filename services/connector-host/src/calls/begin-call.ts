import type { CallRequest } from '@tutti/contracts';
import type { Waiter } from '../gates/gate.js';

/**
 * Asked when a call has its place and is about to begin; `write` says whether a repeat would change
 * something. False: another host has begun it.
 */
export type BeginCall = (write: boolean) => true | Promise<boolean>;

/** Calls of different workflows take turns. */
export function waiterOf({ workspaceId, workflow, weight }: CallRequest): Waiter {
  const name = `${workspaceId}/${workflow.namespace}/${workflow.name}`;
  return weight === undefined ? { name } : { name, weight };
}
