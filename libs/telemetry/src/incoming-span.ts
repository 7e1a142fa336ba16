import type { SpanAttributes } from './normalise.js';

/** Who sent spans: resource and instrumentation scope. */
export interface SpanSource {
  resource: SpanAttributes;
  scopeName: string;
  scopeVersion: string;
}

/** A span as it arrives, whether over OTLP or from the hub's own SDK. */
export interface IncomingSpan {
  /** 32 and 16 lower-case hex digits. */
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  /** OTLP SpanKind: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  role: number;
  /** Epoch microseconds. */
  startUs: number;
  durationMs: number;
  /** OTLP status code: 0 unset, 1 ok, 2 error. */
  status: number;
  statusMessage: string | undefined;
  attributes: SpanAttributes;
  events: readonly IncomingEvent[] | undefined;
  links: readonly IncomingLink[] | undefined;
}

export interface IncomingEvent {
  name: string;
  timeUs: number;
  attributes?: SpanAttributes;
}
export interface IncomingLink {
  traceId: string;
  spanId: string;
  attributes?: SpanAttributes;
}

export interface SpanGroup {
  source: SpanSource;
  spans: readonly IncomingSpan[];
}

/** What one request, or one export of the hub's own SDK, brings. */
export interface SpanBatch {
  groups: readonly SpanGroup[];
  /** Size on the wire, or an estimate; bounds what may wait in memory. */
  bytes: number;
  /**
   * True for the hub's own spans handed over in-process: such a source is managed whatever it calls itself.
   */
  fromHub: boolean;
}
