import type { RunInboxMessage, RunParent, RunStatus, WorkflowIdentity } from '@tutti/contracts';
import { readState, type RunEvent, type RunState } from '@tutti/engine';
import { acceptedOf, type LoadedRun } from '@tutti/store';

/** A run in the memory of its owner: what the database holds of it after the last commit. */
export interface LiveRun {
  id: string;
  workspaceId: string;
  workflowId: string;
  workflow: WorkflowIdentity;
  trigger: string;
  traceId: string;
  rootSpanId: string;
  /** The span of the foreign producer whose trace this run goes on. */
  parentSpanId: string | null;
  /** Epoch ms. */
  startedAtMs: number;
  revision: number;
  status: RunStatus;
  state: RunState | null;
  /** Why what is stored of it cannot be read. There is no state then, and the run is faulted. */
  unreadable?: string;
  /** The alarm in the database. */
  storedWakeMs: number | null;
  /** For a retry: the run it repeats, and the task from which. */
  retry: { of: string; fromTask: string | null } | null;
  /** For a sub-workflow: the run that started it. */
  parent: RunParent | null;
  /** Length of the stored state, for how much memory it takes. */
  characters: number;
}

/** The live run of a loaded row. */
export function liveRunOf(row: LoadedRun): LiveRun {
  const { input, state, wakeAtMs, ...run } = row;
  return {
    ...run,
    ...stateOf(state, input),
    storedWakeMs: wakeAtMs,
    characters: input.length + (state?.length ?? 0),
  };
}

/** The state is stored without the run's input, which has a column of its own. */
function stateOf(text: string | null, input: string): Pick<LiveRun, 'state' | 'unreadable'> {
  try {
    const given = JSON.parse(input) as unknown;
    return { state: text === null ? null : { ...readState(text), input: given } };
  } catch (error) {
    return { state: null, unreadable: (error as Error).message };
  }
}

/**
 * The acceptance of a run, for its owner; of one whose input cannot be read something else that rings, so
 * that the owner looks and faults it.
 */
export function acceptanceOf(row: LoadedRun): RunInboxMessage {
  try {
    return acceptedOf(row);
  } catch {
    return { kind: 'run.due', runId: row.id };
  }
}

/** The first event of a run: a start with its input, or a retry from the state of another run. */
export function startEvent(run: LiveRun, input: unknown, restored?: RunState): RunEvent {
  const identity = {
    id: run.id,
    workspaceId: run.workspaceId,
    startedAt: run.startedAtMs,
    trigger: run.trigger,
  };
  return restored
    ? { kind: 'restored', run: identity, state: restored }
    : { kind: 'start', run: identity, input };
}
