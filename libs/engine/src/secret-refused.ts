import { fault } from './complete.js';
import { workflowError } from './problems.js';
import type { TaskScope } from './scope.js';
import type { Result } from './turn.types.js';

/**
 * A secret goes to servers only, where the connector host puts it in; to others its mark would say nothing.
 */
export function secretRefused(scope: TaskScope, what: string): Result {
  const detail = `${what} cannot take a secret: secrets are for calls of servers (http, openapi and the like).`;
  return fault(scope, workflowError('configuration', detail, scope.task.pointer));
}
