import type { TaskData } from '@tutti/contracts';
import { RestoreError, taskData } from '@tutti/engine';
import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '../problems/problem.error.js';
import { RunHistories } from './run-history.service.js';

/** What the expressions of a task of a run saw, worked out by replay. Changes nothing. */
@Injectable()
export class RunTaskData {
  constructor(@Inject(RunHistories) private readonly histories: RunHistories) {}

  async of(at: { workspaceId: string; runId: string; place: string }): Promise<TaskData> {
    const { definition, events, versions } = await this.histories.of(at.workspaceId, at.runId);
    try {
      return taskData(definition, events, { place: at.place, versions });
    } catch (error) {
      if (error instanceof RestoreError) throw new ProblemError('not-found', error.message);
      throw error;
    }
  }
}
