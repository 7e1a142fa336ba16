import { Inject, Injectable } from '@nestjs/common';
import type { Trace, TracePage } from '@tutti/contracts';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { decodeCursor, isUuid, pageFrom } from '../database/page.js';
import { ProblemError } from '../problems/problem.error.js';
import { missingSpans } from './open-spans.js';
import { type TimedSpan, toSpanItem, toTrace } from './trace.items.js';
import { findTracedRun, listSpans, listTraces, type TraceFilter, type TraceRow } from './traces.queries.js';

const TRACE_ID = /^[0-9a-f]{32}$/i;

export interface TraceListQuery {
  service?: string | undefined;
  managed?: boolean | undefined;
  q?: string | undefined;
  runId?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  cursor?: string | undefined;
  limit: number;
}

@Injectable()
export class TracesService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async list(workspaceId: string, query: TraceListQuery): Promise<z.infer<typeof TracePage>> {
    const rows = await listTraces(this.dataSource, filterOf(workspaceId, query));
    return pageFrom(rows, query.limit, {
      item: toSummary,
      key: (row) => `${row.startedAt} ${row.traceId}`,
    });
  }

  async trace(workspaceId: string, traceId: string): Promise<z.infer<typeof Trace>> {
    const spans = TRACE_ID.test(traceId) ? await this.#stored(workspaceId, traceId.toLowerCase()) : [];
    if (spans.length === 0) {
      throw new ProblemError(
        'not-found',
        `There is no trace ${traceId.slice(0, 64)}; it may be older than what is kept.`,
      );
    }
    return toTrace(traceId.toLowerCase(), spans);
  }

  /** The trace of a run, also while it is going: what is not written yet comes out of the run's own rows. */
  async ofRun(workspaceId: string, runId: string): Promise<z.infer<typeof Trace>> {
    const run = isUuid(runId) ? await findTracedRun(this.dataSource, workspaceId, runId) : undefined;
    if (run === undefined) throw new ProblemError('not-found', `There is no run ${runId.slice(0, 64)}.`);
    const spans = await this.#stored(workspaceId, run.traceId);
    const storedIds = new Set(spans.map(({ item }) => item.spanId));
    return toTrace(run.traceId, [...spans, ...missingSpans(run, storedIds)]);
  }

  async #stored(workspaceId: string, traceId: string): Promise<TimedSpan[]> {
    const rows = await listSpans(this.dataSource, workspaceId, traceId);
    return rows.map((row) => ({ startMs: row.startMs, item: toSpanItem(row) }));
  }
}

function toSummary(row: TraceRow): z.infer<typeof TracePage>['items'][number] {
  return {
    ...row,
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    costMicros: Number(row.costMicros),
  };
}

function filterOf(workspaceId: string, query: TraceListQuery): TraceFilter {
  return {
    workspaceId,
    service: query.service ?? null,
    managed: query.managed ?? null,
    q: query.q?.trim() || null,
    runId: query.runId ?? null,
    from: query.from ?? null,
    to: query.to ?? null,
    before: beforeOf(query.cursor),
    limit: query.limit + 1,
  };
}

function beforeOf(cursor: string | undefined): TraceFilter['before'] {
  const key = decodeCursor(cursor);
  if (key === null) return null;
  const [startedAt = '', traceId = ''] = key.split(' ');
  if (!TRACE_ID.test(traceId) || Number.isNaN(Date.parse(startedAt))) {
    throw new ProblemError(
      'invalid-request',
      'The cursor is not one that this list gave. Leave it out to start at the first page.',
    );
  }
  return { startedAt, traceId };
}
