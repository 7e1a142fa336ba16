import {
  newSpanId,
  newTraceId,
  uuidv7,
  type CallOutcome,
  type CallRequest,
  type HttpCall,
} from '@tutti/contracts';

/** A request for one attempt, with everything that a test does not care about filled in. */
export function callRequest(
  about: Partial<CallRequest> & Pick<CallRequest, 'target' | 'input'>,
): CallRequest {
  return {
    kind: 'call.request',
    runId: uuidv7(),
    workspaceId: 'default',
    workflow: { namespace: 'tests', name: 'calls', version: '1.0.0', versionId: uuidv7() },
    callId: '/do/0/call',
    attempt: 1,
    task: '/do/0/call',
    taskName: 'call',
    effect: 'read',
    idempotencyKey: uuidv7(),
    timeoutMs: 30_000,
    redelivered: false,
    trace: { traceId: newTraceId(), spanId: newSpanId() },
    ...about,
  };
}

/** A request for `call: http`. */
export function httpRequest(
  call: Partial<HttpCall> & { uri: string },
  about: Partial<CallRequest> = {},
): CallRequest {
  const input: HttpCall = { method: 'GET', output: 'content', redirect: false, ...call };
  return callRequest({ ...about, target: { kind: 'http' }, input });
}

/** A request for a capability of a connection. */
export function capabilityRequest(
  capability: string,
  input: unknown,
  about: Partial<CallRequest> & { connection?: string; plugin?: string } = {},
): CallRequest {
  const { connection = 'main', plugin = 'util-test', ...rest } = about;
  const target = {
    kind: 'capability',
    capability,
    version: '1',
    connection,
    plugin,
    pluginVersion: '1.0.0',
  } as const;
  return callRequest({ ...rest, target, input });
}

/** The error of an outcome that must have failed. */
export function failed(outcome: CallOutcome): Extract<CallOutcome, { status: 'failed' }> {
  if (outcome.status === 'failed') return outcome;
  throw new Error(`The call succeeded with ${JSON.stringify(outcome.output)}.`);
}

/** The output of an outcome that must have succeeded. */
export function output(outcome: CallOutcome): unknown {
  if (outcome.status === 'succeeded') return outcome.output;
  throw new Error(`The call failed: ${JSON.stringify(outcome)}`);
}
