import type { Problem, RunStatus } from '@tutti/contracts';
import { CLOCK_VARIABLE, type CompiledFlow, type VariableSource } from '@tutti/workflow';
import { cancelTree } from './cancel.js';
import { violation } from './complete.js';
import { thrownProblem } from './problems.js';
import { describeWorkflow, RUNTIME } from './scope.js';
import { describeSecrets } from './secrets.js';
import type { Result, Turn } from './turn.types.js';

/** Ends the run as its top list ended; a list that waits ends nothing. */
export function finishRun(turn: Turn, result: Result): void {
  switch (result.kind) {
    case 'blocked':
      return;
    case 'fault':
      return faultRun(turn, result.error);
    case 'done':
    case 'end':
      return completeRun(turn, result.output);
  }
}

function completeRun(turn: Turn, rawOutput: unknown): void {
  const flow = workflowFlow(turn, turn.definition.workflow.output, { value: rawOutput, what: 'The output' });
  if ('error' in flow) return faultRun(turn, flow.error);
  close(turn, 'completed');
  turn.state.output = flow.value;
  turn.entries.push({ kind: 'run.completed', at: turn.now });
}

/** Ends the run with an error. */
export function faultRun(turn: Turn, error: Problem): void {
  close(turn, 'faulted');
  turn.state.error = error;
  turn.entries.push({ kind: 'run.faulted', at: turn.now, error });
}

/** Ends the run because someone wants it to. */
export function cancelRun(turn: Turn, { by, reason }: { by: string; reason?: string }): void {
  close(turn, 'cancelled');
  turn.entries.push({ kind: 'run.cancelled', at: turn.now, by, ...(reason !== undefined && { reason }) });
}

/** What has ended needs nothing of what it did: only who it is, and how it ended. */
function close(turn: Turn, status: RunStatus): void {
  const { state } = turn;
  cancelTree(turn, state.root);
  // A run that comes to its own end leaves alone what it did not wait for.
  if (status !== 'completed')
    for (const runId of state.followers ?? []) turn.effects.push({ kind: 'run.cancel', runId });
  state.status = status;
  for (const key of [
    'input',
    'context',
    'activations',
    'deadline',
    'suspended',
    'root',
    'followers',
    'signals',
    'restoredAt',
    'secretsOf',
  ] as const) {
    delete state[key];
  }
}

/** Checks and transforms the workflow's own input or output. */
export function workflowFlow(
  turn: Turn,
  flow: CompiledFlow,
  { value, what }: { value: unknown; what: string },
): { value: unknown } | { error: Problem } {
  // The input is checked as it came, the output as it leaves.
  const checksFirst = what === 'The input';
  const before = checksFirst ? violation(flow, value, { what, instance: '/input' }) : undefined;
  if (before !== undefined) return { error: before };
  try {
    const transformed =
      flow.transform === undefined ? value : flow.transform.evaluate(value, workflowVariables(turn));
    const after = checksFirst ? undefined : violation(flow, transformed, { what, instance: '/output' });
    return after === undefined ? { value: transformed } : { error: after };
  } catch (thrown) {
    const error = thrownProblem(thrown, checksFirst ? '/input/from' : '/output/as');
    if (error === undefined) throw thrown;
    return { error };
  }
}

/** Variables outside of any task. */
export function workflowVariables(turn: Turn): VariableSource {
  return {
    variable(name) {
      if (name === 'workflow') return describeWorkflow(turn);
      if (name === 'runtime') return RUNTIME;
      if (name === CLOCK_VARIABLE) return turn.now / 1000;
      if (name === 'context') return turn.state.context;
      return name === 'secrets' ? describeSecrets(turn.definition, turn.state) : null;
    },
  };
}
