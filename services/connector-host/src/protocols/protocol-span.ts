import { newSpanId, type CallOutcome, type CallRequest, type TraceParent } from '@tutti/contracts';
import { ATTR, formatTraceparent, type FinishedSpan } from '@tutti/telemetry';
import { nowMs, type SpanSink } from '../http/http-span.js';

type Attributes = FinishedSpan['attributes'];

/** Attributes that every span of an attempt has. */
export function attemptAttributes(request: CallRequest): Record<string, string | number> {
  return {
    [ATTR.workspaceId]: request.workspaceId,
    [ATTR.runId]: request.runId,
    [ATTR.taskPosition]: request.task,
    [ATTR.taskName]: request.taskName,
    [ATTR.attempt]: request.attempt,
  };
}

/** The span of one attempt over a protocol, while it is under way. */
export class ProtocolSpan {
  /** Where what is done for the attempt is recorded. */
  readonly trace: TraceParent;
  readonly #sink: SpanSink;
  readonly #request: CallRequest;
  #name: string;
  #kind: FinishedSpan['kind'] = 'client';
  readonly #attributes: Attributes;
  readonly #startMs = nowMs();

  constructor(sink: SpanSink, request: CallRequest, about: { name: string; attributes: Attributes }) {
    this.trace = { traceId: request.trace.traceId, spanId: newSpanId() };
    this.#sink = sink;
    this.#request = request;
    this.#name = about.name;
    this.#attributes = { ...attemptAttributes(request), ...about.attributes };
  }

  /** The `traceparent` under which the other side continues. */
  get traceparent(): string {
    return formatTraceparent(this.trace);
  }

  set(name: string, value: string | number): void {
    this.#attributes[name] = value;
  }

  /** For what is known only when the attempt is under way. */
  rename(name: string, kind: FinishedSpan['kind']): void {
    this.#name = name;
    this.#kind = kind;
  }

  /** Writes the span. An `error.type` that was set before stands. */
  end(outcome: CallOutcome): void {
    const failed = outcome.status === 'failed';
    if (failed) this.#attributes[ATTR.errorType] ??= outcome.error.reason ?? outcome.error.type;
    this.#sink.write({
      ...this.trace,
      parentSpanId: this.#request.trace.spanId,
      name: this.#name,
      kind: this.#kind,
      startMs: this.#startMs,
      endMs: nowMs(),
      attributes: this.#attributes,
      status: failed ? 'error' : 'unset',
      ...(failed ? { statusMessage: outcome.error.title } : {}),
    });
  }
}
