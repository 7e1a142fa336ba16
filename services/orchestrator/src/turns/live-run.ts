import type { RunParent, RunStatus, WorkflowIdentity } from '@tutti/contracts';
import type { RunEvent, RunState } from '@tutti/engine';
import type { LoadedRun } from '@tutti/store';

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
    state: state === null ? null : stateOf(state, input),
    storedWakeMs: wakeAtMs,
    characters: input.length + (state?.length ?? 0),
  };
}

/** The state is stored without the run's input, which has a column of its own. */
function stateOf(state: string, input: string): RunState {
  return { ...(JSON.parse(state) as RunState), input: JSON.parse(input) as unknown };
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
