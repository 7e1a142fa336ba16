import type { Result } from '@modelcontextprotocol/server';
import type { McpTask } from './task.types.js';

/** Key of `_meta` that names a task in the revision 2025-11-25. */
const RELATED_TASK = 'io.modelcontextprotocol/related-task';
/** How often a client should ask. */
const POLL_MS = 1_000;

/** What both revisions tell in the same words. */
function commonOf({ taskId, status, statusMessage, createdAt, lastUpdatedAt }: McpTask) {
  return {
    taskId,
    status,
    ...(statusMessage !== undefined && { statusMessage }),
    createdAt,
    lastUpdatedAt,
  };
}

/** A task as the extension of 2026-07-28 creates it. */
export function createdTask(task: McpTask): Result {
  return { resultType: 'task', ...commonOf(task), ttlMs: task.ttlMs, pollIntervalMs: POLL_MS };
}

/** A task as the extension of 2026-07-28 tells it: with its result, its error, or its questions. */
export function detailedTask(task: McpTask): Result {
  const { result, error, inputRequests } = task;
  return {
    ...createdTask(task),
    resultType: 'complete',
    ...(result !== undefined && { result }),
    ...(error !== undefined && { error }),
    ...(inputRequests !== undefined && { inputRequests }),
  };
}

/** A task as the revision 2025-11-25 tells it. */
export function plainTask(task: McpTask): Record<string, unknown> {
  return { ...commonOf(task), ttl: task.ttlMs, pollInterval: POLL_MS };
}

/** `_meta` of what belongs to a task in the revision 2025-11-25. */
export function relatedTask(taskId: string): Record<string, unknown> {
  return { [RELATED_TASK]: { taskId } };
}
