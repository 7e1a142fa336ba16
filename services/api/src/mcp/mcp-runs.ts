import type { TraceParent } from '@tutti/contracts';
import { HOT_POOL, type Sighting, SpanStore } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { ProblemError } from '../problems/problem.error.js';
import { RunIntake } from '../runs/runs.intake.js';
import { RunsService } from '../runs/runs.service.js';
import { idempotencyKeyOf } from '../runs/start-request.js';
import type { McpCaller } from './mcp-caller.types.js';
import type { McpToolCall } from './mcp.types.js';
import type { WorkflowTool } from './workflow-tool.js';

/** Key of `_meta` with which a client says that a call repeats another one. */
const IDEMPOTENCY_KEY = 'tutti/idempotency-key';
/** A client is seen once in so long, however many tools it calls. */
const SEEN_MS = 60_000;
const SEEN_MAX = 10_000;

/** Runs that tools start and cancel. */
@Injectable()
export class McpRuns {
  private readonly seen = new Map<string, number>();
  private readonly spans: SpanStore;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunIntake) private readonly intake: RunIntake,
    @Inject(RunsService) private readonly runs: RunsService,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(HOT_POOL) pool: Pool,
  ) {
    this.spans = new SpanStore(pool);
  }

  /** The id of the call's run, which is stored when this resolves. */
  async start(call: McpToolCall, tool: WorkflowTool, trace: TraceParent): Promise<string> {
    const { by, args, context } = call;
    const key = context.mcpReq._meta?.[IDEMPOTENCY_KEY];
    const { body, replayed } = await this.intake.start({
      workspaceId: by.caller.workspaceId,
      namespace: tool.namespace,
      name: tool.name,
      trigger: 'mcp',
      input: tool.wrapsInput ? args.input : args,
      idempotencyKey: idempotencyKeyOf(typeof key === 'string' ? key : undefined),
      trace,
    });
    if (!replayed) await this.record(call, body.id);
    return body.id;
  }

  /** Throws when the workspace has no such run. */
  async check({ by }: McpToolCall, runId: string): Promise<void> {
    await this.runs.detail(by.caller.workspaceId, runId);
  }

  /** Does nothing to a run that has ended. */
  async cancel(by: McpCaller, runId: string): Promise<void> {
    try {
      await this.runs.cancel({ ...by, runId, reason: 'The MCP client cancelled its call.' });
    } catch (error) {
      // It ended at the same moment.
      if (!(error instanceof ProblemError) || error.code !== 'conflict') throw error;
    }
  }

  private async record({ by, name, server }: McpToolCall, runId: string): Promise<void> {
    const client = server.getClientVersion()?.name ?? null;
    const { workspaceId } = by.caller;
    if (client !== null) await this.see(workspaceId, client);
    await this.dataSource.transaction((manager) =>
      this.audit.append(manager, {
        ...by,
        action: 'run.started-by-tool',
        target: `run:${runId}`,
        after: { tool: name, client },
      }),
    );
  }

  /** The client is an application of the AI inventory. */
  private async see(workspaceId: string, name: string): Promise<void> {
    const key = `${workspaceId}\n${name}`;
    if ((this.seen.get(key) ?? 0) > Date.now() - SEEN_MS) return;
    if (this.seen.size >= SEEN_MAX) this.seen.clear();
    this.seen.set(key, Date.now());
    const client: Sighting = {
      kind: 'application',
      application: '',
      environment: '',
      provider: '',
      name: name.slice(0, 200),
      managed: true,
      sender: 'mcp',
    };
    await this.spans.sight(workspaceId, [client]);
  }
}
