import type { Finding, PublishRequest, WorkflowPublished } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { counted } from '../problems/counted.js';
import { ProblemError } from '../problems/problem.error.js';
import type { Precondition } from './precondition.js';
import { WorkflowCanaries } from './canaries.service.js';
import { keyOf, type WorkflowAction, WorkflowVersions } from './versions.service.js';
import type { WorkflowVersionRow } from './versions.queries.js';
import { findVersion, type WorkflowKey } from './workflows.queries.js';
import { WorkflowsService } from './workflows.service.js';

type Wanted = z.infer<typeof PublishRequest> & { wanted: string; precondition?: Precondition | undefined };

/** Makes a version the current one, or the canary beside it, after it was looked at again. */
@Injectable()
export class WorkflowPublishing {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(WorkflowsService) private readonly workflows: WorkflowsService,
    @Inject(WorkflowVersions) private readonly versions: WorkflowVersions,
    @Inject(WorkflowCanaries) private readonly canaries: WorkflowCanaries,
  ) {}

  /**
   * The hub may have changed since the version was applied (a connection is gone, lint knows more), so it is
   * linted again: errors refuse it, unless `force` is set.
   */
  async publish(action: WorkflowAction & Wanted): Promise<WorkflowPublished> {
    const key = keyOf(action);
    const { percent = 100, force = false, dryRun = false } = action;
    const version = await this.versions.named(key, action.wanted);
    const findings = await this.findingsOf(key, version);
    const change = changeOf(version, percent);
    if (dryRun || change === 'unchanged') return { change, version, findings };
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0 && !force) throw refused(key, version, errors);
    if (percent === 100) return this.versions.publish({ ...action, version, findings });
    const done = await this.canaries.start({ ...action, version, percent, findings });
    return { change: done, version: { ...version, canaryPercent: percent }, findings };
  }

  private async findingsOf(key: WorkflowKey, { contentHash }: WorkflowVersionRow): Promise<Finding[]> {
    const { id: workflowId } = await this.versions.workflowOf(key);
    const { workspaceId } = key;
    const stored = await findVersion(this.dataSource, { workspaceId, workflowId, contentHash });
    return (await this.workflows.lint(workspaceId, stored?.source ?? '')).findings;
  }
}

function changeOf(version: WorkflowVersionRow, percent: number): WorkflowPublished['change'] {
  if (percent === 100) return version.current ? 'unchanged' : 'published';
  return version.canaryPercent === percent ? 'unchanged' : 'canary';
}

function refused({ namespace, name }: WorkflowKey, { number }: WorkflowVersionRow, errors: Finding[]) {
  const detail =
    `Version ${number} of ${namespace}/${name} has ${counted(errors.length, 'error')} as the hub is now; the first: ` +
    `${errors[0]?.message ?? ''}. Mend what it needs, or publish it all the same with "force": true (--force).`;
  return new ProblemError('invalid-workflow', detail, {
    more: { errors: errors.map((finding) => ({ ...finding, detail: finding.message })) },
  });
}
