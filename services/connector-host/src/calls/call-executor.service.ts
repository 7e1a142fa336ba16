import type { CallOutcome, CallRequest, CallSettled } from '@tutti/contracts';
import { LIMITS } from '../limits.js';
import type { CapabilityCalls } from './capability-call.js';
import { Gate, type WaitingRoom } from './gate.js';
import { overflow } from './outcomes.js';
import type { PlainHttpCalls } from './plain-http-call.js';

export interface CallExecutorParts {
  http: PlainHttpCalls;
  capabilities: CapabilityCalls;
  room: WaitingRoom;
}

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
    const startedAt = Date.now();
    const outcome = await this.#perform(request);
    const { runId, callId, attempt } = request;
    return { kind: 'call.settled', runId, callId, attempt, outcome, startedAt, endedAt: Date.now() };
  }

  #perform(request: CallRequest): Promise<CallOutcome> {
    const { target } = request;
    return target.kind === 'http' ? this.#http(request) : this.#parts.capabilities.perform(request, target);
  }

  async #http(request: CallRequest): Promise<CallOutcome> {
    if (!this.#httpGate.tryEnter() && !(await this.#httpGate.enter())) {
      return overflow(
        `More than ${LIMITS.waitingCallsMax} calls wait for their turn.`,
        LIMITS.overflowRetryAfterMs,
      );
    }
    try {
      return await this.#parts.http.perform(request);
    } finally {
      this.#httpGate.leave();
    }
  }
}
