import { Bus } from '@tutti/bus';
import { TOPICS, type WorkflowIdentity, WORKFLOW_ERROR_BASE } from '@tutti/contracts';
import {
  compileScheduleInput,
  type EventStart,
  eventStart,
  inputSchema,
  type WorkflowDocument,
  workflowHints,
} from '@tutti/workflow';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { type SchemaCheck, compileSchema } from '../schemas/schema-check.js';
import type { Disabled } from './disabled-workflow.js';
import { type StartableRow, type WorkflowKey, findDefinition, findStartable } from './workflows.queries.js';

/** What the start of a run needs to know of a workflow, ready to use. */
export interface StartableWorkflow {
  workflowId: string;
  identity: WorkflowIdentity;
  /** Why, by whom and since when it starts no runs; null: it does. */
  disabled: Disabled | null;
  checkInput: SchemaCheck | null;
  /** `metadata.tutti.idempotency: required`. */
  keyRequired: boolean;
  /** The input of scheduled runs, by their planned time in epoch milliseconds; null without a schedule. */
  inputAt: ((plannedAtMs: number) => unknown) | null;
  /** The events that start it; null: none do. */
  eventStart: EventStart | null;
  /** `metadata.tutti.concurrency`: runs that may be under way at once; null: any number. */
  concurrency: number | null;
  /** The version that takes a share of the new runs; `versionFor` chooses. */
  canary: { percent: number; workflow: StartableWorkflow } | null;
}

interface Entry {
  workflow: StartableWorkflow;
  checkedAtMs: number;
}

const ENTRIES_MAX = 2_000;

/** The current versions of workflows with their compiled input checks, in memory. */
@Injectable()
export class WorkflowCatalog implements OnApplicationShutdown {
  private readonly logger = new Logger(WorkflowCatalog.name);
  private readonly entries = new Map<string, Entry>();
  private readonly loading = new Map<string, Promise<StartableWorkflow | undefined>>();
  private readonly stopListening: () => void;
  /** How often something was forgotten: what was read before must not be remembered after. */
  private forgotten = 0;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    @Inject(Bus) bus: Bus,
  ) {
    this.stopListening = bus.subscribe(TOPICS.control, (messages) => {
      const changed = messages.some(
        ({ kind, what }) => kind === 'definitions.changed' && what === 'workflow',
      );
      if (changed) this.forgetAll();
    });
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }

  /** The workflow when it was looked up a moment ago, without a promise. */
  recall(key: WorkflowKey): StartableWorkflow | undefined {
    const entry = this.entries.get(keyText(key));
    return entry !== undefined && Date.now() - entry.checkedAtMs < this.config.workflowCacheMs
      ? entry.workflow
      : undefined;
  }

  /** The workflow, looked up when needed; callers that ask at the same time share one look-up. */
  find(key: WorkflowKey): Promise<StartableWorkflow | undefined> {
    const text = keyText(key);
    const running = this.loading.get(text);
    if (running !== undefined) return running;
    const load = this.load(key, text).finally(() => {
      if (this.loading.get(text) === load) this.loading.delete(text);
    });
    this.loading.set(text, load);
    return load;
  }

  /** The workflow when this version is the current one; null when this process cannot see that yet. */
  async findVersion(key: WorkflowKey & { versionId: string }): Promise<StartableWorkflow | null> {
    const known = this.recall(key);
    if (known?.identity.versionId === key.versionId) return known;
    this.forget(key);
    const found = await this.find(key);
    return found?.identity.versionId === key.versionId ? found : null;
  }

  /** Forgets a workflow that was changed in this process. */
  forget(key: WorkflowKey): void {
    this.forgotten += 1;
    this.entries.delete(keyText(key));
    this.loading.delete(keyText(key));
  }

  /** Forgets which versions are current; compiled checks stay with the versions that they belong to. */
  private forgetAll(): void {
    this.forgotten += 1;
    this.loading.clear();
    for (const entry of this.entries.values()) entry.checkedAtMs = 0;
  }

  private async load(key: WorkflowKey, text: string): Promise<StartableWorkflow | undefined> {
    const { forgotten } = this;
    const row = await findStartable(this.dataSource, key);
    if (row === undefined) {
      this.entries.delete(text);
      return undefined;
    }
    const workflow = await this.withCanary(key, row, this.entries.get(text)?.workflow);
    if (this.entries.size >= ENTRIES_MAX) this.entries.clear();
    if (forgotten === this.forgotten) this.entries.set(text, { workflow, checkedAtMs: Date.now() });
    return workflow;
  }

  private async withCanary(
    key: WorkflowKey,
    row: StartableRow,
    old: StartableWorkflow | undefined,
  ): Promise<StartableWorkflow> {
    const versionOf = async (of: StartableRow, known: StartableWorkflow | undefined) =>
      // The version is immutable: a check that was compiled for it stays right.
      known?.identity.versionId === of.versionId
        ? { ...known, disabled: row.disabled, canary: null }
        : this.compile(key, of);
    const current = await versionOf(row, old);
    if (row.canary === null) return current;
    const canary = await versionOf({ ...row, ...row.canary }, old?.canary?.workflow);
    // How many runs may be under way at once is one number for all versions: that of the current one.
    const workflow = { ...canary, concurrency: current.concurrency };
    return { ...current, canary: { percent: row.canary.percent, workflow } };
  }

  private async compile(key: WorkflowKey, row: StartableRow): Promise<StartableWorkflow> {
    const definition = await findDefinition(this.dataSource, key.workspaceId, row.versionId);
    const document = JSON.parse(definition as string) as WorkflowDocument;
    const identity = {
      namespace: key.namespace,
      name: key.name,
      version: row.version,
      versionId: row.versionId,
    };
    return {
      workflowId: row.workflowId,
      identity,
      disabled: row.disabled,
      checkInput: this.checkOf(document, identity),
      keyRequired: keyRequired(document),
      inputAt: document.schedule === undefined ? null : compileScheduleInput(document),
      eventStart: eventStart(document),
      concurrency: workflowHints(document).concurrency,
      canary: null,
    };
  }

  /**
   * A schema that does not compile was refused by apply; should one be there all the same, the run itself
   * reports it.
   */
  private checkOf(document: WorkflowDocument, identity: WorkflowIdentity): SchemaCheck | null {
    const schema = inputSchema(document);
    if (schema === null || typeof schema !== 'object') return null;
    try {
      return compileSchema(schema as Record<string, unknown>);
    } catch (error) {
      this.logger.warn(
        `The input schema of ${identity.namespace}/${identity.name} ${identity.version} does not compile ` +
          `(${WORKFLOW_ERROR_BASE}configuration): ${(error as Error).message}`,
      );
      return null;
    }
  }
}

function keyText(key: WorkflowKey): string {
  return `${key.workspaceId}\n${key.namespace}\n${key.name}`;
}

/** `metadata.tutti.idempotency: required` asks every start for an Idempotency-Key. */
function keyRequired(document: WorkflowDocument): boolean {
  const hints = document.document.metadata?.tutti;
  return (
    typeof hints === 'object' &&
    hints !== null &&
    (hints as { idempotency?: unknown }).idempotency === 'required'
  );
}
