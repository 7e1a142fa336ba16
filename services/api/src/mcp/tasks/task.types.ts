import type { CallToolResult, InputRequest } from '@modelcontextprotocol/server';
import type { McpCaller } from '../mcp-caller.types.js';

/** A call of a tool that goes on without its client, for both revisions of the protocol that have tasks. */
export interface McpTask {
  taskId: string;
  status: 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';
  statusMessage?: string;
  createdAt: string;
  lastUpdatedAt: string;
  /** For how long after its creation it is kept; null: for good. */
  ttlMs: number | null;
  /** What the tool gave, also when that is an error of the tool; of a completed task. */
  result?: CallToolResult;
  /** Why the tool could not run at all; of a failed task. */
  error?: { code: number; message: string };
  /** What a person is asked, by names that are not used again; of a task that requires input. */
  inputRequests?: Record<string, InputRequest>;
}

export interface McpTaskPage {
  tasks: McpTask[];
  nextCursor: string | null;
}

/** One task, and who asks for it. */
export interface McpTaskRequest {
  by: McpCaller;
  taskId: string;
  /** Whether the client can put questions to a person. */
  asks: boolean;
}

/** Who performs tasks. */
export interface McpTaskSource {
  /** Null: the task is none of its, or another workspace's. */
  find(request: McpTaskRequest): Promise<McpTask | null>;
  /** The task when it has ended or requires input; as it is when the signal or the time ends the wait. */
  settled(request: McpTaskRequest, signal: AbortSignal): Promise<McpTask>;
  /** Takes the answers of a person. Those to what is not asked any more are ignored. */
  answer(request: McpTaskRequest, responses: Record<string, unknown>): Promise<void>;
  /** Does nothing to a task that has ended. */
  cancel(request: McpTaskRequest): Promise<void>;
  /** Newest first. */
  list(by: McpCaller, cursor: string | undefined): Promise<McpTaskPage>;
}

/** What a tool answers whose call became a task. */
export class TaskCreated {
  constructor(readonly task: McpTask) {}
}

const ENDED: ReadonlySet<McpTask['status']> = new Set(['completed', 'failed', 'cancelled']);

export function hasEnded({ status }: McpTask): boolean {
  return ENDED.has(status);
}
