import {
  type Applied,
  type Finding,
  TOPICS,
  uuidv7,
  type WorkflowDetail,
  type WorkflowPlugin,
  type WorkflowSummary,
} from '@tutti/contracts';
import {
  capabilitiesOf,
  contentHash,
  inputSchema,
  lintWorkflow,
  parseWorkflow,
  type CapabilityKnowledge,
  REVIEW_CAPABILITY,
  type WorkflowDocument,
  workflowHints,
} from '@tutti/workflow';
import { Bus } from '@tutti/bus';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { type Page, decodeCursor, pageFrom } from '../database/page.js';
import type { Queryable } from '../database/rows.js';
import { counted } from '../problems/counted.js';
import { ProblemError } from '../problems/problem.error.js';
import { secretNamesOf } from '../secrets/secrets.queries.js';
import { alignSchedule } from '../schedules/align-schedule.js';
import { API_CONFIG, type ApiConfig } from '../config/api.config.js';
import { pinPlugins, pluginsOf } from './plugin-pins.js';
import { capabilityKnowledge, stoppedPlugins } from './capability-knowledge.js';
import { workflowProblems } from './workflow-problems.js';
import { FunctionPins } from './function-pins.js';
import { type Precondition, assertPrecondition } from './precondition.js';
import { workflowKnowledge } from './workflow-knowledge.js';
import { WorkflowCatalog } from './workflow.catalog.js';
import { toSummary } from './workflow.items.js';
import {
  type WorkflowKey,
  type WorkflowRow,
  findVersion,
  findWorkflow,
  insertVersion,
  listVersions,
  listWorkflows,
  lockWorkflow,
  setCurrentVersion,
} from './workflows.queries.js';

export interface ApplyRequest {
  caller: Caller;
  origin: string;
  text: string;
  /** True: say what would change, and change nothing. */
  plan: boolean;
  /** What is said of the version; kept with a new one, and in the audit trail. */
  note?: string | undefined;
  /** What must be the current version, else nothing is changed. */
  precondition?: Precondition | undefined;
}

/** Thrown inside the transaction of a plan, so that it rolls back. */
class PlanOnly extends Error {
  constructor(readonly applied: Applied) {
    super('plan');
  }
}

/** Workflows and their versions: apply, look at, enable. */
@Injectable()
export class WorkflowsService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(WorkflowCatalog) private readonly catalog: WorkflowCatalog,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(FunctionPins) private readonly functions: FunctionPins,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /**
   * All findings of a text: its form, its meaning, and what this hub offers. The document has the functions
   * in it that lie elsewhere.
   */
  async lint(
    workspaceId: string,
    text: string,
  ): Promise<{ document: WorkflowDocument | undefined; findings: Finding[] }> {
    const parsed = parseWorkflow(text);
    if (parsed.document === undefined) return { document: undefined, findings: parsed.findings };
    const [capabilities, secrets, { document, unread, within }] = await Promise.all([
      capabilityKnowledge(this.dataSource, workspaceId),
      secretNamesOf(this.dataSource, workspaceId),
      this.functions.pin(parsed.document),
    ]);
    const workflows = await workflowKnowledge(this.dataSource, workspaceId, document);
    const findings = lintWorkflow(document, {
      capabilities,
      secrets,
      unread,
      workflows,
      switchedOff: this.config.switchedOff,
      locate: within(parsed.locate),
    });
    return { document, findings };
  }

  /** A document and what was found of it; throws when it has errors, but for those of the codes `besides`. */
  async checked(
    workspaceId: string,
    text: string,
    besides: readonly string[] = [],
  ): Promise<{ document: WorkflowDocument; findings: Finding[] }> {
    const { document, findings } = await this.lint(workspaceId, text);
    const errors = findings.filter(({ severity, code }) => severity === 'error' && !besides.includes(code));
    if (document === undefined || errors.length > 0) throw refused(errors.length > 0 ? errors : findings);
    return { document, findings };
  }

  async apply(request: ApplyRequest): Promise<Applied> {
    const { document, findings } = await this.checked(request.caller.workspaceId, request.text);
    try {
      const applied = await this.dataSource.transaction((manager) =>
        this.store(manager, { ...request, document, findings }),
      );
      await this.bus.publish(TOPICS.control, [
        { kind: 'definitions.changed', workspaceId: request.caller.workspaceId, what: 'workflow' },
      ]);
      return applied;
    } catch (error) {
      if (error instanceof PlanOnly) return error.applied;
      throw error;
    } finally {
      const { namespace, name } = document.document;
      this.catalog.forget({ workspaceId: request.caller.workspaceId, namespace, name });
    }
  }

  private async store(
    manager: Queryable,
    at: ApplyRequest & { document: WorkflowDocument; findings: Finding[] },
  ): Promise<Applied> {
    const { workspaceId, subject } = at.caller;
    const { namespace, name, version } = at.document.document;
    const workflow = await lockWorkflow(manager, { workspaceId, namespace, name }, uuidv7());
    await assertPrecondition(manager, at.precondition, {
      key: { workspaceId, namespace, name },
      versionId: workflow.currentVersionId,
    });
    const hash = contentHash(at.document);
    const known = await findVersion(manager, { workspaceId, workflowId: workflow.id, contentHash: hash });
    const change =
      workflow.currentVersionId === null
        ? 'created'
        : known?.id === workflow.currentVersionId
          ? 'unchanged'
          : 'updated';
    const applied: Applied = {
      kind: 'Workflow',
      namespace,
      name,
      version,
      contentHash: hash,
      change,
      findings: at.findings,
    };
    if (at.plan) throw new PlanOnly(applied);
    if (change === 'unchanged') return applied;
    const versionId = known?.id ?? uuidv7();
    if (known === undefined) {
      await insertVersion(manager, {
        id: versionId,
        workspaceId,
        workflowId: workflow.id,
        version,
        contentHash: hash,
        source: at.text,
        definition: JSON.stringify(at.document),
        createdBy: subject,
        note: at.note ?? null,
      });
      await pinPlugins(manager, versionId, at.document);
    }
    await setCurrentVersion(manager, workflow.id, versionId);
    await alignSchedule(manager, { workspaceId, workflowId: workflow.id, versionId, document: at.document });
    await this.audit.append(manager, {
      caller: at.caller,
      origin: at.origin,
      action: `workflow.${change}`,
      target: `workflow:${namespace}/${name}`,
      before: { versionId: workflow.currentVersionId },
      after: { versionId, version, contentHash: hash, ...(at.note === undefined ? {} : { note: at.note }) },
    });
    return applied;
  }

  async list(
    workspaceId: string,
    query: { q?: string | undefined; cursor?: string | undefined; limit: number },
  ): Promise<Page<WorkflowSummary>> {
    const rows = await listWorkflows(this.dataSource, {
      workspaceId,
      q: query.q ?? null,
      after: decodeCursor(query.cursor),
      limit: query.limit + 1,
    });
    return pageFrom(rows, query.limit, { item: toSummary, key: (row) => `${row.namespace}/${row.name}` });
  }

  async detail(key: WorkflowKey, contentHashWanted?: string): Promise<z.infer<typeof WorkflowDetail>> {
    const row = await this.rowOf(key);
    const wanted = contentHashWanted ?? row.contentHash;
    const [versions, version] = await Promise.all([
      listVersions(this.dataSource, key.workspaceId, row.id),
      findVersion(this.dataSource, { workspaceId: key.workspaceId, workflowId: row.id, contentHash: wanted }),
    ]);
    if (version === undefined) {
      throw new ProblemError(
        'not-found',
        `${key.namespace}/${key.name} has no version with the content hash "${wanted}".`,
      );
    }
    const document = JSON.parse(version.definition) as WorkflowDocument;
    const knowledge = await capabilityKnowledge(this.dataSource, key.workspaceId);
    const capabilities = capabilitiesOf(document).filter((name) => name !== REVIEW_CAPABILITY);
    const plugins = await this.pluginsOf(version.id, capabilities, knowledge);
    const asked = { workspaceId: key.workspaceId, capabilities, plugins, knowledge };
    return {
      ...toSummary(row),
      version: version.version,
      source: version.source,
      definition: document,
      inputSchema: inputSchema(document),
      baseline: workflowHints(document).baseline,
      versions: versions.map((item) => ({ ...item, current: item.id === row.versionId })),
      plugins,
      problems: await workflowProblems(this.dataSource, asked),
    };
  }

  /** Those that it was applied with, and those of the hub or others that it needs and that do not work. */
  private async pluginsOf(
    versionId: string,
    capabilities: readonly string[],
    knowledge: CapabilityKnowledge,
  ): Promise<WorkflowPlugin[]> {
    const pinned = await pluginsOf(this.dataSource, versionId);
    const stopped = stoppedPlugins(capabilities, knowledge)
      .filter(({ name }) => !pinned.some((plugin) => plugin.name === name))
      .map(({ name, version, why }) => ({ name, version, problem: why }));
    return [...pinned, ...stopped];
  }

  private async rowOf(key: WorkflowKey): Promise<WorkflowRow> {
    const row = await findWorkflow(this.dataSource, key);
    if (row === undefined) throw unknownWorkflow(key);
    return row;
  }
}

export function unknownWorkflow(key: { namespace: string; name: string }): ProblemError {
  return new ProblemError(
    'not-found',
    `There is no workflow ${key.namespace}/${key.name}. Apply it with "npx tutti apply -f FILE", or look at GET /v1/workflows.`,
  );
}

function refused(findings: Finding[]): ProblemError {
  const first = findings[0];
  const which = first ? `; the first: ${first.message}` : '';
  const detail = `The document has ${counted(findings.length, 'error')}${which}`;
  return new ProblemError('invalid-workflow', detail, {
    more: { errors: findings.map((finding) => ({ ...finding, detail: finding.message })) },
  });
}
