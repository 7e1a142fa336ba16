import {
  type Finding,
  TOPICS,
  type WorkflowPublished,
  type WorkflowSummary,
  type WorkflowVersion,
} from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { LOCK_ACCEPTING } from '@tutti/store';
import type { WorkflowDocument } from '@tutti/workflow';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { type Page, decodeCursor, pageFrom } from '../database/page.js';
import type { Queryable } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import { alignSchedule } from '../schedules/align-schedule.js';
import { type CanaryRow, findCanary } from './canary.queries.js';
import { type Precondition, assertPrecondition } from './precondition.js';
import { WorkflowCatalog } from './workflow.catalog.js';
import { toSummary } from './workflow.items.js';
import { unknownWorkflow } from './workflows.service.js';
import { type WorkflowKey, findDefinition, findWorkflow, setCurrentVersion } from './workflows.queries.js';
import {
  type LockedWorkflow,
  type WorkflowVersionRow,
  disableWorkflow,
  enableWorkflow,
  lockExisting,
  pageVersions,
  versionById,
  versionsNamed,
} from './versions.queries.js';

export interface WorkflowAction {
  caller: Caller;
  origin: string;
  namespace: string;
  name: string;
}

const NUMBER = /^[1-9]\d{0,6}$/;
const HASH_START = /^[0-9a-f]{8,64}$/;
const NUMBER_MAX = 2_147_483_647;

/** The versions of a workflow: which are there, which is the current one, and whether it starts runs. */
@Injectable()
export class WorkflowVersions {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  /** Newest first. */
  async list(
    key: WorkflowKey,
    query: { cursor?: string | undefined; limit: number },
  ): Promise<Page<WorkflowVersion>> {
    const { id: workflowId } = await this.workflowOf(key);
    const rows = await pageVersions(this.dataSource, {
      workspaceId: key.workspaceId,
      workflowId,
      beforeNumber: numberOfCursor(query.cursor),
      limit: query.limit + 1,
    });
    return pageFrom(rows, query.limit, { item: (row) => row, key: (row) => String(row.number) });
  }

  /**
   * Makes a version the current one: new runs start on it, runs under way stay on theirs, and a canary ends.
   * A version that is the current one already stays so, and nothing is written.
   */
  async publish(
    action: WorkflowAction & {
      version: WorkflowVersionRow;
      findings: Finding[];
      note?: string | undefined;
      force?: boolean | undefined;
      precondition?: Precondition | undefined;
    },
  ): Promise<WorkflowPublished> {
    const key = keyOf(action);
    const { version, findings } = action;
    const published = await this.dataSource.transaction(async (manager) => {
      const workflow = await this.locked(manager, key);
      const { currentVersionId } = workflow;
      await assertPrecondition(manager, action.precondition, { key, versionId: currentVersionId });
      if (currentVersionId === version.id) return { change: 'unchanged' as const, version };
      const canary = await findCanary(manager, workflow.id);
      await setCurrentVersion(manager, workflow.id, version.id);
      await alignPublished(manager, { key, workflowId: workflow.id, versionId: version.id });
      const { id: versionId, number, contentHash } = version;
      await this.audit.append(manager, {
        ...auditOf(action),
        action: 'workflow.published',
        before: { versionId: currentVersionId, ...(canary && { canary: canaryBefore(canary) }) },
        after: { versionId, number, contentHash, note: action.note, ...forced(action) },
      });
      const now = { ...version, current: true, canaryPercent: null };
      return { change: 'published' as const, version: now };
    });
    if (published.change === 'published') await this.tellAll(key);
    return { ...published, findings };
  }

  /** The version that a number, or the beginning of a content hash, names. */
  async named(key: WorkflowKey, wanted: string): Promise<WorkflowVersionRow> {
    const { id: workflowId } = await this.workflowOf(key);
    return versionOf(this.dataSource, { key, workflowId, wanted });
  }

  /**
   * After the answer no run is accepted: the commit waits for the accept statements that saw the workflow
   * enabled, and those that come later see it disabled.
   */
  async disable(action: WorkflowAction & { reason: string | null }): Promise<WorkflowSummary> {
    const { reason } = action;
    return this.change(action, async (manager, workflow) => {
      if (!workflow.enabled && workflow.reason === reason) return false;
      await disableWorkflow(manager, { id: workflow.id, reason, by: action.caller.subject });
      await this.audit.append(manager, {
        ...auditOf(action),
        action: 'workflow.disabled',
        before: { enabled: workflow.enabled },
        after: { enabled: false, reason },
      });
      // Last, because starts of all workflows wait from here to the commit.
      await manager.query(LOCK_ACCEPTING);
      return true;
    });
  }

  async enable(action: WorkflowAction): Promise<WorkflowSummary> {
    return this.change(action, async (manager, workflow) => {
      if (workflow.enabled) return false;
      await enableWorkflow(manager, workflow.id);
      await this.audit.append(manager, {
        ...auditOf(action),
        action: 'workflow.enabled',
        before: { enabled: false, reason: workflow.reason },
        after: { enabled: true },
      });
      return true;
    });
  }

  private async change(
    action: WorkflowAction,
    work: (manager: Queryable, workflow: LockedWorkflow) => Promise<boolean>,
  ): Promise<WorkflowSummary> {
    const key = keyOf(action);
    const changed = await this.dataSource.transaction(async (manager) =>
      work(manager, await this.locked(manager, key)),
    );
    if (changed) await this.tellAll(key);
    return toSummary(await this.workflowOf(key));
  }

  private async tellAll(key: WorkflowKey): Promise<void> {
    this.catalog.forget(key);
    const { workspaceId } = key;
    await this.bus.publish(TOPICS.control, [{ kind: 'definitions.changed', workspaceId, what: 'workflow' }]);
  }

  /** The number of a version of a run. */
  async numberOf(at: { workspaceId: string; workflowId: string; versionId: string }): Promise<number> {
    return (await versionById(this.dataSource, at))?.number ?? 0;
  }

  async locked(manager: Queryable, key: WorkflowKey): Promise<LockedWorkflow> {
    const workflow = await lockExisting(manager, key);
    if (workflow === undefined) throw unknownWorkflow(key);
    return workflow;
  }

  async workflowOf(key: WorkflowKey) {
    const row = await findWorkflow(this.dataSource, key);
    if (row === undefined) throw unknownWorkflow(key);
    return row;
  }
}

async function versionOf(
  manager: Queryable,
  at: { key: WorkflowKey; workflowId: string; wanted: string },
): Promise<WorkflowVersionRow> {
  const { wanted, workflowId, key } = at;
  const name = `${key.namespace}/${key.name}`;
  const number = NUMBER.test(wanted) ? Number(wanted) : null;
  const hashStart = number === null && HASH_START.test(wanted) ? wanted : null;
  if (number === null && hashStart === null) {
    const text = `"${wanted.slice(0, 64)}" names no version: write its number, or at least 8 characters of its content hash.`;
    throw new ProblemError('invalid-request', text);
  }
  const found = await versionsNamed(manager, { workspaceId: key.workspaceId, workflowId, number, hashStart });
  const [version, another] = found;
  if (version === undefined) {
    throw new ProblemError(
      'not-found',
      `${name} has no version ${wanted}. They are at GET /v1/workflows/${name}/versions.`,
    );
  }
  if (another !== undefined) {
    const text = `Several versions of ${name} have a content hash that begins with ${wanted}. Write more of it.`;
    throw new ProblemError('conflict', text);
  }
  return version;
}

/** Said in the audit trail when a version was published against what lint finds. */
export function forced({ force, findings }: { force?: boolean | undefined; findings: Finding[] }) {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return force === true && errors > 0 ? { forcedErrors: errors } : {};
}

function canaryBefore({ canaryVersionId, percent }: CanaryRow) {
  return { versionId: canaryVersionId, percent };
}

function numberOfCursor(cursor: string | undefined): number | null {
  const text = decodeCursor(cursor);
  if (text === null) return null;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > NUMBER_MAX)
    throw new ProblemError('invalid-request', 'The cursor is not one that this list gave.');
  return number;
}

export function keyOf({ caller, namespace, name }: WorkflowAction): WorkflowKey {
  return { workspaceId: caller.workspaceId, namespace, name };
}

export function auditOf({ caller, origin, namespace, name }: WorkflowAction) {
  return { caller, origin, target: `workflow:${namespace}/${name}` };
}

/** The schedule of a version that is published again is the one of its document. */
async function alignPublished(
  manager: Queryable,
  at: { key: WorkflowKey; workflowId: string; versionId: string },
): Promise<void> {
  const { workspaceId } = at.key;
  const definition = await findDefinition(manager, workspaceId, at.versionId);
  const document = JSON.parse(definition as string) as WorkflowDocument;
  await alignSchedule(manager, { workspaceId, workflowId: at.workflowId, versionId: at.versionId, document });
}
