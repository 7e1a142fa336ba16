import type { Effect, Finding } from '@tutti/contracts';
import type { WorkflowHints } from './compiled.types.js';
import type { TaskDefinition, WorkflowDocument } from './document.types.js';
import { durationMs } from './duration.js';

const EFFECTS = new Set<unknown>(['read', 'idempotent-write', 'write']);
/** What Kafka takes as the name of a topic; `.` and `..` are folders to it. */
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;

/** `metadata.tutti` of a task. */
export interface TaskHints {
  /** What a repeat of the call would do, when the default of its HTTP method is wrong. */
  effect?: Effect;
  /** Where an emitted event goes on the hub's Kafka, when not to the topic of all events. */
  topic?: string;
  /** What becomes of a run that the task started when the task is given up. */
  cascade?: 'cancel' | 'leave';
  /** Whether `call: grpc` secures its connection, when its port does not say it. */
  tls?: boolean;
}

/** The hints of a task; what is not understood is no hint. */
export function taskHints(task: TaskDefinition): TaskHints {
  const { effect, emit, run, tls } = record(task.metadata?.tutti);
  const { topic } = record(emit);
  const { cascade } = record(run);
  return {
    ...(EFFECTS.has(effect) && { effect: effect as Effect }),
    ...(typeof topic === 'string' && TOPIC.test(topic) && { topic }),
    ...((cascade === 'cancel' || cascade === 'leave') && { cascade }),
    ...(typeof tls === 'boolean' && { tls }),
  };
}

/**
 * What people read about a workflow: `document.title` and `summary`, and the baseline under
 * `document.metadata.tutti` (`cycleTime` as a duration or `cycleTimeMs`, `costMicros`, `currency`, `note`),
 * and beside it the limits `concurrency` and `weight`.
 */
export function workflowHints({ document }: WorkflowDocument): WorkflowHints {
  const hints = record(document.metadata?.tutti);
  return {
    title: document.title ?? text(hints.title),
    summary: document.summary ?? text(hints.summary),
    baseline: hints.baseline === undefined ? null : baseline(record(hints.baseline)),
    concurrency: isConcurrency(hints.concurrency) ? hints.concurrency : null,
    weight: isWeight(hints.weight) ? hints.weight : 1,
  };
}

/** What is wrong with the limits under `document.metadata.tutti`: a limit that is misspelt would be none. */
export function limitFindings({ document }: WorkflowDocument): Finding[] {
  const { concurrency, weight } = record(document.metadata?.tutti);
  const findings: Finding[] = [];
  const refuse = (name: string, message: string) =>
    findings.push({
      severity: 'error',
      code: 'limit',
      message,
      pointer: `/document/metadata/tutti/${name}`,
    });
  if (concurrency !== undefined && !isConcurrency(concurrency))
    refuse('concurrency', `"concurrency" is a whole number from 1 to ${LIMITS.concurrency}: runs at once.`);
  if (weight !== undefined && !isWeight(weight))
    refuse('weight', `"weight" is a number above 0 and at most ${LIMITS.weight}: the share among workflows.`);
  return findings;
}

const LIMITS = { concurrency: 100_000, weight: 1_000 } as const;

function isConcurrency(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LIMITS.concurrency;
}

function isWeight(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= LIMITS.weight;
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
