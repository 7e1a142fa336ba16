import { createHash } from 'node:crypto';
import type { JournalEntry } from '@tutti/contracts';
import { activeTasks, type RunState } from '@tutti/engine';
import { ATTR, type SpanEvent, writeSpan } from '@tutti/telemetry';
import type { LiveRun } from '../turns/live-run.js';
import type { PreparedTurn } from '../turns/prepare-turn.js';

/**
 * Writes the spans that a committed turn finished. Calls are spans of the connector host. Here: what waited
 * for a person or for time (so that the trace shows where the hours went), and at the end of the run its root
 * span, `invoke_workflow`, whose id was fixed when the run was accepted. Tasks that take no time of their own
 * (`set`, `switch`) are in the journal, not in the trace.
 */
export function writeRunSpans(run: LiveRun, turn: PreparedTurn): void {
  for (const entry of turn.entries) writeWaitSpan(run, run.state, entry);
  if (turn.turn.ended) writeRootSpan(run, turn);
}

function writeWaitSpan(run: LiveRun, before: RunState | null, entry: JournalEntry): void {
  const waited =
    entry.kind === 'review.decided' || entry.kind === 'review.expired'
      ? 'review'
      : entry.kind === 'task.completed' && entry.type === 'wait'
        ? 'wait'
        : null;
  if (waited === null || before === null || !('position' in entry)) return;
  const since =
    activeTasks(before).find(({ position }) => position === entry.position)?.since ?? run.startedAtMs;
  writeSpan({
    traceId: run.traceId,
    spanId: waitSpanId(run.id, entry.position, since),
    parentSpanId: run.rootSpanId,
    name: `${waited} ${entry.name}`,
    kind: 'internal',
    startMs: since,
    endMs: entry.at,
    status: 'ok',
    attributes: {
      [ATTR.spanKind]: waited === 'review' ? 'review' : 'step',
      ...identity(run),
      [ATTR.taskName]: entry.name,
      [ATTR.taskPosition]: entry.position,
      ...('reviewId' in entry ? { [ATTR.reviewId]: entry.reviewId } : {}),
      ...(entry.kind === 'review.decided'
        ? { [ATTR.reviewDecision]: entry.decision.approved ? 'approved' : 'rejected' }
        : {}),
    },
  });
}

/**
 * The same id for the same wait: a turn that is repeated after a crash writes the span that is stored
 * already.
 */
function waitSpanId(runId: string, position: string, since: number): string {
  return createHash('sha256').update(`${runId} ${position} ${since}`).digest('hex').slice(0, 16);
}

function writeRootSpan(run: LiveRun, one: PreparedTurn): void {
  const { state, turn } = one;
  const faulted = state.status === 'faulted';
  writeSpan({
    traceId: run.traceId,
    spanId: run.rootSpanId,
    ...(run.parentSpanId ? { parentSpanId: run.parentSpanId } : {}),
    name: `invoke_workflow ${run.workflow.namespace}/${run.workflow.name}`,
    kind: 'internal',
    startMs: run.startedAtMs,
    endMs: turn.atMs,
    status: faulted ? 'error' : 'ok',
    ...(faulted ? { statusMessage: state.error?.title } : {}),
    attributes: {
      [ATTR.spanKind]: 'workflow',
      [ATTR.genAiOperation]: 'invoke_workflow',
      [ATTR.genAiWorkflowName]: `${run.workflow.namespace}/${run.workflow.name}`,
      ...identity(run),
      [ATTR.workflowVersion]: run.workflow.version,
      [ATTR.workflowVersionId]: run.workflow.versionId,
      [ATTR.runStatus]: state.status,
      ...(state.error ? { [ATTR.errorType]: state.error.type } : {}),
    },
    events: one.entries.flatMap(spanEvent),
  });
}

function identity(run: LiveRun): Record<string, string> {
  return {
    [ATTR.runId]: run.id,
    [ATTR.workspaceId]: run.workspaceId,
    [ATTR.workflowNamespace]: run.workflow.namespace,
    [ATTR.workflowName]: run.workflow.name,
  };
}

/** In-process tasks of the last turn as events of the root span. */
function spanEvent(entry: JournalEntry): SpanEvent[] {
  if (entry.kind !== 'task.completed' && entry.kind !== 'task.faulted') return [];
  return [
    {
      name: entry.kind,
      timeMs: entry.at,
      attributes: { [ATTR.taskName]: entry.name, [ATTR.taskPosition]: entry.position },
    },
  ];
}
