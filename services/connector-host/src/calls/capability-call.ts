import { newSpanId, type CallOutcome, type CallRequest, type CallTarget } from '@tutti/contracts';
import { capabilityOf, type Connection } from '../connections/connection.js';
import type { ConnectionDirectory } from '../connections/connection-directory.service.js';
import type { Gate } from '../gates/gate.js';
import type { ConnectionGate, Gates } from '../gates/gates.js';
import { Deadlines } from '../http/deadlines.js';
import { nowMs } from '../http/http-span.js';
import { LIMITS } from '../limits.js';
import type { HostedCapability } from '../plugins/hosted-plugin.js';
import { Attempt, type AttemptParts } from './attempt.js';
import { waiterOf, type BeginCall } from './begin-call.js';
import { callSpan } from './call-span.js';
import { failure, overflow, timedOut, unknownOutcome, type Failure } from './outcomes.js';

type CapabilityTarget = Extract<CallTarget, { kind: 'capability' }>;

export interface CapabilityCallsParts extends AttemptParts {
  directory: ConnectionDirectory;
  gates: Gates;
}

interface Resolved {
  request: CallRequest;
  connection: Connection;
  capability: HostedCapability;
  gate: ConnectionGate;
}

interface Performed {
  outcome: CallOutcome;
  spanId: string;
  firstPartialMs?: number | undefined;
}

/**
 * Performs calls of capabilities: finds the connection, waits for a place, holds the deadline, redacts,
 * records the span.
 */
export class CapabilityCalls {
  readonly #parts: CapabilityCallsParts;
  readonly #deadlines = new Deadlines();

  constructor(parts: CapabilityCallsParts) {
    this.#parts = parts;
  }

  /** Never rejects: whatever goes wrong is a failed outcome. Null when the call may not begin here. */
  async perform(
    request: CallRequest,
    target: CapabilityTarget,
    begin: BeginCall,
  ): Promise<CallOutcome | null> {
    const startMs = nowMs();
    let connection: Connection | null = null;
    let spanId: string | null = null;
    let outcome: CallOutcome;
    let firstPartialMs: number | undefined;
    const resolved = await this.#resolve(request, target);
    if ('status' in resolved) outcome = resolved;
    else {
      connection = resolved.connection;
      const performed = await this.#inTurn(resolved, begin);
      if (performed === null) return null;
      outcome = redacted(performed.outcome, connection);
      spanId = performed.spanId;
      firstPartialMs = performed.firstPartialMs;
    }
    const { capability } = target;
    const times = { startMs, endMs: nowMs(), spanId: spanId ?? newSpanId() };
    this.#parts.spans.write(callSpan({ request, capability, connection, outcome, firstPartialMs, ...times }));
    this.#parts.watch?.ended({ request, capability, connection: target.connection, outcome, ...times });
    return outcome;
  }

  close(): void {
    this.#deadlines.close();
  }

  async #resolve(request: CallRequest, target: CapabilityTarget): Promise<Resolved | Failure> {
    let found;
    try {
      found = await this.#parts.directory.find(request.workspaceId, target.connection, target.pluginVersion);
    } catch (error) {
      const detail = `The connections could not be read: ${(error as Error).message}`;
      return notRead('The hub cannot look up the connection', detail);
    }
    if ('error' in found)
      return found.away
        ? notRead('The settings of the connection cannot be read now', found.error)
        : notUsable(found.error, found.disabled);
    const { connection } = found;
    const capability = capabilityOf(connection, target.capability);
    if (capability === undefined) return notUsable(notOffered(connection, target.capability), false);
    return {
      request,
      connection,
      capability,
      gate: this.#parts.gates.of(connection, target.capability, capability),
    };
  }

  async #inTurn(resolved: Resolved, begin: BeginCall): Promise<Performed | null> {
    const { request, connection, gate } = resolved;
    const attempt = new Attempt(this.#parts, resolved);
    const { spanId } = attempt;
    const timeoutMs = Math.min(request.timeoutMs, LIMITS.callTimeoutMsMax);
    const dueMs = performance.now() + timeoutMs;
    const what = `${request.taskName} over connection "${connection.name}"`;
    const late = () => ({ outcome: timedOut(`The wait of ${what}`, timeoutMs), spanId });
    const entering = this.#parts.gates.enter(gate, { ...waiterOf(request), dueMs });
    const entry = typeof entering === 'string' ? entering : await entering;
    if (entry === 'late') return late();
    if (entry !== 'entered') return { outcome: notAdmitted(entry, connection.name), spanId };
    if (performance.now() < dueMs) {
      const begun = begin(
        request.effect === 'write' || (request.later === undefined && resolved.capability.effect === 'write'),
      );
      if (begun !== true && !(await begun)) {
        gate.gate.leave();
        return null;
      }
    }
    if (performance.now() >= dueMs) {
      gate.gate.leave();
      return late();
    }
    const outcome = await this.#withDeadline({ attempt, gate: gate.gate, dueMs, timeoutMs, what });
    if (outcome.status === 'failed' && outcome.error.reason === 'throttled' && outcome.retryAfterMs)
      this.#parts.gates.slowDown(gate, outcome.retryAfterMs);
    return { outcome, spanId, firstPartialMs: attempt.firstPartialMs };
  }

  /**
   * The deadline is kept whether or not the plugin heeds its signal. The place in the queue stays taken until
   * the plugin is really done (its work still uses the machine), but not for ever.
   */
  #withDeadline(of: {
    attempt: Attempt;
    gate: Gate;
    dueMs: number;
    timeoutMs: number;
    what: string;
  }): Promise<CallOutcome> {
    const { attempt, gate, dueMs, timeoutMs, what } = of;
    const controller = new AbortController();
    const place = new Place(gate);
    const overrun = {
      dueMs: dueMs + LIMITS.overrunGraceMs,
      expire: () => {
        place.free();
      },
    };
    return new Promise((resolve) => {
      const deadline = {
        dueMs,
        expire: () => {
          this.#deadlines.add(overrun);
          const late = timedOut(what, timeoutMs);
          resolve(attempt.leftOpen ? unknownOutcome(late, 'The write may have taken effect.') : late);
          controller.abort(new DOMException(`The deadline of ${timeoutMs} ms is over.`, 'TimeoutError'));
        },
      };
      this.#deadlines.add(deadline);
      void attempt.perform({ signal: controller.signal, dueMs }).then((outcome) => {
        this.#deadlines.delete(deadline);
        this.#deadlines.delete(overrun);
        place.free();
        resolve(outcome);
      });
    });
  }
}

/** A place behind a gate that is given back once. */
class Place {
  readonly #gate: Gate;
  #taken = true;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  free(): void {
    if (!this.#taken) return;
    this.#taken = false;
    this.#gate.leave();
  }
}

function notOffered({ name, plugin, found }: Connection, capability: string): string {
  if (found === undefined) return `Plugin "${plugin.plugin.name}" has no capability "${capability}".`;
  return (
    `Connection "${name}" offers no capability "${capability}": see what it found, and approve it, with ` +
    `"npx tutti connections capabilities ${name}".`
  );
}

function notUsable(detail: string, disabled: boolean): Failure {
  const title = 'The connection cannot be used';
  const reason = disabled ? 'unavailable' : 'rejected';
  return failure({ fate: 'permanent', kind: 'configuration', status: 400, title, detail, reason });
}

/** What the connection is made of does not answer now. */
function notRead(title: string, detail: string): Failure {
  return failure({
    fate: 'transient',
    kind: 'communication',
    status: 503,
    title,
    detail,
    reason: 'unavailable',
  });
}

function notAdmitted(entry: 'full' | { notBeforeInMs: number }, connection: string): Failure {
  if (entry === 'full')
    return overflow(
      `More than ${LIMITS.waitingCallsMax} calls wait for their turn.`,
      LIMITS.overflowRetryAfterMs,
    );
  const detail = `The other side of connection "${connection}" asked to be called later.`;
  return overflow(detail, Math.ceil(entry.notBeforeInMs));
}

/** Errors carry what the other side and the plugin said, so they pass the connection's redaction. */
function redacted(outcome: CallOutcome, connection: Connection): CallOutcome {
  return outcome.status === 'succeeded'
    ? outcome
    : { ...outcome, error: connection.redactor.value(outcome.error) };
}
