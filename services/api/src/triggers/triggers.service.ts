import { createHash } from 'node:crypto';
import {
  type Applied,
  type Finding,
  TOPICS,
  type TriggerDetail,
  type TriggerItem,
  uuidv7,
} from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { forgetPluginTrigger, lookAtPluginTrigger, switchPluginTrigger } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { type Page, decodeCursor, pageFrom } from '../database/page.js';
import { parseJson, type Queryable } from '../database/rows.js';
import { counted } from '../problems/counted.js';
import { ProblemError } from '../problems/problem.error.js';
import { parseTrigger } from './document/compile-trigger.js';
import type { TriggerDocument } from './document/trigger.document.js';
import { alignSource, pluginFindings } from './plugin/plugin-source.js';
import { TriggerViews } from './trigger.views.js';
import {
  deleteTrigger,
  enableTrigger,
  findTrigger,
  listTriggers,
  lockTrigger,
  type TriggerRow,
  upsertTrigger,
} from './triggers.queries.js';

export interface ApplyTrigger {
  caller: Caller;
  origin: string;
  text: string;
  plan: boolean;
}

export interface TriggerAction {
  caller: Caller;
  origin: string;
  name: string;
}

/** Triggers as documents: applied, listed, paused, removed. */
@Injectable()
export class TriggersService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(TriggerViews) private readonly views: TriggerViews,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  async apply(request: ApplyTrigger): Promise<Applied> {
    const document = checkTrigger(request.text);
    const applied = await this.dataSource.transaction((manager) => this.store(manager, request, document));
    if (!request.plan && applied.change !== 'unchanged') await this.announce(request.caller.workspaceId);
    return applied;
  }

  async list(
    workspaceId: string,
    query: { cursor?: string | undefined; limit: number },
  ): Promise<Page<TriggerItem>> {
    const rows = await listTriggers(this.dataSource, {
      workspaceId,
      after: decodeCursor(query.cursor),
      limit: query.limit + 1,
    });
    const items = new Map((await this.views.items(rows)).map((item) => [item.id, item]));
    return pageFrom(rows, query.limit, {
      item: (row) => items.get(row.id) as TriggerItem,
      key: (row) => row.name,
    });
  }

  async detail(workspaceId: string, name: string): Promise<TriggerDetail> {
    return this.views.detail(await this.rowOf(this.dataSource, workspaceId, name));
  }

  async enable(action: TriggerAction, enabled: boolean): Promise<TriggerDetail> {
    const { workspaceId } = action.caller;
    const changed = await this.dataSource.transaction(async (manager) => {
      await lockTrigger(manager, workspaceId, action.name);
      const row = await this.rowOf(manager, workspaceId, action.name);
      if (row.enabled === enabled) return false;
      await enableTrigger(manager, row.id, enabled);
      await switchPluginTrigger(manager, row.id, enabled);
      await this.audit.append(manager, {
        caller: action.caller,
        origin: action.origin,
        action: enabled ? 'trigger.resumed' : 'trigger.paused',
        target: `trigger:${action.name}`,
        before: { enabled: row.enabled },
        after: { enabled },
      });
      return true;
    });
    if (changed) await this.announce(workspaceId);
    return this.detail(workspaceId, action.name);
  }

  /** Has the plugin look at the other system now; only what it polls can be looked at. */
  async look(workspaceId: string, name: string): Promise<TriggerDetail> {
    const row = await this.rowOf(this.dataSource, workspaceId, name);
    if (row.kind !== 'plugin')
      throw new ProblemError(
        'conflict',
        `The trigger "${name}" waits for what is sent: there is nothing to look at.`,
      );
    if (!row.enabled) throw new ProblemError('conflict', `The trigger "${name}" is paused: resume it first.`);
    await lookAtPluginTrigger(this.dataSource, row.id);
    await this.announce(workspaceId);
    return this.detail(workspaceId, name);
  }

  async remove(action: TriggerAction): Promise<void> {
    const { workspaceId } = action.caller;
    await this.dataSource.transaction(async (manager) => {
      await lockTrigger(manager, workspaceId, action.name);
      const row = await this.rowOf(manager, workspaceId, action.name);
      await deleteTrigger(manager, row.id);
      await forgetPluginTrigger(manager, row.id);
      await this.audit.append(manager, {
        caller: action.caller,
        origin: action.origin,
        action: 'trigger.removed',
        target: `trigger:${action.name}`,
        before: { contentHash: row.contentHash, revision: row.revision },
      });
    });
    await this.announce(workspaceId);
  }

  private async store(manager: Queryable, at: ApplyTrigger, document: TriggerDocument): Promise<Applied> {
    const { workspaceId, subject } = at.caller;
    const { name } = document.metadata;
    await lockTrigger(manager, workspaceId, name);
    const old = await findTrigger(manager, workspaceId, name);
    const definition = JSON.stringify(document);
    const contentHash = createHash('sha256').update(definition).digest('hex');
    const change = old === undefined ? 'created' : old.contentHash === contentHash ? 'unchanged' : 'updated';
    const revision = (old?.revision ?? 0) + (change === 'unchanged' ? 0 : 1);
    const applied: Applied = {
      kind: 'Trigger',
      name,
      version: String(revision),
      contentHash,
      change,
      findings: [
        ...(await this.warnings(manager, workspaceId, document)),
        ...(await pluginFindings(manager, workspaceId, document)),
      ],
    };
    refuseErrors(applied.findings);
    if (at.plan || change === 'unchanged') return applied;
    const id = old?.id ?? uuidv7();
    const sameSource = old !== undefined && sourceOf(old) === sourceOf({ definition });
    await upsertTrigger(
      manager,
      {
        id,
        workspaceId,
        name,
        kind: kindOf(document),
        namespace: document.spec.workflow.namespace,
        workflow: document.spec.workflow.name,
        contentHash,
        source: at.text,
        definition,
        createdBy: subject,
      },
      sameSource,
    );
    await alignSource(manager, { id, workspaceId, document, enabled: old?.enabled ?? true, sameSource });
    await this.audit.append(manager, {
      caller: at.caller,
      origin: at.origin,
      action: `trigger.${change}`,
      target: `trigger:${name}`,
      before: old && { contentHash: old.contentHash, revision: old.revision },
      after: { contentHash, revision },
    });
    return applied;
  }

  /** What is no error, because it may still come: the workflow and the connection can be applied later. */
  private async warnings(
    manager: Queryable,
    workspaceId: string,
    document: TriggerDocument,
  ): Promise<Finding[]> {
    const { workflow, kafka } = document.spec;
    const [found] = (await manager.query(
      `SELECT EXISTS (SELECT FROM workflows WHERE workspace_id = $1 AND namespace = $2 AND name = $3) AS workflow,
        EXISTS (SELECT FROM connections WHERE workspace_id = $1 AND name = $4) AS connection`,
      [workspaceId, workflow.namespace, workflow.name, kafka?.connection ?? null],
    )) as { workflow: boolean; connection: boolean }[];
    const findings: Finding[] = [];
    if (found?.workflow !== true) {
      findings.push({
        severity: 'warning',
        code: 'unknown-workflow',
        message: `There is no workflow ${workflow.namespace}/${workflow.name} yet: until it is applied, records become dead letters.`,
        pointer: '/spec/workflow',
      });
    }
    if (kafka?.connection !== undefined && found?.connection !== true) {
      findings.push({
        severity: 'warning',
        code: 'unknown-connection',
        message: `There is no connection "${kafka.connection}" yet: the trigger begins to read when it is there.`,
        pointer: '/spec/kafka/connection',
      });
    }
    return findings;
  }

  private async rowOf(database: Queryable, workspaceId: string, name: string): Promise<TriggerRow> {
    const row = await findTrigger(database, workspaceId, name);
    if (row === undefined) throw new ProblemError('not-found', `There is no trigger "${name.slice(0, 64)}".`);
    return row;
  }

  private async announce(workspaceId: string): Promise<void> {
    await this.bus.publish(TOPICS.control, [{ kind: 'definitions.changed', workspaceId, what: 'trigger' }]);
  }
}

/** What a trigger reads: while that stays the same, a changed trigger goes on where it was. */
function sourceOf({ definition }: Pick<TriggerRow, 'definition'>): string {
  const { kafka, plugin } = (parseJson<TriggerDocument>(definition) as TriggerDocument).spec;
  const ofPlugin = plugin && [plugin.connection, plugin.trigger, plugin.options];
  return JSON.stringify([kafka?.connection, kafka?.topic, kafka?.from, ofPlugin]);
}

function checkTrigger(text: string): TriggerDocument {
  const { trigger, findings } = parseTrigger(text);
  if (trigger !== undefined) return trigger;
  throw refusal(findings);
}

function kindOf({ spec }: TriggerDocument): TriggerRow['kind'] {
  if (spec.plugin !== undefined) return 'plugin';
  return spec.kafka === undefined ? 'cloudevents' : 'kafka';
}

function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw refusal(errors);
}

function refusal(findings: readonly Finding[]): ProblemError {
  const [first] = findings;
  return new ProblemError(
    'invalid-trigger',
    `The trigger has ${counted(findings.length, 'error')}${first ? `; the first: ${first.message}` : ''}`,
    { more: { errors: findings.map((finding) => ({ ...finding, detail: finding.message })) } },
  );
}
