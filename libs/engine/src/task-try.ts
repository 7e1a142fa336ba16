import type { Problem } from '@tutti/contracts';
import { sameErrorType, type CompiledRetry, type TryTask, type VariableSource } from '@tutti/workflow';
import { complete, enter, nodeBase } from './complete.js';
import { attemptBase, deterministicFraction } from './identifiers.js';
import { BACKOFF_MS_MAX, RUN_LIMITS, TURN_ACTIVATIONS } from './limits.js';
import { hasRetries } from './open-writes.js';
import { scopeOf, type TaskScope } from './scope.js';
import { continueList, runList } from './sequence.js';
import type { TryNode } from './state.types.js';
import { endWith, type ChildResult } from './tasks-composite.js';
import { clear } from './tree.js';
import { BLOCKED, type Frame, type Result, type Turn } from './turn.types.js';

/**
 * `try`: an error that the `catch` filter matches is retried while its policy allows; after that `catch.do`
 * runs. Without `catch.do` an error whose retries are used up goes on outwards, and one that has no retries
 * is swallowed.
 */
export function beginTry(scope: TaskScope, task: TryTask): Result {
  const base = attemptBase(scope.parent);
  const node: TryNode = { ...nodeBase(scope), type: 'try', phase: 'try', retries: 0, base, top: base };
  const frame = enter(scope, node);
  return endTry(scope.turn, frame, tryOnce(scope.turn, frame, task));
}

export function continueTry(turn: Turn, frame: Frame, { task, result }: ChildResult): Result {
  const definition = frame.task as TryTask;
  if ((frame.node as TryNode).phase === 'catch' && definition.catch.list !== undefined) {
    return endWith(turn, frame, continueList(turn, frame, { list: definition.catch.list, task, result }));
  }
  return endTry(turn, frame, continueList(turn, frame, { list: definition.list, task, result }));
}

/** The delay of a retry is over. */
export function retryTry(turn: Turn, frame: Frame): Result {
  const node = frame.node as TryNode;
  node.phase = 'try';
  clear(node, 'until');
  return endTry(turn, frame, tryOnce(turn, frame, frame.task as TryTask));
}

function tryOnce(turn: Turn, frame: Frame, task: TryTask): Result {
  const { input } = scopeOf(turn, frame);
  return runList(turn, frame, { list: task.list, input, inherits: true });
}

function endTry(turn: Turn, frame: Frame, first: Result): Result {
  let result = first;
  while (result.kind === 'fault') {
    const next = handle(turn, frame, result.error);
    if (next !== 'again') return next;
    result = tryOnce(turn, frame, frame.task as TryTask);
  }
  return endWith(turn, frame, result);
}

/** What a `try` makes of an error: its own result, or `again` for a retry without delay. */
function handle(turn: Turn, frame: Frame, error: Problem): Result | 'again' {
  const task = frame.task as TryTask;
  const node = frame.node as TryNode;
  const scope = scopeOf(turn, frame);
  const variables: VariableSource = {
    variable: (name) => (name === task.catch.as ? error : scope.variable(name)),
  };
  if (!catches(task, { scope, variables, error })) return endWith(turn, frame, { kind: 'fault', error });
  const { retry } = task.catch;
  node.failedAt ??= turn.now;
  if (retry !== undefined && mayRetry(retry, { node, scope, variables })) {
    return planRetry(retry, { turn, frame, scope, variables, error });
  }
  if (task.catch.list === undefined) {
    if (retry !== undefined && node.retries >= RUN_LIMITS.tryRetries)
      return endWith(turn, frame, { kind: 'fault', error: withLimit(error) });
    if (retry !== undefined) return endWith(turn, frame, { kind: 'fault', error });
    return complete(scope, scope.input);
  }
  node.phase = 'catch';
  node.error = error;
  // Its tasks are not come to again.
  clear(node, 'open');
  return endWith(
    turn,
    frame,
    runList(turn, frame, { list: task.catch.list, input: scope.input, inherits: true }),
  );
}

/** Of the same type as the error that was retried, so that a `try` around it catches what it did before. */
function withLimit(error: Problem): Problem {
  const limit = `The run went over the limit tryRetries: at most ${RUN_LIMITS.tryRetries}`;
  return { ...error, detail: error.detail === undefined ? limit : `${error.detail}. ${limit}` };
}

interface Caught {
  scope: TaskScope;
  variables: VariableSource;
  error: Problem;
}

function catches({ catch: clause }: TryTask, { scope, variables, error }: Caught): boolean {
  if (clause.errors !== undefined) {
    const filter = clause.errors.evaluate(scope.input, variables) as Record<string, unknown>;
    if (!Object.entries(filter).every(([name, wanted]) => matches(name, wanted, error))) return false;
  }
  if (clause.when !== undefined && !clause.when.test(scope.input, variables)) return false;
  return clause.exceptWhen === undefined || !clause.exceptWhen.test(scope.input, variables);
}

function matches(name: string, wanted: unknown, error: Problem): boolean {
  if (name === 'type') return sameErrorType(String(wanted), error.type);
  if (name === 'status') return Number(wanted) === error.status;
  // The schema calls it "details", the reference "detail".
  return error[name === 'details' ? 'detail' : name] === wanted;
}

function mayRetry(
  retry: CompiledRetry,
  { node, scope, variables }: { node: TryNode; scope: TaskScope; variables: VariableSource },
): boolean {
  if (!hasRetries(retry, node)) return false;
  const within = retry.within?.evaluateMs(scope.input, variables) ?? Infinity;
  if (scope.turn.now - (node.failedAt ?? scope.turn.now) > within) return false;
  if (retry.when !== undefined && !retry.when.test(scope.input, variables)) return false;
  return retry.exceptWhen === undefined || !retry.exceptWhen.test(scope.input, variables);
}

function planRetry(
  retry: CompiledRetry,
  { turn, frame, scope, variables, error }: Caught & { turn: Turn; frame: Frame },
): Result | 'again' {
  const node = frame.node as TryNode;
  node.retries += 1;
  node.base = node.top;
  const delayMs = retryDelay(retry, { node, scope, variables });
  turn.entries.push({
    kind: 'task.retried',
    ...scope.of,
    type: 'try',
    attempt: node.retries,
    delayMs,
    error,
  });
  if (delayMs === 0 && turn.started < TURN_ACTIVATIONS && !turn.state.suspended) return 'again';
  node.phase = 'delay';
  node.until = turn.now + delayMs;
  return BLOCKED;
}

/**
 * Delay before a retry: constant, times the number of retries, or doubled with each; plus jitter out of a
 * hash.
 */
function retryDelay(
  retry: CompiledRetry,
  { node, scope, variables }: { node: TryNode; scope: TaskScope; variables: VariableSource },
): number {
  const base = retry.delay?.evaluateMs(scope.input, variables) ?? 0;
  const factor = { constant: 1, linear: node.retries, exponential: 2 ** (node.retries - 1) }[retry.backoff];
  const jitter = retry.jitter === undefined ? 0 : jitterMs(retry.jitter, { node, scope, variables });
  return Math.min(base * factor, BACKOFF_MS_MAX) + jitter;
}

function jitterMs(
  { from, to }: NonNullable<CompiledRetry['jitter']>,
  { node, scope, variables }: { node: TryNode; scope: TaskScope; variables: VariableSource },
): number {
  const least = from.evaluateMs(scope.input, variables);
  const most = Math.max(least, to.evaluateMs(scope.input, variables));
  const fraction = deterministicFraction(scope.turn.state.run.id, scope.position, node.retries, 'jitter');
  return Math.round(least + (most - least) * fraction);
}
