import type { Effect } from '@tutti/contracts';
import type { WorkflowHints } from './compiled.types.js';
import type { TaskDefinition, WorkflowDocument } from './document.types.js';
import { durationMs } from './duration.js';

const EFFECTS = new Set<unknown>(['read', 'idempotent-write', 'write']);

/** `metadata.tutti` of a task. */
export interface TaskHints {
  /** What a repeat of the call would do, when the default of its HTTP method is wrong. */
  effect?: Effect;
}

/** The hints of a task; what is not understood is no hint. */
export function taskHints(task: TaskDefinition): TaskHints {
  const { effect } = record(task.metadata?.tutti);
  return EFFECTS.has(effect) ? { effect: effect as Effect } : {};
}

/**
 * What people read about a workflow: `document.title` and `summary`, and the baseline under
 * `document.metadata.tutti` (`cycleTime` as a duration or `cycleTimeMs`, `costMicros`, `currency`, `note`).
 */
export function workflowHints({ document }: WorkflowDocument): WorkflowHints {
  const hints = record(document.metadata?.tutti);
  return {
    title: document.title ?? text(hints.title),
    summary: document.summary ?? text(hints.summary),
    baseline: hints.baseline === undefined ? null : baseline(record(hints.baseline)),
  };
}

function baseline(value: Record<string, unknown>): WorkflowHints['baseline'] {
  return {
    cycleTimeMs: number(value.cycleTimeMs) ?? durationMs(value.cycleTime) ?? null,
    costMicros: number(value.costMicros),
    currency: text(value.currency),
    note: text(value.note),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
