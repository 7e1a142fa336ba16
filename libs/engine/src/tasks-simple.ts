import { type CloudEvent, cloudEventFault, EVENT_LENGTH_MAX, type Problem } from '@tutti/contracts';
import {
  standardErrorType,
  type CompiledThen,
  type EmitTask,
  type RaiseTask,
  type SwitchTask,
  type WaitTask,
} from '@tutti/workflow';
import { complete, enter, fault, nodeBase } from './complete.js';
import { attemptBase, deterministicUuid } from './identifiers.js';
import { workflowError } from './problems.js';
import type { TaskScope } from './scope.js';
import { secretRefused } from './secret-refused.js';
import { holdsSecret } from './secrets.js';
import { BLOCKED, type Result } from './turn.types.js';

/**
 * `switch`: its output is its input; the first case that holds says where to go, else the default, else the
 * task's `then`.
 */
export function beginSwitch(scope: TaskScope, task: SwitchTask): Result {
  return complete(scope, scope.input, chooseCase(scope, task));
}

function chooseCase(scope: TaskScope, task: SwitchTask): CompiledThen {
  for (const { when, then } of task.cases) {
    if (when.test(scope.input, scope)) return then;
  }
  return task.otherwise?.then ?? task.then;
}

/** `wait`: a deadline in the state. */
export function beginWait(scope: TaskScope, task: WaitTask): Result {
  const ms = task.duration.evaluateMs(scope.input, scope);
  if (ms === 0) return complete(scope, scope.input);
  const until = scope.turn.now + ms;
  enter(scope, { ...nodeBase(scope), type: 'wait', until });
  scope.turn.entries.push({ kind: 'wait.started', ...scope.of, until });
  return BLOCKED;
}

/** `raise`: ends the task with the error that it describes. */
export function beginRaise(scope: TaskScope, task: RaiseTask): Result {
  const written = (task.error.evaluate(scope.input, scope) ?? {}) as Record<string, unknown>;
  const status = Number(written.status);
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    const detail = `The status of an error must be from 100 to 599, not ${JSON.stringify(written.status)}`;
    return fault(scope, workflowError('expression', detail, task.pointer));
  }
  const type = standardErrorType(text(written.type) ?? 'about:blank');
  const problem: Problem = {
    type,
    title: text(written.title) ?? type.slice(type.lastIndexOf('/') + 1),
    status,
    ...(written.detail !== undefined && { detail: text(written.detail) ?? '' }),
    instance: text(written.instance) ?? task.pointer,
  };
  return fault(scope, problem);
}

/** `emit`: its output is the whole CloudEvent, with what the author left out filled in. */
export function beginEmit(scope: TaskScope, task: EmitTask): Result {
  const { state, now } = scope.turn;
  const written = task.event.evaluate(scope.input, scope) as Record<string, unknown>;
  const event: Record<string, unknown> = {
    specversion: '1.0',
    id: deterministicUuid(state.run.id, scope.position, attemptBase(scope.parent), 'event'),
    time: new Date(now).toISOString(),
    ...written,
  };
  const wrong = eventFault(event);
  if (wrong !== undefined) return fault(scope, workflowError('validation', wrong, task.pointer));
  if (holdsSecret(scope.turn.definition, state, event)) return secretRefused(scope, 'An event');
  const { topic } = task;
  const result = complete(scope, event);
  // Not when the task faults on its own output schema: then it has emitted nothing.
  if (result.kind === 'done')
    scope.turn.effects.push({
      kind: 'event.emit',
      event: event as CloudEvent,
      ...(topic !== undefined && { topic }),
    });
  return result;
}

/** Found here, where it is the task's fault, and not at the sending, where it would be nobody's. */
function eventFault(event: Record<string, unknown>): string | undefined {
  if (JSON.stringify(event).length > EVENT_LENGTH_MAX)
    return `The event is larger than ${EVENT_LENGTH_MAX} characters of JSON. Emit a reference in the place of the data.`;
  return cloudEventFault(event);
}

function text(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
