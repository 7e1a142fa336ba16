import type { JournalEntry, Problem } from '@tutti/contracts';
import type { CompiledFlow, CompiledThen } from '@tutti/workflow';
import { thrownProblem, validationError, workflowError } from './problems.js';
import type { TaskScope } from './scope.js';
import type { Frame, Result } from './turn.types.js';
import { attach } from './tree.js';
import type { TaskNode } from './state.types.js';

const COMPOSITES = new Set(['do', 'for', 'fork', 'try', 'function', 'extension']);
const PASSING = new Set(['switch', 'wait']);

/** Ends a task: output.as, output.schema, export.as, export.schema, in this order (DSL, "Data flow"). */
export function complete(scope: TaskScope, rawOutput: unknown, then?: CompiledThen): Result {
  const { task, turn } = scope;
  scope.rawOutput = rawOutput;
  const { transform } = task.output;
  const output = transform === undefined ? rawOutput : transform.evaluate(rawOutput, scope);
  const wrong = violation(task.output, output, { what: 'The output', instance: task.pointer });
  if (wrong !== undefined) return fault(scope, wrong);
  scope.output = output;
  if (task.export.transform !== undefined || task.export.check !== undefined) {
    const { transform: exporting } = task.export;
    const exported = exporting === undefined ? turn.state.context : exporting.evaluate(output, scope);
    const broken = violation(task.export, exported, { what: 'The context', instance: task.pointer });
    if (broken !== undefined) return fault(scope, broken);
    turn.state.context = exported;
  }
  turn.entries.push(completedEntry(scope, output));
  return { kind: 'done', output, then: then ?? task.then };
}

/**
 * The output of a composite is that of its last task, and a switch has none of its own: not repeated in the
 * journal. Written without spreads, which are most of the time of a small task.
 */
function completedEntry(
  scope: TaskScope,
  output: unknown,
): Extract<JournalEntry, { kind: 'task.completed' }> {
  const { task, position, turn } = scope;
  const { pointer, name, type } = task;
  const repeated = COMPOSITES.has(type) || PASSING.has(type);
  if (repeated && task.output.transform === undefined) {
    return { kind: 'task.completed', task: pointer, name, position, at: turn.now, type };
  }
  return { kind: 'task.completed', task: pointer, name, position, at: turn.now, type, output };
}

/** Ends a task with an error. */
export function fault(scope: TaskScope, error: Problem): Result {
  scope.turn.entries.push({ kind: 'task.faulted', ...scope.of, type: scope.task.type, error });
  return { kind: 'fault', error };
}

/** The error of a value that breaks the schema of a flow. */
export function violation(
  flow: CompiledFlow,
  value: unknown,
  { what, instance }: { what: string; instance: string },
): Problem | undefined {
  const violations = flow.check?.(value);
  return violations ? validationError(what, violations, instance) : undefined;
}

/**
 * Does a step of a task; what its expressions throw becomes its fault. A bug of the engine passes through.
 */
export function guarded(scope: TaskScope, step: () => Result): Result {
  try {
    return step();
  } catch (thrown) {
    const error = thrownProblem(thrown, scope.task.pointer);
    if (error === undefined) throw thrown;
    return fault(scope, error);
  }
}

/** The fault of a run that would go over a limit. */
export function overLimit(scope: TaskScope, name: string, max: number): Result {
  const detail = `The run went over the limit ${name}: at most ${max}`;
  return fault(scope, workflowError('runtime', detail, scope.task.pointer));
}

/** What a node of a task has in common with all others. Evaluates the task's timeout. */
export function nodeBase(
  scope: TaskScope,
): Pick<TaskNode, 'task' | 'position' | 'since' | 'input' | 'deadline'> {
  const { task, turn } = scope;
  const base: Pick<TaskNode, 'task' | 'position' | 'since' | 'input' | 'filtered' | 'deadline'> = {
    task: task.pointer,
    since: turn.now,
  };
  if (scope.instance !== undefined) base.position = scope.instance;
  if (!scope.inherits) base.input = scope.raw;
  if (task.input.transform !== undefined) base.filtered = scope.input;
  if (task.timeout !== undefined) base.deadline = turn.now + task.timeout.evaluateMs(scope.input, scope);
  return base;
}

/** Puts the node of a task that does not end at once into the tree. */
export function enter(scope: TaskScope, node: TaskNode): Frame {
  attach(scope.parent, scope.slot, node);
  return { node, task: scope.task, parent: scope.parent, slot: scope.slot };
}
