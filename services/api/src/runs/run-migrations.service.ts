import {
  type MigratableRun,
  type MigrateRequest,
  type RunCommand,
  type RunMigrations,
  TOPICS,
  uuidv7,
  type WorkflowIdentity,
} from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import {
  type Block,
  innermostTasks,
  migrationBlocks,
  type RunDefinition,
  type RunState,
} from '@tutti/engine';
import { type LoadedRun, RunStore } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { encodeCursor } from '../database/page.js';
import { keyOf, WorkflowVersions } from '../workflows/versions.service.js';
import type { WorkflowVersionRow } from '../workflows/versions.queries.js';
import { runDefinition } from './run-definitions.js';
import { runFilterOf } from './run-filter.js';
import { countRuns, insertCommands } from './run-migrations.queries.js';
import { listRuns, type RunFilter, type RunRow } from './runs.queries.js';

const SEARCH_MS_MAX = 5_000;
/** Runs whose states are in memory at a time. */
const STATES_MAX = 50;

export interface MigrateRuns {
  caller: Caller;
  origin: string;
  namespace: string;
  name: string;
  request: z.infer<typeof MigrateRequest>;
}

interface Looked {
  run: MigratableRun;
  from: WorkflowIdentity;
}

/** Lets runs under way go on with another version of their workflow. */
@Injectable()
export class RunMigrator {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly store: RunStore,
    @Inject(WorkflowVersions) private readonly versions: WorkflowVersions,
    @Inject(AuditService) private readonly audit: AuditService,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  /** Looks at one page of runs; those that can are asked to migrate, unless it is a dry run. */
  async migrate(asked: MigrateRuns): Promise<RunMigrations> {
    const { request } = asked;
    const key = keyOf(asked);
    const to = await this.versions.named(key, request.to);
    const filter = await this.filterOf(asked, to);
    const { rows, matched } = await this.find(filter);
    const page = rows.slice(0, request.limit);
    const identity = identityOf(asked, to);
    const looked = await this.lookAt(key.workspaceId, page, identity);
    const able = looked.filter(({ run }) => run.can);
    if (!request.dryRun && able.length > 0) await this.ask(asked, { able, to, identity });
    const last = page.at(-1);
    return {
      dryRun: request.dryRun,
      to,
      matched,
      can: able.length,
      cannot: looked.length - able.length,
      asked: request.dryRun ? 0 : able.length,
      items: looked.map(({ run }) => run),
      nextCursor: rows.length > request.limit && last ? encodeCursor(last.id) : null,
    };
  }

  private async filterOf(asked: MigrateRuns, to: WorkflowVersionRow): Promise<RunFilter> {
    const { request, namespace, name } = asked;
    const key = keyOf(asked);
    const from = request.from === undefined ? undefined : await this.versions.named(key, request.from);
    const { startedFrom, startedTo, q, cursor, limit } = request;
    return {
      ...runFilterOf(key.workspaceId, {
        status: 'running,waiting,suspended',
        workflow: `${namespace}/${name}`,
        from: startedFrom,
        to: startedTo,
        q,
        cursor,
        limit,
      }),
      ids: request.runs ?? null,
      onVersion: from?.id ?? null,
      notOnVersion: to.id,
    };
  }

  private find(filter: RunFilter): Promise<{ rows: RunRow[]; matched: number }> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL statement_timeout = ${SEARCH_MS_MAX}`);
      return { rows: await listRuns(manager, filter), matched: await countRuns(manager, filter) };
    });
  }

  private async lookAt(
    workspaceId: string,
    page: readonly RunRow[],
    to: WorkflowIdentity,
  ): Promise<Looked[]> {
    const definitions = new Map<string, RunDefinition>();
    const definitionOf = async (identity: WorkflowIdentity) => {
      const known = definitions.get(identity.versionId);
      const definition = known ?? (await runDefinition(this.dataSource, workspaceId, identity));
      definitions.set(identity.versionId, definition);
      return definition;
    };
    const numbers = new Map<string, number>();
    const looked: Looked[] = [];
    for (let at = 0; at < page.length; at += STATES_MAX) {
      const part = page.slice(at, at + STATES_MAX);
      const loaded = new Map(
        (await this.store.loadRuns(part.map(({ id }) => id))).map((run) => [run.id, run]),
      );
      for (const row of part) {
        const run = loaded.get(row.id);
        const from = run?.workflow ?? identityOf(row, { version: row.version, id: row.versionId });
        const number = numbers.get(from.versionId) ?? (await this.numberOf(workspaceId, row, from));
        numbers.set(from.versionId, number);
        const blocks = await blocksOf(run, { from, to, definitionOf });
        looked.push({ run: { ...factsOf(row, run), number, ...outcomeOf(blocks) }, from });
      }
    }
    return looked;
  }

  private async numberOf(workspaceId: string, { workflowId }: RunRow, of: WorkflowIdentity): Promise<number> {
    return this.versions.numberOf({ workspaceId, workflowId, versionId: of.versionId });
  }

  private async ask(
    { caller, origin, namespace, name }: MigrateRuns,
    of: { able: readonly Looked[]; to: WorkflowVersionRow; identity: WorkflowIdentity },
  ): Promise<void> {
    const commands = of.able.map(({ run, from }) => {
      const command: RunCommand = { kind: 'migrate', by: caller.subject, from, to: of.identity };
      return { id: uuidv7(), runId: run.id, command };
    });
    await this.dataSource.transaction(async (manager) => {
      await insertCommands(manager, caller.workspaceId, commands);
      await this.audit.append(manager, {
        caller,
        origin,
        action: 'workflow.migrate-requested',
        target: `workflow:${namespace}/${name}`,
        after: {
          versionId: of.to.id,
          number: of.to.number,
          runs: commands.map(({ runId }) => runId),
        },
      });
    });
    await this.bus.publish(
      TOPICS.runInbox,
      commands.map(({ id, runId, command }) => ({ kind: 'run.commanded', runId, commandId: id, command })),
    );
  }
}

async function blocksOf(
  run: LoadedRun | undefined,
  of: {
    from: WorkflowIdentity;
    to: WorkflowIdentity;
    definitionOf: (identity: WorkflowIdentity) => Promise<RunDefinition>;
  },
): Promise<Block[]> {
  if (run?.state == null) return [{ position: '', reason: 'has not begun, or has ended meanwhile' }];
  const [from, to] = [await of.definitionOf(of.from), await of.definitionOf(of.to)];
  return migrationBlocks(stateOf(run), from, to);
}

function stateOf({ state, input }: LoadedRun): RunState {
  return { ...(JSON.parse(state as string) as RunState), input: JSON.parse(input) as unknown };
}

function outcomeOf(blocks: readonly Block[]): { can: boolean; reasons: string[] } {
  const reasons = blocks.map(({ position, reason }) => `${position || 'The run'} ${reason}`);
  return { can: blocks.length === 0, reasons };
}

function factsOf({ id, status, startedAt }: RunRow, run: LoadedRun | undefined) {
  const active = run?.state == null ? [] : innermostTasks(stateOf(run)).map(({ position }) => position);
  return { id, status, startedAt, active };
}

function identityOf(
  { namespace, name }: { namespace: string; name: string },
  { version, id }: { version: string; id: string },
): WorkflowIdentity {
  return { namespace, name, version, versionId: id };
}
