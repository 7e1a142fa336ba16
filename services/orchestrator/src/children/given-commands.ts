import { type RunCommand, RUN_ENDED, type RunStatus, uuidv7 } from '@tutti/contracts';
import type { CommandGiven } from '@tutti/store';
import type { LiveRun } from '../turns/live-run.js';

/** Cancels a run that this one started. */
export function cancelOf(run: LiveRun, childRunId: string): CommandGiven {
  const reason = 'The run that started it has ended or has given it up.';
  return given(run, childRunId, { kind: 'cancel', by: `run:${run.id}`, reason });
}

/** Tells the run that started this one how it ended, if it has and if that one wants to know. */
export function tellParent(run: LiveRun, status: RunStatus): CommandGiven[] {
  if (!RUN_ENDED.has(status) || run.parent?.isTold !== true) return [];
  const end = status as 'completed' | 'faulted' | 'cancelled';
  const { runId: to, position } = run.parent;
  const command = given(run, to, { kind: 'child.ended', runId: run.id, position, status: end });
  return [{ ...command, childRunId: run.id }];
}

function given(run: LiveRun, to: string, command: RunCommand): CommandGiven {
  return { id: uuidv7(), runId: run.id, workspaceId: run.workspaceId, to, command, childRunId: null };
}
