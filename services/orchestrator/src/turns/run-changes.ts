import type { LifecycleMessage, RunChanged, RunInboxMessage } from '@tutti/contracts';
import type { LastTurn } from '@tutti/store';
import type { PreparedTurn } from './prepare-turn.js';

/** What those who follow runs are told after a turn is committed. */
export function changesOf(one: PreparedTurn): LifecycleMessage[] {
  const { run, turn, state } = one;
  const at = { runId: run.id, workspaceId: run.workspaceId };
  return [
    {
      kind: 'run.changed',
      ...at,
      workflow: run.workflow,
      status: turn.status,
      revision: turn.revision,
      entries: one.entries,
      ...(one.openTasks && { openTasks: one.openTasks }),
      trace: { traceId: run.traceId, spanId: run.rootSpanId },
      ...(turn.ended ? { output: state.output, error: state.error } : {}),
    },
    ...one.reviewsOpened.map(({ id }) => ({
      kind: 'review.changed' as const,
      reviewId: id,
      ...at,
      status: 'open' as const,
    })),
    ...one.reviewsClosed.map(({ id, status }) => ({
      kind: 'review.changed' as const,
      reviewId: id,
      ...at,
      status,
    })),
  ];
}

/** The same message once more, from the database: who sent it first may have died before. */
export function changeOfLastTurn(last: LastTurn): RunChanged {
  return { kind: 'run.changed', ...last };
}

/** What other runs are told: that they were started, or that a command waits for them. */
export function messagesToRuns({ children, commandsGiven, turn }: PreparedTurn): RunInboxMessage[] {
  return [
    // A run that waits for its place is sent when it has one.
    ...children.filter(({ waits }) => !waits).map(({ accepted }) => ({ ...accepted, acceptedAt: turn.atMs })),
    ...commandsGiven.map(({ id, to, command }) => ({
      kind: 'run.commanded' as const,
      runId: to,
      commandId: id,
      command,
    })),
  ];
}
