import { Inject, Injectable } from '@nestjs/common';
import type { MetricSeries, Overview } from '@tutti/contracts';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { countAssets } from '../inventory/inventory.queries.js';
import { ProblemError } from '../problems/problem.error.js';
import { findNow, findWorkflowId, listRunSteps, type NowRow, sumCounters } from './metrics.queries.js';
import { pointsOf, type RunFigures, runFiguresOf } from './run-figures.js';
import { rangeBefore, type TimeRange, timeRangeOf } from './time-range.js';

export interface RangeDates {
  from?: Date | undefined;
  to?: Date | undefined;
}

@Injectable()
export class MetricsService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async ofWorkflow(
    at: { workspaceId: string; namespace: string; name: string },
    dates: RangeDates,
  ): Promise<z.infer<typeof MetricSeries>> {
    const range = timeRangeOf(dates, Date.now());
    const workflowId = await findWorkflowId(this.dataSource, at);
    if (workflowId === undefined) {
      throw new ProblemError('not-found', `There is no workflow ${at.namespace}/${at.name}`.slice(0, 300));
    }
    const rows = await listRunSteps(this.dataSource, { workspaceId: at.workspaceId, workflowId, range });
    return { ...instantsOf(range), stepSeconds: range.stepSeconds, points: pointsOf(rows, range) };
  }

  async overview(workspaceId: string, dates: RangeDates): Promise<Overview> {
    const range = timeRangeOf(dates, Date.now());
    const steps = (of: TimeRange) =>
      listRunSteps(this.dataSource, { workspaceId, workflowId: null, range: of });
    const [rows, before, now, assets, counters] = await Promise.all([
      steps(range),
      steps(rangeBefore(range)),
      findNow(this.dataSource, workspaceId),
      countAssets(this.dataSource, workspaceId),
      sumCounters(this.dataSource, workspaceId, range),
    ]);
    return {
      ...instantsOf(range),
      stepSeconds: range.stepSeconds,
      runs: runsNow(runFiguresOf(rows), now),
      previous: runsBefore(runFiguresOf(before)),
      reviews: { open: now.openReviews, oldestOpenAt: now.oldestOpenAt },
      assets,
      telemetry: {
        spansAccepted: counters.get('spans.accepted') ?? 0,
        spansRejected: counters.get('spans.rejected') ?? 0,
        spansDropped: counters.get('spans.dropped') ?? 0,
      },
      points: pointsOf(rows, range),
    };
  }
}

function instantsOf(range: TimeRange): { from: string; to: string } {
  return { from: new Date(range.fromMs).toISOString(), to: new Date(range.toMs).toISOString() };
}

/**
 * Started are those that ended in the range and those that are still going: the rollups know runs by their
 * end.
 */
function runsNow(figures: RunFigures, now: NowRow): Overview['runs'] {
  const { runs, ...rest } = figures;
  return { ...rest, started: runs + now.active, active: now.active };
}

function runsBefore(figures: RunFigures): Overview['previous'] {
  const { runs, successShare, p50Ms, costMicros } = figures;
  return { started: runs, successShare, p50Ms, costMicros };
}
