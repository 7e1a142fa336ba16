import {
  type Finding,
  TOPICS,
  type VersionFigures,
  type WorkflowCanary,
  type WorkflowCanaryAnswer,
} from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { Queryable } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { firstIdAt } from '../runs/run-filter.js';
import { type CanaryRow, findCanary, removeCanary, setCanary, versionFigures } from './canary.queries.js';
import { auditOf, forced, keyOf, type WorkflowAction, WorkflowVersions } from './versions.service.js';
import { type Precondition, assertPrecondition } from './precondition.js';
import { type WorkflowVersionRow, versionById } from './versions.queries.js';
import { WorkflowCatalog } from './workflow.catalog.js';
import type { WorkflowKey } from './workflows.queries.js';

/** The id of a run may be older than its row, by the clocks of two processes. */
const CLOCKS_APART_MS = 60_000;

/** A second version of a workflow beside the current one, for a share of the new runs. */
@Injectable()
export class WorkflowCanaries {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(WorkflowVersions) private readonly versions: WorkflowVersions,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  /** The canary with the figures of both versions since it began; null when there is none. */
  async show(key: WorkflowKey): Promise<WorkflowCanaryAnswer> {
    const { id: workflowId } = await this.versions.workflowOf(key);
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      const row = await findCanary(manager, workflowId);
      return { canary: row === undefined ? null : await canaryOf(manager, { key, workflowId, row }) };
    });
  }

  /** Begins a canary, or changes its share: its figures then go on. */
  async start(
    action: WorkflowAction & {
      version: WorkflowVersionRow;
      percent: number;
      findings: Finding[];
      precondition?: Precondition | undefined;
      note?: string | undefined;
      force?: boolean | undefined;
    },
  ): Promise<'canary' | 'unchanged'> {
    const { version, percent, caller, note } = action;
    const key = keyOf(action);
    const changed = await this.dataSource.transaction(async (manager) => {
      const workflow = await this.versions.locked(manager, key);
      const { currentVersionId: versionId } = workflow;
      await assertPrecondition(manager, action.precondition, { key, versionId });
      if (versionId === version.id) throw isCurrent(key, version.number);
      const before = await findCanary(manager, workflow.id);
      const same = before?.canaryVersionId === version.id;
      if (same && before.percent === percent) return false;
      const { id: canaryId, number, contentHash } = version;
      const by = caller.subject;
      await setCanary(manager, {
        workflowId: workflow.id,
        versionId: canaryId,
        percent,
        by,
        keepSince: same,
      });
      await this.audit.append(manager, {
        ...auditOf(action),
        action: 'workflow.canary-started',
        before: before === undefined ? {} : { versionId: before.canaryVersionId, percent: before.percent },
        after: { versionId: canaryId, number, contentHash, percent, note, ...forced(action) },
      });
      return true;
    });
    if (changed) await this.tellAll(key);
    return changed ? 'canary' : 'unchanged';
  }

  /** Runs that the canary has begun stay on it. Without a canary nothing is written. */
  async stop(action: WorkflowAction): Promise<WorkflowCanaryAnswer> {
    const key = keyOf(action);
    const stopped = await this.dataSource.transaction(async (manager) => {
      const workflow = await this.versions.locked(manager, key);
      const before = await findCanary(manager, workflow.id);
      if (before === undefined) return false;
      await removeCanary(manager, workflow.id);
      await this.audit.append(manager, {
        ...auditOf(action),
        action: 'workflow.canary-stopped',
        before: { versionId: before.canaryVersionId, percent: before.percent },
      });
      return true;
    });
    if (stopped) await this.tellAll(key);
    return { canary: null };
  }

  private async tellAll(key: WorkflowKey): Promise<void> {
    this.catalog.forget(key);
    const { workspaceId } = key;
    await this.bus.publish(TOPICS.control, [{ kind: 'definitions.changed', workspaceId, what: 'workflow' }]);
  }
}

async function canaryOf(
  manager: Queryable,
  of: { key: WorkflowKey; workflowId: string; row: CanaryRow },
): Promise<WorkflowCanary> {
  const { percent, since, by, currentVersionId, canaryVersionId } = of.row;
  return {
    percent,
    since,
    by,
    current: await figuresOf(manager, { ...of, versionId: currentVersionId }),
    canary: await figuresOf(manager, { ...of, versionId: canaryVersionId }),
  };
}

async function figuresOf(
  manager: Queryable,
  of: { key: WorkflowKey; workflowId: string; row: CanaryRow; versionId: string },
): Promise<VersionFigures> {
  const { workspaceId } = of.key;
  const { workflowId, versionId } = of;
  const { sinceMs } = of.row;
  const version = await versionById(manager, { workspaceId, workflowId, versionId });
  const firstId = firstIdAt(sinceMs - CLOCKS_APART_MS);
  const figures = await versionFigures(manager, { workspaceId, workflowId, versionId, sinceMs, firstId });
  const { runs, ended, faulted, p50Ms, p95Ms, costMicros, currency } = figures;
  return {
    version: version as WorkflowVersionRow,
    runs,
    ended,
    faulted,
    faultedShare: ended === 0 ? null : faulted / ended,
    p50Ms,
    p95Ms,
    costMicros,
    currency,
  };
}

function isCurrent({ namespace, name }: WorkflowKey, number: number): ProblemError {
  return new ProblemError(
    'conflict',
    `Version ${number} of ${namespace}/${name} is the current one, so it takes all runs that no canary takes. ` +
      'Name another version.',
  );
}
