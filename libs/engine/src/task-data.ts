import type { JournalEntry } from '@tutti/contracts';
import type { RunDefinition } from './engine.types.js';
import type { Versions } from './migrate.js';
import { thrownProblem } from './problems.js';
import { type RecordedEvent, restorePoint, RestoreError } from './restore.js';
import { ownNames, scopeOf, type TaskScope } from './scope.js';
import { startTask } from './start.js';
import type { RunState } from './state.types.js';
import { locateAt } from './tree.js';
import type { Frame, Turn } from './turn.types.js';

/** The data of an instance of a task, as its expressions saw it when it started the last time. */
export interface TaskData {
  task: string;
  name: string;
  position: string;
  /** After `input.from`. */
  input: unknown;
  /** What it completed with; absent when it has not. */
  output?: unknown;
  /**
   * By name without `$`: those of every expression (but `secrets` and `authorization`, which are nobody's to
   * see) and those of the loops and catches around.
   */
  variables: Record<string, unknown>;
}

const SHOWN = ['context', 'input', 'output', 'task', 'workflow', 'runtime'];

/**
 * Works out the data of a task by replay; changes nothing. `place` is a position or a JSON pointer, whose
 * last instance counts; of a run that was migrated, `versions` has those before (`versionsOf`). Throws
 * RestoreError when the history never came to it.
 */
export function taskData(
  definition: RunDefinition,
  events: readonly RecordedEvent[],
  { place, versions }: { place: string; versions?: Versions },
): TaskData {
  const { state, start, after } = restorePoint(definition, events, {
    fromTask: place,
    ...(versions !== undefined && { versions }),
  });
  const turn = lookingTurn(definition, state);
  const frame = locateAt(turn, start.position, (node) => node.type === 'parked');
  if (frame === undefined) throw new RestoreError(`The data of the task ${place} could not be found again.`);
  const scope = scopeOf(turn, frame);
  scope.input = transformedInput(scope);
  const output = outputOf(after.entries, start.position);
  scope.output = output ?? null;
  const names = [...SHOWN, ...namesAround(frame)];
  const variables = Object.fromEntries(names.map((name) => [name, scope.variable(name)]));
  const { task, name, position } = start;
  return { task, name, position, input: scope.input, variables, ...(output !== undefined && { output }) };
}

/** A turn that is only looked at. */
function lookingTurn(definition: RunDefinition, state: RunState): Turn {
  const turn: Turn = {
    definition,
    state: { ...state },
    now: state.restoredAt ?? state.run.startedAt,
    effects: [],
    entries: [],
    stop: undefined,
    fresh: undefined,
    started: 0,
    start: (request) => startTask(turn, request),
  };
  return turn;
}

/** An `input.from` that failed is what one looks for: then the input is the one before it. */
function transformedInput(scope: TaskScope): unknown {
  try {
    return scope.task.input.transform?.evaluate(scope.raw, scope) ?? scope.raw;
  } catch (error) {
    if (thrownProblem(error, scope.task.pointer) === undefined) throw error;
    return scope.raw;
  }
}

function outputOf(entries: readonly JournalEntry[], position: string): unknown {
  const end = entries.findLast((entry) => entry.kind === 'task.completed' && entry.position === position);
  return end?.kind === 'task.completed' ? end.output : undefined;
}

/** Names of the variables of the loops and catches around a task. */
function namesAround(frame: Frame): string[] {
  const names: string[] = [];
  for (let at = frame.parent; at !== null; at = at.parent) names.push(...ownNames(at));
  return [...new Set(names)];
}
