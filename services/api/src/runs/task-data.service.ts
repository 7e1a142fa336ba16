import type { TaskData } from '@tutti/contracts';
import { RestoreError, type RunEvent, taskData, versionsOf } from '@tutti/engine';
import { RunStore } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isUuid } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { runDefinition, runDefinitions } from './run-definitions.js';
import { tooLongToReplay } from './replay-limit.js';
import { findRun } from './runs.queries.js';
import { unknownRun } from './unknown-run.js';

/** What the expressions of a task of a run saw, worked out by replay. Changes nothing. */
@Injectable()
export class RunTaskData {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly store: RunStore,
  ) {}

  async of(at: { workspaceId: string; runId: string; place: string }): Promise<TaskData> {
    const { workspaceId, runId, place } = at;
    const row = isUuid(runId) ? await findRun(this.dataSource, workspaceId, runId) : undefined;
    if (row === undefined) throw unknownRun(runId);
    const tooLong = tooLongToReplay(row);
    if (tooLong !== null) throw new ProblemError('conflict', tooLong);
    const { namespace, name, version, versionId } = row;
    const events = await this.store.eventsOf<RunEvent>(row.id);
    if (events.length === 0)
      throw new ProblemError(
        'not-found',
        'What happened in this run is not there: it was removed (retention), or the run has not begun.',
      );
    const identity = { namespace, name, version, versionId };
    const definition = await runDefinition(this.dataSource, workspaceId, identity);
    try {
      const versions = await runDefinitions(this.dataSource, workspaceId, versionsOf(events));
      return taskData(definition, events, { place, versions });
    } catch (error) {
      if (error instanceof RestoreError) throw new ProblemError('not-found', error.message);
      throw error;
    }
  }
}
