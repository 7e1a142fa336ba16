import { createHash } from 'node:crypto';
import { newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { counted } from '../problems/counted.js';
import type { RunAtDoor } from '../runs/run-door.js';
import type { StartableWorkflow } from '../workflows/workflow.catalog.js';
import type { LockedSchedule } from './schedules.queries.js';

/** The run of one planned time, or why it cannot start. */
export type Prepared = { run: RunAtDoor } | { refused: string };

/**
 * Makes the run of a planned time. `key` names it among the runs of schedules; absent: the workflow and the
 * planned time, so that a time becomes one run however often it is taken.
 */
export function scheduledRun(
  of: Pick<LockedSchedule, 'workflowId' | 'workspaceId'>,
  workflow: StartableWorkflow,
  { plannedAtMs, key }: { plannedAtMs: number; key?: string },
): Prepared {
  const input = inputOf(workflow, plannedAtMs);
  if ('refused' in input) return input;
  const planned = instantOf(plannedAtMs);
  const text = JSON.stringify(input.value);
  return {
    run: {
      workflow,
      input: input.value,
      run: {
        id: uuidv7(),
        workspaceId: of.workspaceId,
        workflowId: of.workflowId,
        workflowVersionId: workflow.identity.versionId,
        trigger: `schedule:${planned}`,
        traceId: newTraceId(),
        rootSpanId: newSpanId(),
        input: text,
        idempotency: {
          scope: 'schedule',
          key: key ?? `${of.workflowId}@${planned}`,
          requestHash: createHash('sha256').update(text).digest(),
        },
      },
    },
  };
}

/** A planned time in UTC, without the fraction of a second that it rarely has. */
export function instantOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function inputOf(workflow: StartableWorkflow, plannedAtMs: number): { value: unknown } | { refused: string } {
  let value: unknown;
  try {
    value = workflow.inputAt?.(plannedAtMs) ?? null;
  } catch (error) {
    return { refused: `The input of the schedule failed: ${(error as Error).message}` };
  }
  const findings = workflow.checkInput?.(value) ?? [];
  const [first] = findings;
  if (first === undefined) return { value };
  const where = `${first.pointer || 'the input'} ${first.detail}`;
  return {
    refused: `The input of the schedule breaks the workflow's schema in ${counted(findings.length, 'place')}; the first: ${where}.`,
  };
}
