import { PREVIEW_ITEMS_MAX, RUN_ENDED, type RetryPreview, uuidv7 } from '@tutti/contracts';
import {
  type PreviewedCall,
  previewRetry,
  RestoreError,
  type RetryPreview as EnginePreview,
  type RunEvent,
  versionsOf,
} from '@tutti/engine';
import { RunStore } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isUuid } from '../database/page.js';
import { rowsOf } from '../database/rows.js';
import { disabledText } from '../workflows/disabled-workflow.js';
import { WorkflowCatalog } from '../workflows/workflow.catalog.js';
import { tooLongToReplay } from './replay-limit.js';
import { unknownRun } from './unknown-run.js';
import { runDefinition, runDefinitions } from './run-definitions.js';
import { findRun, type RunDetailRow } from './runs.queries.js';

type Plan = NonNullable<RetryPreview['plan']>;

/** What a retry would do, worked out by replay. Changes nothing. */
@Injectable()
export class RetryPreviews {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly store: RunStore,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
  ) {}

  async preview(at: {
    workspaceId: string;
    runId: string;
    fromTask?: string | undefined;
  }): Promise<RetryPreview> {
    const { workspaceId, runId, fromTask } = at;
    const row = isUuid(runId) ? await findRun(this.dataSource, workspaceId, runId) : undefined;
    if (row === undefined) throw unknownRun(runId);
    const refused = (await this.refusal(workspaceId, row)) ?? refusalOf(row);
    if (refused !== null) return { runId, refused, plan: null };
    try {
      return { runId, refused: null, plan: await this.planOf(workspaceId, row, fromTask) };
    } catch (error) {
      if (error instanceof RestoreError) return { runId, refused: error.message, plan: null };
      throw error;
    }
  }

  private async refusal(workspaceId: string, { namespace, name }: RunDetailRow): Promise<string | null> {
    const workflow = await this.catalog.find({ workspaceId, namespace, name });
    return workflow === undefined || workflow.disabled === null
      ? null
      : disabledText({ namespace, name }, workflow.disabled);
  }

  private async planOf(workspaceId: string, row: RunDetailRow, fromTask: string | undefined): Promise<Plan> {
    const { namespace, name, version, versionId } = row;
    const definition = await runDefinition(this.dataSource, workspaceId, {
      namespace,
      name,
      version,
      versionId,
    });
    const events = await this.store.eventsOf<RunEvent>(row.id);
    if (events.length === 0)
      throw new RestoreError('What happened in the run was removed (retention): start a new run.');
    const versions = await runDefinitions(this.dataSource, workspaceId, versionsOf(events));
    const nowMs = await this.store.timeMs();
    const run = { id: uuidv7(), workspaceId, startedAt: nowMs, trigger: 'retry' };
    const preview = previewRetry(definition, events, {
      run,
      nowMs,
      fromTask,
      versions,
    });
    return planFrom(preview, await this.receiptsOf(row.id));
  }

  /** Positions of the calls of which a receipt says that they succeeded. */
  private async receiptsOf(runId: string): Promise<Set<string>> {
    const rows = await rowsOf<{ position: string }>(
      this.dataSource,
      `SELECT DISTINCT position FROM receipts WHERE run_id = $1 AND status = 'succeeded'`,
      [runId],
    );
    return new Set(rows.map(({ position }) => position));
  }
}

function refusalOf(row: RunDetailRow): string | null {
  if (!RUN_ENDED.has(row.status))
    return `The run has not ended yet (${row.status}). Cancel it first, or wait for its end.`;
  const tooLong = tooLongToReplay(row);
  return tooLong === null ? null : `${tooLong} It can be retried without a preview.`;
}

function planFrom(preview: EnginePreview, receipts: ReadonlySet<string>): Plan {
  const { firstTurn } = preview;
  const withReceipt = (call: PreviewedCall) => ({ ...callOf(call), receipt: receipts.has(call.position) });
  return {
    from: preview.from,
    kept: listed(preview.kept.map(withReceipt)),
    firstTurn: {
      status: firstTurn.status,
      tasks: listed(firstTurn.tasks),
      calls: listed(firstTurn.calls.map((call) => ({ ...callOf(call), underWay: call.underWay }))),
      reviews: listed(firstTurn.reviews),
      events: firstTurn.events,
      error: firstTurn.error ?? null,
    },
    repeated: listed(preview.repeated.map(withReceipt)),
    possible: listed(
      preview.possible.map(({ task, name, type, capability, effect }) => ({
        task,
        name,
        type,
        capability: capability ?? null,
        effect: effect ?? null,
      })),
    ),
  };
}

function callOf({ task, name, position, capability, connection, effect }: PreviewedCall) {
  return {
    task,
    name,
    position,
    capability: capability ?? null,
    connection: connection ?? null,
    effect,
  };
}

function listed<T>(items: readonly T[]): { count: number; items: T[] } {
  return { count: items.length, items: items.slice(0, PREVIEW_ITEMS_MAX) };
}
