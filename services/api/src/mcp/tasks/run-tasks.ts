import { RUN_ENDED } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { API_CONFIG, ApiConfig } from '../../config/api.config.js';
import { decodeIdCursor, isUuid, pageFrom } from '../../database/page.js';
import { parseJson } from '../../database/rows.js';
import { McpReviews, type ReviewAnswer } from '../mcp-reviews.js';
import { McpRuns } from '../mcp-runs.js';
import type { McpCaller } from '../mcp-caller.types.js';
import { RunFollower } from '../run-follower.js';
import { endedResult, workflowTools } from '../workflow-tool.js';
import { findToolRun, listToolRuns, type ToolRunRow } from './run-tasks.queries.js';
import type { McpTask, McpTaskPage, McpTaskRequest, McpTaskSource } from './task.types.js';

const PAGE = 50;

/**
 * Runs of tools as tasks: the task's id is the run's. Nothing else is kept of a task, so that each process of
 * the hub knows it, also after a restart.
 */
@Injectable()
export class RunTasks implements McpTaskSource {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(McpRuns) private readonly runs: McpRuns,
    @Inject(McpReviews) private readonly reviews: McpReviews,
    @Inject(RunFollower) private readonly follower: RunFollower,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  async find({ by, taskId, asks }: McpTaskRequest): Promise<McpTask | null> {
    if (!isUuid(taskId)) return null;
    const { workspaceId } = by.caller;
    const row = await findToolRun(this.dataSource, { workspaceId, runId: taskId });
    if (row === undefined) return null;
    const task = taskOf(row);
    if (row.status !== 'waiting') return task;
    const questions = asks ? await this.reviews.questions(workspaceId, taskId) : {};
    if (Object.keys(questions).length === 0) return { ...task, statusMessage: this.waitsAt(taskId) };
    return { ...task, status: 'input_required', inputRequests: questions };
  }

  async settled(request: McpTaskRequest, signal: AbortSignal): Promise<McpTask> {
    const { by, taskId, asks } = request;
    await this.follower.follow({
      workspaceId: by.caller.workspaceId,
      runId: taskId,
      signal,
      timeoutMs: this.config.mcpWaitSecondsMax * 1000,
      asks,
    });
    return (await this.find(request)) as McpTask;
  }

  async answer({ by, taskId: runId }: McpTaskRequest, responses: Record<string, unknown>): Promise<void> {
    for (const [reviewId, answer] of Object.entries(responses))
      if (isUuid(reviewId))
        await this.reviews.decide(by, { reviewId, runId, answer: answer as ReviewAnswer });
  }

  cancel({ by, taskId }: McpTaskRequest): Promise<void> {
    return this.runs.cancel(by, taskId);
  }

  async list({ caller }: McpCaller, cursor: string | undefined): Promise<McpTaskPage> {
    const beforeId = decodeIdCursor(cursor);
    const { workspaceId } = caller;
    const rows = await listToolRuns(this.dataSource, { workspaceId, beforeId, limit: PAGE + 1 });
    const { items, nextCursor } = pageFrom(rows, PAGE, { item: taskOf, key: ({ id }) => id });
    return { tasks: items, nextCursor };
  }

  private waitsAt(runId: string): string {
    return `The run waits: ${new URL(`/runs/${runId}`, this.config.dashboardUrl).href}`;
  }
}

/** What the row says by itself. A run that faulted is a tool that told an error. */
function taskOf(row: ToolRunRow): McpTask {
  const common = {
    taskId: row.id,
    createdAt: row.startedAt,
    lastUpdatedAt: row.changedAt,
    ttlMs: null,
  };
  if (!RUN_ENDED.has(row.status)) return { ...common, status: 'working' };
  if (row.status === 'cancelled') return { ...common, status: 'cancelled' };
  const [tool] = workflowTools([row], 'all');
  const end = { status: row.status, output: parseJson(row.output), error: parseJson(row.error) };
  const result = endedResult(end, { runId: row.id, wrapsOutput: tool?.wrapsOutput ?? false });
  return { ...common, status: 'completed', result };
}
