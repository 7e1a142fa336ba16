import type { HttpCall } from '@tutti/contracts';
import { EvaluationError, type CapabilityTask, type CompiledHttp, type HttpTask } from '@tutti/workflow';
import { send, tryNextCandidate } from './call-send.js';
import { enter, nodeBase } from './complete.js';
import { attemptBase } from './identifiers.js';
import { CAPABILITY_TIMEOUT_MS, HTTP_TIMEOUT_MS } from './limits.js';
import type { TaskScope } from './scope.js';
import type { CallNode } from './state.types.js';
import type { Result } from './turn.types.js';

/** `call` of a capability or of a plain HTTP endpoint. */
export function beginCall(scope: TaskScope, task: CapabilityTask | HttpTask): Result {
  const base = {
    ...nodeBase(scope),
    type: 'call',
    phase: 'out',
    attempt: attemptBase(scope.parent),
    count: 0,
  } as const;
  if ('request' in task) {
    const call = httpCall(scope, task.request);
    const { effect } = task.request;
    return send(
      scope.turn,
      enter(scope, { ...base, target: task.target, call, effect, timeoutMs: HTTP_TIMEOUT_MS }),
    );
  }
  const node: CallNode = {
    ...base,
    target: { ...task.target, connection: '', plugin: '', pluginVersion: '' },
    call: task.with.evaluate(scope.input, scope),
    effect: 'write',
    timeoutMs: CAPABILITY_TIMEOUT_MS,
  };
  return tryNextCandidate(scope.turn, enter(scope, node));
}

function httpCall(scope: TaskScope, request: CompiledHttp): HttpCall {
  const { input } = scope;
  const uri = request.endpoint.evaluate(input, scope);
  if (typeof uri !== 'string') throw new EvaluationError('expression', 'The endpoint must be a text');
  const headers = textMap(request.headers?.evaluate(input, scope), 'headers');
  const query = textMap(request.query?.evaluate(input, scope), 'query');
  const authorization = request.authorization?.evaluate(input, scope) as string | undefined;
  const allHeaders = authorization === undefined ? headers : { ...headers, authorization };
  return {
    method: request.method,
    uri,
    ...(allHeaders && { headers: allHeaders }),
    ...(query && { query }),
    ...(request.body && { body: request.body.evaluate(input, scope) }),
    output: request.output,
    redirect: request.redirect,
  };
}

/** Header and query values as text; a value that is null is left out. */
function textMap(value: unknown, what: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new EvaluationError('expression', `The ${what} must be an object`);
  }
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(
    entries.map(([name, item]) => [name, typeof item === 'string' ? item : JSON.stringify(item)]),
  );
}
