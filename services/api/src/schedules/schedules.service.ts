import {
  RUN_ENDED,
  type RunStarted,
  type RunStatus,
  type ScheduleDetail,
  type ScheduleFire,
  type ScheduleItem,
} from '@tutti/contracts';
import { HOT_POOL, inTransaction } from '@tutti/store';
import { nextTimes } from '@tutti/workflow';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { lockChain } from '../audit/audit.queries.js';
import { AuditService } from '../audit/audit.service.js';
import { decodeCursor, type Page, pageFrom } from '../database/page.js';
import { queryable } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { type RunAtDoor, RunDoor } from '../runs/run-door.js';
import { WorkflowCatalog } from '../workflows/workflow.catalog.js';
import { ScheduleFiring } from './schedule.firing.js';
import { scheduledRun } from './scheduled-run.js';
import {
  findSchedule,
  keepOutcomes,
  listFires,
  listSchedules,
  type LockedSchedule,
  lockSchedule,
  pauseSchedule,
  type FireRow,
  type ScheduleRow,
} from './schedules.queries.js';

/** Planned times that are shown ahead. */
const NEXT_SHOWN = 10;

export interface ScheduleRequest {
  caller: Caller;
  origin: string;
  namespace: string;
  name: string;
}

/** Schedules for people: what they do, pause and resume, and a run now. */
@Injectable()
export class SchedulesService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(HOT_POOL) private readonly pool: Pool,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
    @Inject(RunDoor) private readonly door: RunDoor,
    @Inject(ScheduleFiring) private readonly firing: ScheduleFiring,
  ) {}

  async list(
    workspaceId: string,
    query: { cursor?: string | undefined; limit: number },
  ): Promise<Page<ScheduleItem>> {
    const rows = await listSchedules(this.dataSource, {
      workspaceId,
      after: decodeCursor(query.cursor),
      limit: query.limit + 1,
    });
    return pageFrom(rows, query.limit, { item: itemOf, key: (row) => `${row.namespace}/${row.name}` });
  }

  async detail(at: { workspaceId: string; namespace: string; name: string }): Promise<ScheduleDetail> {
    const row = await findSchedule(this.dataSource, at);
    if (row === undefined) throw unknownSchedule(at);
    const fires = await listFires(this.dataSource, row.workflowId);
    return { ...itemOf(row), nextTimes: timesAhead(row), fires: fires.map(fireOf) };
  }

  async pause(request: ScheduleRequest, paused: boolean): Promise<ScheduleDetail> {
    const { caller, origin, namespace, name } = request;
    const at = { workspaceId: caller.workspaceId, namespace, name };
    await this.dataSource.transaction(async (manager) => {
      const row = await lockSchedule(manager, at);
      if (row === undefined) throw unknownSchedule(at);
      await pauseSchedule(manager, row.workflowId, paused);
      const action = paused ? 'schedule.paused' : 'schedule.resumed';
      await this.audit.append(manager, { caller, origin, action, target: `schedule:${namespace}/${name}` });
    });
    return this.detail(at);
  }

  /** Starts a run now, whatever the overlap policy says. A repeat with the same key answers the first run. */
  async fire(request: ScheduleRequest, idempotencyKey: string | undefined): Promise<RunStarted> {
    const { caller, namespace, name } = request;
    const at = { workspaceId: caller.workspaceId, namespace, name };
    const { answer, started } = await inTransaction(this.pool, async (client) => {
      const due = await lockSchedule(queryable(client), at);
      if (due === undefined) throw unknownSchedule(at);
      return this.fireLocked(client, { due, request, idempotencyKey });
    });
    await this.door.sendStored(started);
    return answer;
  }

  private async fireLocked(
    client: PoolClient,
    of: { due: LockedSchedule; request: ScheduleRequest; idempotencyKey: string | undefined },
  ): Promise<{ answer: RunStarted; started: RunAtDoor[] }> {
    const { due, request } = of;
    const one = await this.runNow(due, of.idempotencyKey);
    // In the order of `disable`, which waits for the acceptance of runs while it holds the audit.
    await lockChain(queryable(client), request.caller.workspaceId);
    const [answer] = await this.door.storeIn(client, [one]);
    if (answer?.accepted === false && answer.disabled === true) throw disabledWorkflow(due);
    if (answer === undefined || !answer.accepted) {
      const status = (answer as { status?: RunStatus } | undefined)?.status ?? 'running';
      return { answer: { id: answer?.id ?? one.run.id, status }, started: [] };
    }
    const times = { plannedAtMs: due.nowMs, throughMs: due.nowMs, count: 1 };
    const entry = { ...times, outcome: 'manual' as const, reason: null, detail: null, runId: answer.id };
    const after = due.schedule.kind === 'after';
    const { workflowId, heldAtMs } = due;
    await keepOutcomes(queryable(client), [
      {
        workflowId,
        heldAtMs,
        nextAtMs: after ? null : due.nextAtMs,
        awaitsRun: after ? answer.id : null,
        error: null,
        entries: [entry],
      },
    ]);
    await this.audit.append(queryable(client), {
      caller: request.caller,
      origin: request.origin,
      action: 'schedule.fired',
      target: `schedule:${due.namespace}/${due.name}`,
      after: { runId: answer.id },
    });
    return { answer: { id: answer.id, status: one.queue ? 'pending' : 'running' }, started: [one] };
  }

  private async runNow(due: LockedSchedule, idempotencyKey: string | undefined): Promise<RunAtDoor> {
    this.catalog.forget(due);
    const workflow = await this.catalog.find(due);
    if (workflow === undefined || !due.enabled) throw disabledWorkflow(due);
    const name = idempotencyKey === undefined ? `${due.nowMs}` : `key:${idempotencyKey}`;
    const key = `${due.workflowId}@now:${name}`;
    const prepared = scheduledRun(due, workflow, { plannedAtMs: due.nowMs, key });
    if ('refused' in prepared) throw new ProblemError('invalid-input', prepared.refused);
    const full = await this.firing.place(prepared.run);
    if (full !== null) throw new ProblemError('too-many-requests', full, { headers: { 'retry-after': '5' } });
    return prepared.run;
  }
}

function unknownSchedule({ namespace, name }: { namespace: string; name: string }): ProblemError {
  return new ProblemError(
    'not-found',
    `The workflow ${namespace}/${name} is not there or has no schedule. Look at GET /v1/schedules, or apply a version ` +
      `with "schedule" (docs/workflows/schedules.md).`,
  );
}

function disabledWorkflow({ namespace, name }: LockedSchedule): ProblemError {
  return new ProblemError(
    'conflict',
    `The workflow ${namespace}/${name} is disabled. Enable it to start runs.`,
  );
}

function itemOf(row: ScheduleRow): ScheduleItem {
  const { namespace, name, kind, expression, timezone, overlap, catchUp, catchUpMax } = row;
  const { nextAt, awaitsRun, heldAt, lastPlannedAt, lastRunId, fired, skipped, updatedAt, error } = row;
  return {
    workflow: { namespace, name },
    kind,
    expression,
    timezone,
    overlap,
    catchUp,
    error,
    nextAt,
    heldAt,
    lastPlannedAt,
    lastRunId,
    catchUpMax: catchUp === 'all' ? catchUpMax : null,
    state: stateOf(row),
    waitsForRun: awaitsRun,
    fired,
    skipped,
    updatedAt,
  };
}

function stateOf({ paused, enabled, error }: ScheduleRow): ScheduleItem['state'] {
  if (!enabled) return 'disabled';
  if (paused) return 'paused';
  return error === null ? 'active' : 'failing';
}

function timesAhead(row: ScheduleRow): string[] {
  if (row.nextAtMs === null) return [];
  const first = row.nextAtMs;
  const more =
    row.kind === 'after' ? [] : nextTimes(row, { afterMs: first, baseMs: first, count: NEXT_SHOWN - 1 });
  return [first, ...more].map((ms) => new Date(ms).toISOString());
}

function fireOf({ runId, runStatus, ...fire }: FireRow): ScheduleFire {
  const status = runStatus as RunStatus | null;
  return {
    ...fire,
    run: runId === null ? null : { id: runId, status, ended: status === null || RUN_ENDED.has(status) },
  };
}
