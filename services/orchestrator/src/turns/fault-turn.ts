import { workflowProblem } from '@tutti/contracts';
import { openReviews } from '@tutti/engine';
import type { LiveRun } from './live-run.js';
import type { PreparedTurn } from './prepare-turn.js';

/** Ends a run whose data or definition the hub cannot handle: a clear fault, and the others go on. */
export function faultTurn(run: LiveRun, error: Error, nowMs: number): PreparedTurn {
  const problem = workflowProblem('runtime', `The hub could not go on with this run: ${error.message}`);
  const state = { ...run.state, status: 'faulted', error: problem } as PreparedTurn['state'];
  const open = run.state === null ? [] : openReviews(run.state);
  const entries: PreparedTurn['entries'] = [{ kind: 'run.faulted', at: nowMs, error: problem }];
  return {
    run,
    state,
    entries,
    calls: [],
    reviewsOpened: [],
    // Nobody can decide them any more.
    reviewsClosed: open.map((id) => ({ id, runId: run.id, status: 'withdrawn' })),
    receipts: [],
    emitted: [],
    commandsApplied: [],
    turn: {
      runId: run.id,
      workspaceId: run.workspaceId,
      workflowId: run.workflowId,
      revision: run.revision + 1,
      status: 'faulted',
      statusChanged: true,
      state: null,
      wakeAtMs: null,
      event: '[]',
      entries: JSON.stringify(entries),
      atMs: nowMs,
      costMicros: 0,
      currency: null,
      ended: {
        output: null,
        error: JSON.stringify(problem),
        durationMs: Math.max(0, nowMs - run.startedAtMs),
      },
    },
  };
}
