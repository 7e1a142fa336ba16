import { randomUUID } from 'node:crypto';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { type RunAccepted } from '@tutti/contracts';
import type { McpTask, McpTaskPage, McpTaskRequest, McpTaskSource } from '../mcp/tasks/task.types.js';
import { TaskCreated } from '../mcp/tasks/task.types.js';
import type { ApiHarness } from './api-harness.js';
import { endRunWith, ownRuns } from './ended-runs.js';

type End = Pick<McpTask, 'status' | 'result' | 'error'>;
type Ask = NonNullable<McpTask['inputRequests']>;

/** What a task of the suite gives when its questions are answered. */
interface Kept {
  task: McpTask;
  end: End;
}

/** Tasks of the suite that are no runs, in memory. */
export class FixtureTasks implements McpTaskSource {
  private readonly kept = new Map<string, Kept>();

  /** A task that ends when all that it asks is answered, or at once when it asks nothing. */
  create(end: End, inputRequests: Ask = {}): TaskCreated {
    const at = new Date().toISOString();
    const asks = Object.keys(inputRequests).length > 0;
    const base = { taskId: randomUUID(), createdAt: at, lastUpdatedAt: at, ttlMs: 60_000 };
    const task: McpTask = asks ? { ...base, status: 'input_required', inputRequests } : { ...base, ...end };
    this.kept.set(task.taskId, { task, end });
    return new TaskCreated({ ...base, status: 'working' });
  }

  find({ taskId }: McpTaskRequest): Promise<McpTask | null> {
    return Promise.resolve(this.kept.get(taskId)?.task ?? null);
  }

  async settled(request: McpTaskRequest): Promise<McpTask> {
    return (await this.find(request)) as McpTask;
  }

  answer({ taskId }: McpTaskRequest, responses: Record<string, unknown>): Promise<void> {
    const kept = this.kept.get(taskId) as Kept;
    const { inputRequests = {}, ...task } = kept.task;
    const open = Object.entries(inputRequests).filter(([name]) => responses[name] === undefined);
    kept.task =
      open.length > 0 ? { ...task, inputRequests: Object.fromEntries(open) } : { ...task, ...kept.end };
    return Promise.resolve();
  }

  cancel({ taskId }: McpTaskRequest): Promise<void> {
    const kept = this.kept.get(taskId) as Kept;
    const { inputRequests, ...task } = kept.task;
    if (inputRequests !== undefined) kept.task = { ...task, status: 'cancelled' };
    return Promise.resolve();
  }

  list(): Promise<McpTaskPage> {
    return Promise.resolve({ tasks: [], nextCursor: null });
  }
}

export const completed = (result: CallToolResult): End => ({ status: 'completed', result });

/** Workflows that are the suite's long tools, and an owner who performs their runs. */
export async function serveTaskWorkflows(api: ApiHarness): Promise<void> {
  await apply(api, 'slow_compute', 'optional');
  await apply(api, 'failing_job', 'required');
  const timers = new Map<string, NodeJS.Timeout>();
  ownRuns(api, async (message) => {
    if (message.kind === 'run.accepted') timers.set(message.runId, performing(api, message));
    if (message.kind !== 'run.commanded' || message.command.kind !== 'cancel') return;
    clearTimeout(timers.get(message.runId));
    await endRunWith(api, message.runId, { status: 'cancelled' });
  });
}

function performing(api: ApiHarness, { runId, workflow, input }: RunAccepted): NodeJS.Timeout {
  const { seconds = 1 } = input as { seconds?: number };
  const end =
    workflow.name === 'failing-job'
      ? { error: { type: 'x', title: 'The job failed', status: 500 } }
      : { output: { computed: input } };
  return setTimeout(() => void endRunWith(api, runId, end), seconds * 1000).unref();
}

async function apply(api: ApiHarness, tool: string, task: string): Promise<void> {
  const raw = `
document:
  dsl: '1.0.3'
  namespace: test
  name: ${tool.replace('_', '-')}
  version: 1.0.0
  summary: The job ${tool} of the conformance suite.
  metadata: { tutti: { mcp: { name: ${tool}, task: ${task} } } }
do:
  - only: { set: { done: true } }
`;
  const headers = { 'content-type': 'application/yaml' };
  const { status, body } = await api.call('PUT', '/v1/workflows', { raw, headers });
  if (status !== 200) throw new Error(JSON.stringify(body));
}
