import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type Tool,
} from '@modelcontextprotocol/server';
import type { TaskSupport } from '@tutti/workflow';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { isUuid } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { listPublished } from './mcp.queries.js';
import { McpReviews } from './mcp-reviews.js';
import { McpRuns } from './mcp-runs.js';
import { McpSpan } from './mcp-span.js';
import type { McpCaller } from './mcp-caller.types.js';
import type { McpContribution, McpToolAnswer, McpToolCall } from './mcp.types.js';
import { isStateless } from './revision.js';
import { type Followed, RunFollower } from './run-follower.js';
import { progressOf } from './run-progress.js';
import { RunTasks } from './tasks/run-tasks.js';
import { type McpTask, TaskCreated } from './tasks/task.types.js';
import { withoutTasks } from './tasks/task-methods.js';
import { endedResult, problemText, type WorkflowTool, toolError, workflowTools } from './workflow-tool.js';

/** The tool that goes on with a run that was left before its end. */
const RESULT_TOOL: Tool = {
  name: 'tutti_run_result',
  title: 'Result of a run',
  description:
    'Waits for the end of a run that another tool of this server started, and gives its result. Use it when a ' +
    'tool answered that its run goes on.',
  inputSchema: {
    type: 'object',
    properties: { runId: { type: 'string', format: 'uuid' } },
    required: ['runId'],
  },
  annotations: { readOnlyHint: true },
  execution: { taskSupport: 'forbidden' },
};

/** A run that a tool follows. */
interface Followable {
  call: McpToolCall;
  runId: string;
  /** Undefined: it is looked at only. */
  found: WorkflowTool | undefined;
}

/** The workflows of a workspace as tools. Each call is a run, as durable as any other. */
@Injectable()
export class McpWorkflows implements McpContribution {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(McpRuns) private readonly runs: McpRuns,
    @Inject(McpReviews) private readonly reviews: McpReviews,
    @Inject(RunFollower) private readonly follower: RunFollower,
    @Inject(RunTasks) readonly tasks: RunTasks,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  async tools({ caller }: McpCaller): Promise<readonly Tool[]> {
    const tools = await this.published(caller.workspaceId);
    return tools.length === 0 ? [] : [...tools.map(({ tool }) => tool), RESULT_TOOL];
  }

  async call(call: McpToolCall): Promise<McpToolAnswer | null> {
    const tools = await this.published(call.by.caller.workspaceId);
    const found = tools.find(({ tool }) => tool.name === call.name);
    if (found === undefined && (call.name !== RESULT_TOOL.name || tools.length === 0)) return null;
    const span = new McpSpan(call);
    try {
      const answer = await this.answer(call, { found, span });
      span.end(answer);
      return answer;
    } catch (error) {
      span.end(null);
      if (error instanceof ProblemError) return toolError(problemText(error.problem));
      throw error;
    }
  }

  private async answer(
    call: McpToolCall,
    { found, span }: { found: WorkflowTool | undefined; span: McpSpan },
  ): Promise<McpToolAnswer> {
    if (this.follower.following >= this.config.mcpCallsMax)
      throw new ProblemError('too-many-requests', 'Too many tools run now. Try again in a moment.');
    checkTask(call, found?.taskSupport ?? 'forbidden');
    const asked = this.reviews.askedBefore(call);
    if (asked !== null) await this.reviews.decideAsked(call, asked);
    const runId =
      asked?.runId ?? (found ? await this.runs.start(call, found, span.position) : idOf(call.args));
    if (found === undefined) await this.runs.check(call, runId);
    span.runId = runId;
    const isTask = call.task === 'must' || (call.task === 'may' && found?.taskSupport === 'required');
    return isTask ? this.created(call, runId) : this.follow({ call, runId, found });
  }

  private async published(workspaceId: string): Promise<WorkflowTool[]> {
    const publishes = this.config.mcpWorkflows;
    const rows = await listPublished(this.dataSource, { workspaceId, marked: publishes === 'marked' });
    return workflowTools(rows, publishes);
  }

  private async follow({ call, runId, found }: Followable): Promise<McpToolAnswer> {
    const { by, context, server } = call;
    const becomesTask = call.task === 'may' && found?.taskSupport === 'optional';
    const waitMs = this.config.mcpWaitSecondsMax * 1000;
    const followed = await this.follower.follow({
      workspaceId: by.caller.workspaceId,
      runId,
      signal: context.mcpReq.signal,
      timeoutMs: becomesTask ? Math.min(this.config.mcpTaskAfterMs, waitMs) : waitMs,
      asks: server.getClientCapabilities()?.elicitation !== undefined,
      onProgress: progressOf(context),
    });
    if (becomesTask && (followed.kind === 'review' || followed.kind === 'late'))
      return this.created(call, runId);
    if (followed.kind === 'review') return this.reviews.ask(call, runId, followed.review);
    if (followed.kind === 'left' && found) await this.runs.cancel(call.by, runId);
    const wrapsOutput = found?.wrapsOutput ?? false;
    return answerOf(followed, { runId, wrapsOutput, dashboardUrl: this.config.dashboardUrl });
  }

  private async created({ by }: McpToolCall, taskId: string): Promise<TaskCreated> {
    // Its questions are told when the client asks for the task.
    return new TaskCreated((await this.tasks.find({ by, taskId, asks: false })) as McpTask);
  }
}

/** Throws when the client wants a task of a tool that makes none, or none of one that makes only tasks. */
function checkTask({ task, server, name }: McpToolCall, support: TaskSupport): void {
  if (support === 'required' && task === 'no')
    throw isStateless(server) ? withoutTasks() : refusedAsTask(`"${name}" can be called as a task only.`);
  if (support === 'forbidden' && task === 'must')
    throw refusedAsTask(`"${name}" cannot be called as a task.`);
}

function refusedAsTask(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.MethodNotFound, message);
}

function idOf({ runId }: Record<string, unknown>): string {
  if (typeof runId === 'string' && isUuid(runId)) return runId;
  throw new ProblemError('invalid-request', 'Say which run: {"runId": "..."}.');
}

function answerOf(
  followed: Exclude<Followed, { kind: 'review' }>,
  of: { runId: string; wrapsOutput: boolean; dashboardUrl: string },
): CallToolResult {
  const { runId } = of;
  if (followed.kind === 'left') return toolError('The call was cancelled, and so is its run.', runId);
  if (followed.kind === 'late')
    return toolError(
      `The run ${runId} goes on. Ask for its result with the tool ${RESULT_TOOL.name} and its runId, or look at ` +
        `${new URL(`/runs/${runId}`, of.dashboardUrl).href}; it may wait for a person.`,
      runId,
    );
  return endedResult(followed.end, of);
}
