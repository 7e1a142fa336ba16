import { faultRun, finishRun, workflowFlow, workflowVariables } from './finish.js';
import { runList } from './sequence.js';
import type { DoNode } from './state.types.js';
import type { Frame, Turn } from './turn.types.js';
import { thrownProblem } from './problems.js';

/** Begins a run: input.schema and input.from of the workflow, its timeout, then its first task. */
export function startRun(turn: Turn, input: unknown): undefined {
  const { state, definition, now } = turn;
  const { root, timeout, input: flow } = definition.workflow;
  state.input = input ?? null;
  state.context = {};
  turn.entries.push({ kind: 'run.started', at: now });
  const transformed = workflowFlow(turn, flow, { value: state.input, what: 'The input' });
  if ('error' in transformed) {
    faultRun(turn, transformed.error);
    return undefined;
  }
  try {
    if (timeout !== undefined)
      state.deadline = now + timeout.evaluateMs(transformed.value, workflowVariables(turn));
  } catch (thrown) {
    const error = thrownProblem(thrown, '/timeout');
    if (error === undefined) throw thrown;
    faultRun(turn, error);
    return undefined;
  }
  const node: DoNode = { type: 'do', task: '', since: now };
  if (flow.transform !== undefined) node.filtered = transformed.value;
  state.root = node;
  const frame: Frame = { node, task: root, parent: null, slot: 0 };
  finishRun(turn, runList(turn, frame, { list: root.list, input: transformed.value, inherits: true }));
  return undefined;
}
