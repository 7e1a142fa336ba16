import {
  newSpanId,
  type CallOutcome,
  type CallRequest,
  type ProcessKind,
  type ScriptCall,
} from '@tutti/contracts';
import { defect, type PlainHttpCalls } from '../calls/plain-http-call.js';
import type { BeginCall } from '../calls/begin-call.js';
import { timedOut } from '../calls/outcomes.js';
import { processSpan } from '../calls/call-span.js';
import { Gate, type WaitingRoom } from '../gates/gate.js';
import { nowMs, type SpanSink } from '../http/http-span.js';
import { LIMITS } from '../limits.js';
import type { EngineEnvironment } from './container-engine.js';
import type { ContainerOwner } from './container-arguments.js';
import { Containers } from './containers.js';
import { notConfigured, startedBefore } from './process-outcome.js';
import { placeAt, type Processes } from './processes.js';
import { ScriptRunner } from './script-runner.js';
import { runShell } from './shell-runner.js';

export interface ProcessCallsParts {
  http: PlainHttpCalls;
  spans: SpanSink;
  room: WaitingRoom;
  /** Where commands and containers are started. */
  processes: Processes;
  allowProcesses: boolean;
  allowContainers: boolean;
  engine: EngineEnvironment;
  /** By whose name containers are known again. */
  owner: ContainerOwner;
  /** Takes the secrets that are known out of errors. */
  redact: <T>(value: T) => T;
}

/** Performs `run: script`, `run: shell` and `run: container`, as many at once as their limits say. */
export class ProcessCalls {
  readonly #parts: ProcessCallsParts;
  readonly #scripts: ScriptRunner;
  readonly #containers: Containers;
  #clearing: NodeJS.Timeout | undefined;
  readonly #scriptGate: Gate;

  constructor(parts: ProcessCallsParts) {
    this.#parts = parts;
    this.#scripts = new ScriptRunner(parts.http);
    const { engine, owner, processes } = parts;
    this.#containers = new Containers({ engine, owner, children: processes.children });
    this.#scriptGate = new Gate(LIMITS.scriptsAtOnceMax, parts.room);
  }

  /** Never rejects: whatever goes wrong is a failed outcome. Null when the call may not begin here. */
  async perform(request: CallRequest, kind: ProcessKind, begin: BeginCall): Promise<CallOutcome | null> {
    const startMs = nowMs();
    const spanId = newSpanId();
    const trace = { ...request.trace, spanId };
    const outcome = await this.#perform({ ...request, trace }, kind, begin);
    if (outcome === null) return null;
    const told = this.#redacted(outcome);
    const { language } = request.input as Partial<ScriptCall>;
    this.#parts.spans.write(
      processSpan({
        request,
        kind,
        ...(language !== undefined && { language }),
        outcome: told,
        spanId,
        parentSpanId: request.trace.spanId,
        startMs,
        endMs: nowMs(),
      }),
    );
    return told;
  }

  /**
   * Ends the containers that hosts of the installation left which are not among `living`, now and from time
   * to time, and removes those that were kept long enough.
   */
  clearContainers(living: () => Promise<ReadonlySet<string>>): void {
    if (!this.#parts.allowContainers) return;
    const clear = async () => this.#containers.clear(await living());
    // A database that is away is asked again.
    const tick = () => void clear().catch(() => undefined);
    this.#clearing = setInterval(tick, LIMITS.containersClearMs).unref();
    tick();
  }

  async close(): Promise<void> {
    clearInterval(this.#clearing);
    await Promise.all([this.#scripts.close(), this.#parts.processes.children.close()]);
    await this.#containers.close();
  }

  async #perform(request: CallRequest, kind: ProcessKind, begin: BeginCall): Promise<CallOutcome | null> {
    const refused = this.#refused(kind);
    if (refused !== null) return notConfigured(kind, refused);
    if (request.redelivered && request.effect === 'write') return startedBefore(request, kind);
    const gate = kind === 'script' ? this.#scriptGate : this.#parts.processes.gate;
    const timeoutMs = Math.min(request.timeoutMs, LIMITS.callTimeoutMsMax);
    const dueMs = performance.now() + timeoutMs;
    const kept = await placeAt(gate, request, dueMs);
    if (kept !== null) return kept;
    try {
      const begun = begin(request.effect === 'write');
      if (begun !== true && !(await begun)) return null;
      if (performance.now() >= dueMs) return timedOut(`The wait of "${request.taskName}"`, timeoutMs);
      return await this.#run(request, kind, dueMs);
    } catch (error) {
      return defect(`The ${kind} of "${request.taskName}"`, error);
    } finally {
      gate.leave();
    }
  }

  /** What the operator has to switch on first, or null. */
  #refused(kind: ProcessKind): string | null {
    const { allowProcesses, allowContainers } = this.#parts;
    if (kind === 'shell' && !allowProcesses) return switchedOff('Shell commands', 'processes');
    if (kind === 'container' && !allowContainers) return switchedOff('Containers', 'containers');
    return null;
  }

  #run(request: CallRequest, kind: ProcessKind, dueMs: number): Promise<CallOutcome> {
    const { children } = this.#parts.processes;
    switch (kind) {
      case 'script':
        return this.#scripts.run(request, dueMs);
      case 'shell':
        return runShell(children, { request, dueMs });
      case 'container':
        return this.#containers.run(request, dueMs);
    }
  }

  #redacted(outcome: CallOutcome): CallOutcome {
    if (outcome.status === 'succeeded') return outcome;
    return { ...outcome, error: this.#parts.redact(outcome.error) };
  }
}

function switchedOff(what: string, name: 'processes' | 'containers'): string {
  return (
    `${what} are switched off. The operator of the hub allows them with --allow-${name} or ` +
    `TUTTI_ALLOW_${name.toUpperCase()}=true for the connector hosts.`
  );
}
