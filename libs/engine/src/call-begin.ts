import type { CallAuthentication, HttpCall, OpenApiCall } from '@tutti/contracts';
import {
  EvaluationError,
  type CapabilityTask,
  type CompiledHttp,
  type CompiledOpenApi,
  type HttpTask,
  type OpenApiTask,
  type ProcessTask,
  type ProtocolTask,
} from '@tutti/workflow';
import { attemptMs, send, tryNextCandidate } from './call-send.js';
import { enter, nodeBase } from './complete.js';
import { attemptBase } from './identifiers.js';
import { CAPABILITY_TIMEOUT_MS, HTTP_TIMEOUT_MS, PROCESS_TIMEOUT_MS, SCRIPT_TIMEOUT_MS } from './limits.js';
import { beginOpenWrite } from './open-writes.js';
import { secretRefused } from './secret-refused.js';
import { callSecrets, holdsSecret } from './secrets.js';
import type { TaskScope } from './scope.js';
import type { CallNode } from './state.types.js';
import type { Result } from './turn.types.js';

type Authorization = string | CallAuthentication | undefined;

/** `call` of a capability, plain HTTP, an OpenAPI operation or another protocol, or of a process. */
export function beginCall(
  scope: TaskScope,
  task: CapabilityTask | HttpTask | OpenApiTask | ProtocolTask | ProcessTask,
): Result {
  const open = beginOpenWrite(scope);
  if (open !== undefined) return open;
  const { definition, state } = scope.turn;
  const secrets = callSecrets(definition, state);
  const base = {
    ...nodeBase(scope),
    type: 'call',
    phase: 'out',
    attempt: attemptBase(scope.parent),
    count: 0,
    ...(secrets && { secrets }),
  } as const;
  const { now } = scope.turn;
  const ownMs = attemptMs(now, base.deadline, HTTP_TIMEOUT_MS);
  if ('request' in task) {
    const call = httpCall(scope, task.request);
    const { effect } = task.request;
    return send(scope.turn, enter(scope, { ...base, target: task.target, call, effect, timeoutMs: ownMs }));
  }
  if ('operation' in task) {
    const call = openApiCall(scope, task.operation);
    // A write until the document says otherwise: the outcome brings the effect of what was really called.
    const effect = task.operation.effect ?? 'idempotent-write';
    return send(scope.turn, enter(scope, { ...base, target: task.target, call, effect, timeoutMs: ownMs }));
  }
  if ('protocol' in task) {
    const { call, effect, timeout } = task.protocol;
    // A timeout of none is one that is over at once.
    const until = timeout === undefined ? base.deadline : now + timeout.evaluateMs(scope.input, scope);
    const timeoutMs = attemptMs(now, until, HTTP_TIMEOUT_MS);
    const node = { ...base, target: task.target, call: call.evaluate(scope.input, scope), effect, timeoutMs };
    return send(scope.turn, enter(scope, node));
  }
  if ('process' in task) {
    const { target, process } = task;
    const call = process.call.evaluate(scope.input, scope);
    const { source: _fetched, ...given } = call as { source?: unknown };
    if (holdsSecret(definition, state, given)) return secretRefused(scope, 'A process');
    const otherwiseMs = target.kind === 'script' ? SCRIPT_TIMEOUT_MS : PROCESS_TIMEOUT_MS;
    const timeoutMs = attemptMs(now, base.deadline, otherwiseMs);
    return send(scope.turn, enter(scope, { ...base, target, call, effect: process.effect, timeoutMs }));
  }
  const call = task.with.evaluate(scope.input, scope);
  if (holdsSecret(definition, state, call)) return secretRefused(scope, 'A capability');
  const node: CallNode = {
    ...base,
    target: { ...task.target, connection: '', plugin: '', pluginVersion: '' },
    call,
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
  const authorization = request.authorization?.evaluate(input, scope) as Authorization;
  const header = typeof authorization === 'string';
  const allHeaders = header ? { ...headers, authorization } : headers;
  return {
    method: request.method,
    uri,
    ...(allHeaders && { headers: allHeaders }),
    ...(query && { query }),
    ...(request.body && { body: request.body.evaluate(input, scope) }),
    ...(authorization !== undefined && !header && { authentication: authorization }),
    output: request.output,
    redirect: request.redirect,
  };
}

function openApiCall(scope: TaskScope, operation: CompiledOpenApi): OpenApiCall {
  const { input } = scope;
  const uri = operation.document.uri.evaluate(input, scope);
  if (typeof uri !== 'string') throw new EvaluationError('expression', 'The endpoint must be a text');
  const documentAuthorization = operation.document.authorization?.evaluate(input, scope) as Authorization;
  const operationId = operation.operationId.evaluate(input, scope);
  if (typeof operationId !== 'string')
    throw new EvaluationError('expression', 'The operationId must be a text');
  const authorization = operation.authorization?.evaluate(input, scope) as Authorization;
  return {
    document: { uri, ...(documentAuthorization && { authorization: documentAuthorization }) },
    operationId,
    parameters: operation.parameters.evaluate(input, scope) as Record<string, unknown>,
    ...(authorization && { authorization }),
    ...(operation.effect && { effectGiven: true }),
    output: operation.output,
    redirect: operation.redirect,
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
