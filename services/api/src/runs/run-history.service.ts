import {
  type RecordedEvent,
  type RunDefinition,
  type RunEvent,
  type Versions,
  versionsOf,
} from '@tutti/engine';
import { RunStore } from '@tutti/store';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isUuid } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { tooLongToReplay } from './replay-limit.js';
import { runDefinition, runDefinitions } from './run-definitions.js';
import { findRun, type RunDetailRow } from './runs.queries.js';
import { unknownRun } from './unknown-run.js';

/** What happened in a run, with everything that a replay needs. */
export interface RunHistory {
  row: RunDetailRow;
  events: RecordedEvent[];
  /** Of the version that the run is on; `versions` has those before. */
  definition: RunDefinition;
  versions: Versions;
}

/** Reads the histories of runs for a replay. */
@Injectable()
export class RunHistories {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly store: RunStore,
  ) {}

  /** Problem 404 for an unknown run and one without a history, 409 for one too long to be replayed. */
  async of(workspaceId: string, runId: string): Promise<RunHistory> {
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
    const versions = await runDefinitions(this.dataSource, workspaceId, versionsOf(events));
    return { row, events, definition, versions };
  }
}
