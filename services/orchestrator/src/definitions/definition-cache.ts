import { Injectable } from '@nestjs/common';
import type { WorkflowIdentity } from '@tutti/contracts';
import type { RunDefinition } from '@tutti/engine';
import { readRouting, SecretMarks, usesFormerPlugin } from '@tutti/store';
import { compileRouting, type Routing } from '@tutti/routing';
import { type CompiledWorkflow, compileWorkflow, type WorkflowDocument } from '@tutti/workflow';
import { DataSource } from 'typeorm';

/** Compiled workflow versions kept in memory; the one used longest ago goes first. */
const WORKFLOWS_MAX = 1_000;

/**
 * Changes whenever a policy, a connection or a plugin does in a way that decisions depend on. A row that is
 * written has a new `xmin`; connections are written with every check of their health, so their columns are
 * named.
 */
const MARK = `
SELECT concat_ws(';',
  (SELECT string_agg(id::text, ',' ORDER BY id) FROM routing_policies WHERE active),
  (SELECT string_agg(concat_ws(' ', workspace_id, name, plugin), ',' ORDER BY workspace_id, name) FROM connections WHERE enabled),
  (SELECT string_agg(concat_ws(' ', connection_id, approved_hash, md5(offers)), ',' ORDER BY connection_id) FROM connection_discoveries),
  (SELECT string_agg(concat_ws(' ', name, version, xmin), ',' ORDER BY name, version) FROM plugins WHERE state = 'loaded')) AS mark`;

/**
 * What `decide` needs beside the state: the compiled workflow version, and the workspace's active policies
 * and enabled connections. Versions are immutable and stay; policies and connections are read anew after
 * `definitions.changed`.
 */
@Injectable()
export class DefinitionCache {
  private readonly workflows = new Map<string, Promise<CompiledWorkflow>>();
  private routing = new Map<string, Promise<Routing>>();
  private definitions = new Map<string, RunDefinition>();
  private mark: string | null = null;
  private marks: Promise<SecretMarks> | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /** The definition if it is in memory: the hot path does not wait. */
  peek(versionId: string): RunDefinition | undefined {
    return this.definitions.get(versionId);
  }

  async get(workspaceId: string, identity: WorkflowIdentity): Promise<RunDefinition> {
    const known = this.definitions.get(identity.versionId);
    if (known) return known;
    const routings = this.routing;
    const [workflow, routing] = await Promise.all([
      this.workflow(identity.versionId),
      this.routingFor(workspaceId, identity.versionId),
    ]);
    const definition: RunDefinition = { workflow, identity, ...routing };
    if (workflow.secrets.length > 0) definition.markSecret = (await this.secretMarks()).macOf;
    // If the policies changed while they were read, this definition serves its caller, and the next one reads
    // again.
    if (routings === this.routing) this.remember(identity.versionId, definition);
    return definition;
  }

  /**
   * Forgets what the database has changed without a word: a broadcast reaches only those who listen at that
   * moment. Call it every few seconds.
   */
  async checkMark(): Promise<void> {
    const [row] = (await this.dataSource.query(MARK)) as { mark: string }[];
    const before = this.mark;
    this.mark = row?.mark ?? '';
    if (before !== null && before !== this.mark) this.invalidate();
  }

  /** Forgets policies and connections; compiled workflows stay. */
  invalidate(): void {
    this.routing = new Map();
    this.definitions = new Map();
  }

  private remember(versionId: string, definition: RunDefinition): void {
    if (this.definitions.size >= WORKFLOWS_MAX) {
      const [oldest] = this.definitions.keys();
      if (oldest !== undefined) {
        this.definitions.delete(oldest);
        this.workflows.delete(oldest);
      }
    }
    this.definitions.set(versionId, definition);
  }

  /** Read when the first workflow with secrets runs; it never changes. */
  private secretMarks(): Promise<SecretMarks> {
    this.marks ??= SecretMarks.load(this.dataSource).catch((error: unknown) => {
      this.marks = null;
      throw error;
    });
    return this.marks;
  }

  private workflow(versionId: string): Promise<CompiledWorkflow> {
    let workflow = this.workflows.get(versionId);
    if (!workflow) {
      workflow = this.readWorkflow(versionId);
      this.workflows.set(versionId, workflow);
      workflow.catch(() => this.workflows.delete(versionId));
    }
    return workflow;
  }

  private async readWorkflow(versionId: string): Promise<CompiledWorkflow> {
    const rows = (await this.dataSource.query('SELECT definition FROM workflow_versions WHERE id = $1', [
      versionId,
    ])) as { definition: string }[];
    if (!rows[0]) throw new Error(`The workflow version ${versionId} is not in the database.`);
    return compileWorkflow(JSON.parse(rows[0].definition) as WorkflowDocument);
  }

  /** With the versions of plugins that the workflow version was applied with, where others are active. */
  private async routingFor(workspaceId: string, versionId: string): Promise<Routing> {
    if (!(await usesFormerPlugin(this.dataSource, versionId))) return this.routingOf(workspaceId);
    return compileRouting(await readRouting(this.dataSource, workspaceId, versionId));
  }

  private routingOf(workspaceId: string): Promise<Routing> {
    let routing = this.routing.get(workspaceId);
    if (!routing) {
      const map = this.routing;
      routing = this.readRouting(workspaceId);
      map.set(workspaceId, routing);
      routing.catch(() => map.delete(workspaceId));
    }
    return routing;
  }

  private async readRouting(workspaceId: string): Promise<Routing> {
    return compileRouting(await readRouting(this.dataSource, workspaceId));
  }
}
