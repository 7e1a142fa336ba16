import { type JournalEntry, type Problem, type RunCommand, workflowProblem } from '@tutti/contracts';
import { openReviews, runsToCancel } from '@tutti/engine';
import type { WaitingCommand } from '@tutti/store';
import { cancelOf, tellParent } from '../children/given-commands.js';
import type { LiveRun } from './live-run.js';
import type { PreparedTurn } from './prepare-turn.js';
import { subscriptionsOf } from './subscriptions.js';

/** Ends a run whose data or definition the hub cannot handle: a clear fault, and the others go on. */
export function faultTurn(run: LiveRun, error: Error, nowMs: number): PreparedTurn {
  const problem = workflowProblem('runtime', `The hub could not go on with this run: ${error.message}`);
  const entries: JournalEntry[] = [{ kind: 'run.faulted', at: nowMs, error: problem }];
  return endTurn(run, { status: 'faulted', error: problem, entries }, nowMs);
}

/**
 * Cancels a run that waits for its place: the run that started it gave it up. Null when no command says so.
 * Should it be let in at this moment, the journal's guard decides who was first.
 */
export function cancelWaitingTurn(
  run: LiveRun,
  commands: readonly WaitingCommand[],
  nowMs: number,
): PreparedTurn | null {
  if (run.status !== 'pending' || run.state !== null) return null;
  const found = commands.find(({ command }) => command.kind === 'cancel')?.command;
  if (found === undefined) return null;
  const { by, reason } = found as Extract<RunCommand, { kind: 'cancel' }>;
  const entry = { kind: 'run.cancelled' as const, at: nowMs, by, ...(reason !== undefined && { reason }) };
  const commandsApplied = commands.map(({ id }) => ({ id, runId: run.id }));
  return { ...endTurn(run, { status: 'cancelled', entries: [entry] }, nowMs), commandsApplied };
}

interface End {
  status: 'faulted' | 'cancelled';
  error?: Problem;
  entries: JournalEntry[];
}

function endTurn(run: LiveRun, { status, error, entries }: End, nowMs: number): PreparedTurn {
  const state = { ...run.state, status, ...(error && { error }) } as PreparedTurn['state'];
  const open = run.state === null ? [] : openReviews(run.state);
  const children = run.state === null ? [] : runsToCancel(run.state);
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
    children: [],
    commandsGiven: [...children.map((id) => cancelOf(run, id)), ...tellParent(run, status)],
    subscriptions: subscriptionsOf(run, state),
    turn: {
      runId: run.id,
      workspaceId: run.workspaceId,
      workflowId: run.workflowId,
      revision: run.revision + 1,
      status,
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
        error: error === undefined ? null : JSON.stringify(error),
        durationMs: Math.max(0, nowMs - run.startedAtMs),
      },
    },
  };
}
