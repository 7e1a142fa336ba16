import type { CallRequest } from '@tutti/contracts';
import { waiterOf } from '../calls/begin-call.js';
import { overflow, timedOut, type Failure } from '../calls/outcomes.js';
import { Gate, type WaitingRoom } from '../gates/gate.js';
import { LIMITS } from '../limits.js';
import { Children } from './children.js';

/** The processes of a connector host, whoever starts them, and the gate that all of them go through. */
export class Processes {
  readonly children = new Children();
  readonly gate: Gate;

  constructor(room: WaitingRoom) {
    this.gate = new Gate(LIMITS.processesAtOnceMax, room);
  }
}

/**
 * Waits for a place at a gate until `dueMs`, on the clock of `performance.now()`. Null with a place, which
 * the caller gives back; else how the call failed.
 */
export async function placeAt(gate: Gate, request: CallRequest, dueMs: number): Promise<Failure | null> {
  const entry = await enter(gate, request, dueMs);
  switch (entry) {
    case 'entered':
      return null;
    case 'full': {
      const detail = `More than ${LIMITS.waitingCallsMax} calls wait for their turn.`;
      return overflow(detail, LIMITS.overflowRetryAfterMs);
    }
    case 'late': {
      const timeoutMs = Math.min(request.timeoutMs, LIMITS.callTimeoutMsMax);
      return timedOut(`The wait of "${request.taskName}" for its turn`, timeoutMs);
    }
  }
}

async function enter(gate: Gate, request: CallRequest, dueMs: number): ReturnType<Gate['enter']> {
  if (gate.tryEnter()) return 'entered';
  const timer = setTimeout(() => gate.expire(), dueMs - performance.now() + 1).unref();
  try {
    return await gate.enter({ ...waiterOf(request), dueMs });
  } finally {
    clearTimeout(timer);
  }
}
