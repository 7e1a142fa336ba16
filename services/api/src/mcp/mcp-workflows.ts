import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import type { Problem } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { isUuid } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { listPublished } from './mcp.queries.js';
import { McpReviews } from './mcp-reviews.js';
import { McpRuns } from './mcp-runs.js';
import { McpSpan } from './mcp-span.js';
import type { McpCaller, McpContribution, McpToolAnswer, McpToolCall } from './mcp.types.js';
import { type Followed, RunFollower } from './run-follower.js';
import { progressOf } from './run-progress.js';
import { type WorkflowTool, toolError, toolResult, workflowTools } from './workflow-tool.js';

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
      if (error instanceof ProblemError) return toolError(textOf(error.problem));
      throw error;
    }
  }

  private async answer(
    call: McpToolCall,
    { found, span }: { found: WorkflowTool | undefined; span: McpSpan },
  ): Promise<McpToolAnswer> {
    if (this.follower.following >= this.config.mcpCallsMax)
      throw new ProblemError('too-many-requests', 'Too many tools run now. Try again in a moment.');
    const asked = this.reviews.askedBefore(call);
    if (asked !== null) await this.reviews.decide(call, asked);
    const runId =
      asked?.runId ?? (found ? await this.runs.start(call, found, span.position) : idOf(call.args));
    if (found === undefined) await this.runs.check(call, runId);
    span.runId = runId;
    return this.follow({ call, runId, found });
  }

  private async published(workspaceId: string): Promise<WorkflowTool[]> {
    const publishes = this.config.mcpWorkflows;
    const rows = await listPublished(this.dataSource, { workspaceId, marked: publishes === 'marked' });
    return workflowTools(rows, publishes);
  }

  private async follow({ call, runId, found }: Followable): Promise<McpToolAnswer> {
    const { by, context, server } = call;
    const followed = await this.follower.follow({
      workspaceId: by.caller.workspaceId,
      runId,
      signal: context.mcpReq.signal,
      timeoutMs: this.config.mcpWaitSecondsMax * 1000,
      asks: server.getClientCapabilities()?.elicitation !== undefined,
      onProgress: progressOf(context),
    });
    if (followed.kind === 'review') return this.reviews.ask(call, runId, followed.review);
    if (followed.kind === 'left' && found) await this.runs.cancel(call, runId);
    const wrapsOutput = found?.wrapsOutput ?? false;
    return answerOf(followed, { runId, wrapsOutput, dashboardUrl: this.config.dashboardUrl });
  }
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
  const { status, output, error } = followed.end;
  if (status === 'completed') return toolResult(output, of.wrapsOutput, runId);
  if (status === 'cancelled') return toolError('The run was cancelled.', runId);
  return toolError(textOf(error as Problem), runId);
}

function textOf({ title, detail, errors }: Problem): string {
  const places = (errors ?? []).map((one) => `- ${one.pointer ?? ''}: ${one.detail}`);
  return [detail === undefined ? title : `${title}: ${detail}`, ...places].join('\n');
}
