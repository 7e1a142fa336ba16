import type { BulkRetried, BulkRetryRequest } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { Caller } from '../access/access.types.js';
import { AuditService } from '../audit/audit.service.js';
import { ProblemError } from '../problems/problem.error.js';
import { runFilterOf } from './run-filter.js';
import { RunIntake } from './runs.intake.js';
import { findRun, listRuns } from './runs.queries.js';
import { retryOf, toSummary } from './runs.service.js';

/** Runs that a dry run shows. */
const SAMPLE_MAX = 10;
const SEARCH_MS_MAX = 5_000;
/** Names the retry of a run: however often many are retried at once, each is retried once by it. */
const SCOPE = 'bulk-retry';

export interface BulkRetry {
  caller: Caller;
  origin: string;
  request: z.infer<typeof BulkRetryRequest>;
}

/** Retries the faulted runs that a filter finds, each once. */
@Injectable()
export class RunRetries {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunIntake) private readonly intake: RunIntake,
    @Inject(AuditService) private readonly audit: AuditService,
  ) {}

  async retryMany(bulk: BulkRetry): Promise<BulkRetried> {
    const { limit, dryRun } = bulk.request;
    const found = await this.find(bulk);
    const runs = found.slice(0, limit);
    const answer: BulkRetried = {
      dryRun,
      matched: runs.length,
      more: found.length > limit,
      sample: runs.slice(0, SAMPLE_MAX).map(toSummary),
      retried: [],
      refused: [],
    };
    if (dryRun) return answer;
    for (const { id } of runs) {
      const outcome = await this.retryOne(bulk, id);
      if ('reason' in outcome) answer.refused.push(outcome);
      else answer.retried.push(outcome);
    }
    return answer;
  }

  /**
   * One more than the limit, if there are so many: the newest that were not retried in this way before. A
   * sub-workflow that a retry of its parent repeats, or that its parent itself repeated, must not be twice;
   * one whose parent faulted and is retried by nobody is found.
   */
  private find({ caller, request }: BulkRetry) {
    const { errorType, dryRun: _, ...query } = request;
    const filter = runFilterOf(caller.workspaceId, { ...query, status: 'faulted' });
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL statement_timeout = ${SEARCH_MS_MAX}`);
      const only = { errorType: errorType ?? null, withoutKeyIn: SCOPE, withoutRepeated: true };
      return listRuns(manager, { ...filter, ...only });
    });
  }

  private async retryOne(
    { caller, origin }: BulkRetry,
    id: string,
  ): Promise<BulkRetried['retried'][number] | BulkRetried['refused'][number]> {
    const row = await findRun(this.dataSource, caller.workspaceId, id);
    if (row === undefined) return { id, reason: 'The run was removed meanwhile.' };
    const { run, message } = retryOf(row, caller.workspaceId, null);
    const idempotency = { scope: SCOPE, key: id, requestHash: Buffer.from(id) };
    try {
      const accepted = await this.intake.acceptOne({ ...run, idempotency }, message);
      if (!accepted.accepted) return { id, reason: `Another request retried it: ${accepted.id}.` };
    } catch (error) {
      if (error instanceof ProblemError) return { id, reason: error.message };
      throw error;
    }
    await this.dataSource.transaction((manager) =>
      this.audit.append(manager, {
        caller,
        origin,
        action: 'run.retry-requested',
        target: `run:${id}`,
        after: { runId: run.id, fromTask: null, bulk: true },
      }),
    );
    return { id, retriedBy: run.id };
  }
}
