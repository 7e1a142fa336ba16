import { createHash } from 'node:crypto';
import type { SpanItem } from '@tutti/contracts';
import { activeTasks, type RunState } from '@tutti/engine';
import { ATTR } from '@tutti/telemetry';
import type { TimedSpan } from './trace.items.js';
import type { TracedRunRow } from './traces.queries.js';

type ActiveTask = ReturnType<typeof activeTasks>[number];

/**
 * The spans of a run that are not written yet: its root span is written when it ends, and a task's when the
 * task is over. They come out of the run's own rows, so that the trace can be looked at while the run is
 * going.
 */
export function missingSpans(run: TracedRunRow, storedIds: ReadonlySet<string>): TimedSpan[] {
  const spans = storedIds.has(run.rootSpanId) ? [] : [rootSpan(run)];
  if (run.ended || run.state === null) return spans;
  const tasks = activeTasks(JSON.parse(run.state) as RunState);
  return [...spans, ...tasks.map((task) => taskSpan(run, task))];
}

function rootSpan(run: TracedRunRow): TimedSpan {
  const workflow = `${run.namespace}/${run.name}`;
  return openSpan(run, {
    spanId: run.rootSpanId,
    parentSpanId: run.parentSpanId,
    name: `invoke_workflow ${workflow}`,
    kind: 'workflow',
    startMs: run.startMs,
    status: run.status === 'faulted' ? 'error' : 'unset',
    attributes: {
      [ATTR.genAiOperation]: 'invoke_workflow',
      [ATTR.genAiWorkflowName]: workflow,
      [ATTR.runStatus]: run.status,
    },
  });
}

const KINDS: Readonly<Record<string, SpanItem['kind']>> = { call: 'call', review: 'review' };

function taskSpan(run: TracedRunRow, task: ActiveTask): TimedSpan {
  return openSpan(run, {
    // The span that will be written has another id; this one only has to stay the same from one look to the
    // next.
    spanId: createHash('sha256').update(`${run.id} ${task.position}`).digest('hex').slice(0, 16),
    parentSpanId: run.rootSpanId,
    name: `${task.type} ${task.name}`,
    kind: KINDS[task.type] ?? 'step',
    startMs: task.since,
    status: 'unset',
    attributes: { [ATTR.taskName]: task.name, [ATTR.taskPosition]: task.position },
  });
}

interface OpenSpan extends Pick<
  SpanItem,
  'spanId' | 'parentSpanId' | 'name' | 'kind' | 'status' | 'attributes'
> {
  startMs: number;
}

function openSpan(run: TracedRunRow, { startMs, ...span }: OpenSpan): TimedSpan {
  return {
    startMs,
    item: {
      ...span,
      traceId: run.traceId,
      service: 'tutti',
      managed: true,
      startedAt: new Date(startMs).toISOString(),
      durationMs: Math.max(0, run.untilMs - startMs),
      statusMessage: null,
      model: null,
      provider: null,
      inputTokens: null,
      outputTokens: null,
      costMicros: null,
      currency: null,
      runId: run.id,
      open: !run.ended,
      attributes: { ...span.attributes, [ATTR.runId]: run.id },
      events: [],
      links: [],
    },
  };
}
