import { RUN_ENDED, type RunStatus } from '@tutti/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { parseJson } from '../database/rows.js';
import { findRunEnd, listRunEnds } from './runs.queries.js';

/** How a run ended, as its last lifecycle message says or the database has it. */
export interface RunEnd {
  status: RunStatus;
  output?: unknown;
  error?: unknown;
}

/**
 * The end of a run as the database has it. Asked once when a wait is over, should the message of the end
 * have been lost.
 */
@Injectable()
export class RunEnds {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async endOf(runId: string): Promise<RunEnd | null> {
    const last = await this.lastOf(runId);
    return last !== null && RUN_ENDED.has(last.status) ? last : null;
  }

  /** The same for a run that may go on: its status is then what it does, such as waiting for a review. */
  async lastOf(runId: string): Promise<RunEnd | null> {
    const row = await findRunEnd(this.dataSource, runId);
    if (row === undefined) return null;
    return { status: row.status, output: parseJson(row.output), error: parseJson(row.error) };
  }

  /** The ends of those of the given runs that have one. */
  async endsOf(runIds: readonly string[]): Promise<ReadonlyMap<string, RunEnd>> {
    const rows = await listRunEnds(this.dataSource, runIds);
    return new Map(
      rows.map(({ id, status, output, error }) => [
        id,
        { status, output: parseJson(output), error: parseJson(error) },
      ]),
    );
  }
}
