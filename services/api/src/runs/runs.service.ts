import {
  type JournalEntry,
  newSpanId,
  newTraceId,
  RUN_ENDED,
  type RunAccepted,
  type RunCommand,
  type RunDetail,
  type RunStarted,
  type RunSummary,
  TOPICS,
  uuidv7,
} from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { activeTasks, type RunState } from '@tutti/engine';
import { RunStore, unpackEntries } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { type Page, decodeCursor, encodeCursor, isUuid, pageFrom } from '../database/page.js';
import { parseJson } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { familyOf } from './run-family.js';
import { type RunQuery, runFilterOf } from './run-filter.js';
import { RunIntake } from './runs.intake.js';
import { unknownRun } from './unknown-run.js';
import { WaitingRuns } from './waiting-runs.js';
import {
  type JournalRow,
  type RunDetailRow,
  type RunRow,
  findRun,
  listJournal,
  listRuns,
  lockRun,
} from './runs.queries.js';

const SEARCH_MS_MAX = 5_000;
const QUERY_CANCELED = '57014';

export interface RunAction {
  caller: Caller;
  origin: string;
  runId: string;
}

type JournalItem = { sequence: number; at: string; kind: string };

interface PlacedEntry {
  entry: JournalEntry;
  sequence: number;
  /** Place in its turn. */
  index: number;
}

/** Runs as people look at them, and what can be asked of one. */
@Injectable()
export class RunsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly store: RunStore,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(RunIntake) private readonly intake: RunIntake,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(WaitingRuns) private readonly waitingRuns: WaitingRuns,
  ) {}

  async list(workspaceId: string, query: RunQuery): Promise<Page<RunSummary>> {
    const filter = runFilterOf(workspaceId, query);
    try {
      const rows = await this.dataSource.transaction(async (manager) => {
        await manager.query(`SET LOCAL statement_timeout = ${SEARCH_MS_MAX}`);
        return listRuns(manager, filter);
      });
      return pageFrom(rows, query.limit, { item: toSummary, key: (row) => row.id });
    } catch (error) {
      if ((error as { driverError?: { code?: string } }).driverError?.code !== QUERY_CANCELED) throw error;
      throw new ProblemError(
        'unavailable',
        'The search took more than 5 seconds. Narrow it by workflow, status, or a time range (from, to).',
      );
    }
  }

  async detail(workspaceId: string, id: string): Promise<RunDetail> {
    const row = await this.rowOf(workspaceId, id);
    const state = parseJson<RunState>(row.state);
    const family = await familyOf(this.dataSource, workspaceId, id);
    return {
      ...toSummary(row),
      input: parseJson(row.input),
      output: parseJson(row.output),
      revision: row.revision,
      waitsFor: row.status === 'pending' ? await this.waitingRuns.reasonOf({ id, workspaceId }) : null,
      ...family,
      active:
        state === null
          ? []
          : activeTasks(state).map((task) => ({ ...task, since: new Date(task.since).toISOString() })),
    };
  }

  /** The entries of a run's turns, one after the other; the cursor names the last one shown. */
  async journal(
    workspaceId: string,
    id: string,
    query: { cursor?: string | undefined; limit: number },
  ): Promise<Page<JournalItem>> {
    await this.rowOf(workspaceId, id);
    const entries = await this.entriesAfter(id, journalCursor(query.cursor), query.limit + 1);
    const shown = entries.slice(0, query.limit);
    const last = shown.at(-1);
    return {
      items: shown.map(({ entry, sequence }) => ({
        ...entry,
        sequence,
        at: new Date(entry.at).toISOString(),
      })),
      nextCursor:
        entries.length > query.limit && last ? encodeCursor(`${last.sequence}:${last.index}`) : null,
    };
  }

  /** At least `wanted` entries after a place, if there are so many: a turn may hold many entries, or none. */
  private async entriesAfter(
    runId: string,
    [sequence, index]: [number, number],
    wanted: number,
  ): Promise<PlacedEntry[]> {
    const entries: PlacedEntry[] = [];
    for (let fromSequence = sequence; entries.length < wanted;) {
      const rows = await listJournal(this.dataSource, { runId, fromSequence, limit: wanted });
      entries.push(
        ...rows.flatMap(placedEntries).filter((item) => item.sequence > sequence || item.index > index),
      );
      if (rows.length < wanted) break;
      fromSequence = (rows.at(-1)?.sequence ?? fromSequence) + 1;
    }
    return entries;
  }

  async cancel(action: RunAction & { reason?: string | undefined }): Promise<RunSummary> {
    const { caller, runId } = action;
    const row = await this.rowOf(caller.workspaceId, runId);
    const command: RunCommand = {
      kind: 'cancel',
      by: caller.subject,
      ...(action.reason === undefined ? {} : { reason: action.reason }),
    };
    const commandId = await this.dataSource.transaction(async (manager) => {
      const run = await lockRun(manager, caller.workspaceId, runId);
      if (run === undefined || RUN_ENDED.has(run.status)) {
        throw new ProblemError(
          'conflict',
          `The run has ended (${run?.status ?? row.status}), so it cannot be cancelled.`,
        );
      }
      await this.audit.append(manager, {
        caller,
        origin: action.origin,
        action: 'run.cancel-requested',
        target: `run:${runId}`,
        after: { reason: action.reason },
      });
      // A run that waits for its place has no owner yet who could apply a command.
      if (run.status === 'pending') return null;
      return this.store.submitCommand({ workspaceId: caller.workspaceId, runId }, command, manager);
    });
    if (commandId === null) return this.cancelWaiting(action);
    await this.bus.publish(TOPICS.runInbox, [{ kind: 'run.commanded', runId, commandId, command }]);
    return toSummary(await this.rowOf(caller.workspaceId, runId));
  }

  /** It may have got its place meanwhile: then it is cancelled as one that is under way. */
  private async cancelWaiting(action: RunAction & { reason?: string | undefined }): Promise<RunSummary> {
    const { caller, runId } = action;
    if (!(await this.waitingRuns.cancel(runId, { by: caller.subject, reason: action.reason })))
      return this.cancel(action);
    return toSummary(await this.rowOf(caller.workspaceId, runId));
  }

  /** A new run that goes on from a task of an ended one: same input, same workflow version. */
  async retry(action: RunAction & { fromTask?: string | undefined }): Promise<RunStarted> {
    const { caller, runId } = action;
    const row = await this.rowOf(caller.workspaceId, runId);
    if (!RUN_ENDED.has(row.status))
      throw new ProblemError(
        'conflict',
        `The run has not ended yet (${row.status}). Cancel it first, or wait for its end.`,
      );
    if (action.fromTask === undefined && row.status !== 'faulted') {
      throw new ProblemError(
        'conflict',
        `The run is ${row.status}, so there is no task that faulted. Name the task to start from: {"fromTask": "/do/0/name"}.`,
      );
    }
    if (action.fromTask !== undefined) await this.checkTask(runId, action.fromTask);
    await this.intake.enabledWorkflow({
      workspaceId: caller.workspaceId,
      namespace: row.namespace,
      name: row.name,
    });
    const { run, message } = retryOf(row, caller.workspaceId, action.fromTask ?? null);
    await this.dataSource.transaction((manager) =>
      this.audit.append(manager, {
        caller,
        origin: action.origin,
        action: 'run.retry-requested',
        target: `run:${runId}`,
        after: { runId: run.id, fromTask: action.fromTask ?? null },
      }),
    );
    await this.intake.acceptOne(run, message);
    return { id: run.id, status: 'running' };
  }

  private async checkTask(runId: string, fromTask: string): Promise<void> {
    const rows = await listJournal(this.dataSource, { runId, fromSequence: 0, limit: 100_000 });
    const started = rows.some((row) =>
      (JSON.parse(row.entries) as JournalEntry[]).some(
        (entry) => entry.kind === 'task.started' && (entry.task === fromTask || entry.position === fromTask),
      ),
    );
    if (!started) {
      throw new ProblemError(
        'invalid-request',
        `The run never came to the task "${fromTask}". Take the task's pointer from the run's journal.`,
      );
    }
  }

  private async rowOf(workspaceId: string, id: string): Promise<RunDetailRow> {
    const row = isUuid(id) ? await findRun(this.dataSource, workspaceId, id) : undefined;
    if (row === undefined) throw unknownRun(id);
    return row;
  }
}

/** A run as the lists show it. */
export function toSummary(row: RunRow): RunSummary {
  return {
    id: row.id,
    workflow: { namespace: row.namespace, name: row.name, version: row.version },
    status: row.status,
    trigger: row.trigger,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    durationMs: row.durationMs,
    costMicros: Number(row.costMicros),
    currency: row.currency,
    traceId: row.traceId,
    retryOf: row.retryOf,
    error: parseJson(row.error),
  };
}

/** A new run that repeats an ended one from a task, and the message that sends it to its owner. */
export function retryOf(row: RunDetailRow, workspaceId: string, fromTask: string | null) {
  const retry = { of: row.id, fromTask };
  const run = {
    id: uuidv7(),
    workspaceId,
    workflowId: row.workflowId,
    workflowVersionId: row.versionId,
    trigger: 'retry',
    traceId: newTraceId(),
    rootSpanId: newSpanId(),
    input: row.input,
    retry,
  };
  const message: RunAccepted = {
    kind: 'run.accepted',
    runId: run.id,
    workspaceId,
    workflowId: row.workflowId,
    trigger: 'retry',
    input: parseJson(row.input),
    acceptedAt: Date.now(),
    workflow: { namespace: row.namespace, name: row.name, version: row.version, versionId: row.versionId },
    traceId: run.traceId,
    rootSpanId: run.rootSpanId,
    retry,
  };
  return { run, message };
}

function placedEntries(row: JournalRow): PlacedEntry[] {
  return unpackEntries(row).map((entry, index) => ({
    entry,
    sequence: row.sequence,
    index,
  }));
}

function journalCursor(cursor: string | undefined): [number, number] {
  const match = /^(\d{1,9}):(\d{1,9})$/.exec(decodeCursor(cursor) ?? '0:0');
  if (match === null) throw new ProblemError('invalid-request', 'The cursor is not one that this list gave.');
  return [Number(match[1]), Number(match[2])];
}
