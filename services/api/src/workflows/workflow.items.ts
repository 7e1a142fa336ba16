import type { WorkflowSummary } from '@tutti/contracts';
import { percentileOf } from '@tutti/store';
import { type WorkflowDocument, workflowHints } from '@tutti/workflow';
import type { WorkflowRow } from './workflows.queries.js';

/** A workflow as the lists show it. */
export function toSummary(row: WorkflowRow): WorkflowSummary {
  const hints = workflowHints(JSON.parse(row.definition) as WorkflowDocument);
  return {
    namespace: row.namespace,
    name: row.name,
    version: row.version,
    title: hints.title,
    summary: hints.summary,
    enabled: row.enabled,
    disabled: row.disabled,
    updatedAt: row.updatedAt,
    recent: recentOf(row),
  };
}

function recentOf(row: WorkflowRow): WorkflowSummary['recent'] {
  const runs = (status?: string) =>
    row.minutes
      .filter((minute) => status === undefined || minute.status === status)
      .reduce((sum, minute) => sum + minute.runs, 0);
  const completed = row.minutes
    .filter((minute) => minute.status === 'completed')
    .flatMap((minute) => minute.durations);
  return {
    runs: runs(),
    completed: runs('completed'),
    faulted: runs('faulted'),
    active: row.active,
    p50Ms: percentileOf(addUp(completed), 0.5),
    costMicros: row.minutes.reduce((sum, minute) => sum + Number(minute.costMicros), 0),
  };
}

function addUp(histograms: number[][]): number[] {
  const sums: number[] = [];
  for (const histogram of histograms)
    histogram.forEach((count, i) => {
      sums[i] = (sums[i] ?? 0) + count;
    });
  return sums;
}
