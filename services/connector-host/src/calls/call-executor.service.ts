import type { CallOutcome, CallRequest, CallSettled, ProcessKind, ScriptCall } from '@tutti/contracts';
import { Gate, type WaitingRoom } from '../gates/gate.js';
import { LIMITS } from '../limits.js';
import { type BeginCall, waiterOf } from './begin-call.js';
import type { CapabilityCalls } from './capability-call.js';
import { overflow } from './outcomes.js';
import type { OpenApiCalls } from './openapi-call.js';
import type { ProtocolCalls } from '../protocols/protocol-calls.js';
import type { PlainHttpCalls } from './plain-http-call.js';
import { notConfigured } from '../processes/process-outcome.js';
import type { ProcessCalls } from '../processes/process-calls.js';
import type { CallSecrets, PreparedCall } from '../secrets/call-secrets.js';

export interface CallExecutorParts {
  http: PlainHttpCalls;
  openApi: OpenApiCalls;
  protocols: ProtocolCalls;
  capabilities: CapabilityCalls;
  processes: ProcessCalls;
  secrets: CallSecrets;
  room: WaitingRoom;
}

type Calls = PlainHttpCalls | OpenApiCalls | ProtocolCalls;

/** Performs attempts, whatever they call. */
export class CallExecutor {
  readonly #parts: CallExecutorParts;
  readonly #httpGate: Gate;

  constructor(parts: CallExecutorParts) {
    this.#parts = parts;
    this.#httpGate = new Gate(LIMITS.httpCallsMax, parts.room);
  }

  /** Performs one attempt. Never rejects: every failure is an outcome with its fate. */
  async execute(request: CallRequest): Promise<CallSettled> {
    return (await this.attempt(request, () => true)) as CallSettled;
  }

  /** Performs one attempt when it may begin; null when it may not. */
  async attempt(request: CallRequest, begin: BeginCall): Promise<CallSettled | null> {
    const startedAt = Date.now();
    const outcome = await this.#perform(request, begin);
    if (outcome === null) return null;
    const { runId, callId, attempt } = request;
    return { kind: 'call.settled', runId, callId, attempt, outcome, startedAt, endedAt: Date.now() };
  }

  #perform(request: CallRequest, begin: BeginCall): Promise<CallOutcome | null> {
    const { target } = request;
    switch (target.kind) {
      case 'http':
        return this.#inTurn(request, begin, this.#parts.http);
      case 'openapi':
        return this.#inTurn(request, begin, this.#parts.openApi);
      case 'mcp':
      case 'grpc':
      case 'a2a':
      case 'asyncapi':
        return this.#inTurn(request, begin, this.#parts.protocols);
      case 'capability':
        return this.#parts.capabilities.perform(request, target, begin);
      case 'script':
      case 'shell':
      case 'container':
        return this.#process(request, target.kind, begin);
    }
  }

  async #inTurn(request: CallRequest, begin: BeginCall, calls: Calls): Promise<CallOutcome | null> {
    if (!this.#httpGate.tryEnter() && (await this.#httpGate.enter(waiterOf(request))) === 'full') {
      return overflow(
        `More than ${LIMITS.waitingCallsMax} calls wait for their turn.`,
        LIMITS.overflowRetryAfterMs,
      );
    }
    try {
      const begun = begin(request.effect === 'write');
      return begun === true || (await begun) ? await this.#withSecrets(request, calls) : null;
    } finally {
      this.#httpGate.leave();
    }
  }

  /** Only what fetches the source of a script has credentials. */
  async #process(request: CallRequest, kind: ProcessKind, begin: BeginCall): Promise<CallOutcome | null> {
    const { secrets, processes } = this.#parts;
    const { source: _fetched, ...given } = request.input as Partial<ScriptCall>;
    // The engine refuses them too, but whoever gets a process to run could read what is in it.
    const held = await secrets.heldIn(request, given);
    if (held.length > 0) return notConfigured(kind, takesNone(held));
    if (!secrets.concern(request)) return processes.perform(request, kind, begin);
    const prepared = await secrets.prepare(request);
    if ('fate' in prepared) return prepared;
    const outcome = await processes.perform(prepared.request, kind, begin);
    return prepared.request.redactor?.value(outcome) ?? outcome;
  }

  /**
   * With its secrets, and without them in the outcome. A server that refuses a token gets another one, once.
   */
  async #withSecrets(request: CallRequest, calls: Calls): Promise<CallOutcome> {
    const { secrets } = this.#parts;
    if (!secrets.concern(request)) return calls.perform(request);
    const prepared = await secrets.prepare(request);
    if ('fate' in prepared) return prepared;
    const outcome = await redactedOutcome(prepared, calls);
    const refused = outcome.status === 'failed' && outcome.error.status === 401;
    if (!refused || prepared.tokens.length === 0) return outcome;
    const again = await secrets.prepare(request, prepared.tokens);
    return 'fate' in again ? again : redactedOutcome(again, calls);
  }
}

function takesNone(names: string[]): string {
  const list = names.map((name) => `"${name}"`).join(', ');
  return `A process takes no secret, and it was given ${list}: let a call of the workflow use it instead.`;
}

async function redactedOutcome({ request }: PreparedCall, calls: Calls): Promise<CallOutcome> {
  const outcome = await calls.perform(request);
  return request.redactor === undefined ? outcome : request.redactor.value(outcome);
}
