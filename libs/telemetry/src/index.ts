export { ATTR } from './attributes.js';
export {
  QUEUE_LIMITS,
  type DropAwareExporter,
  type QueueLimits,
  type TelemetryStats,
} from './counted-queue.js';
export type { FinishedSpan, SpanEvent, SpanLink, SpanRole } from './recorded-span.js';
export { redactValue, type Redact } from './redaction.js';
export {
  HUB_NAMESPACE,
  HUB_SCOPE,
  contextOf,
  flushTelemetry,
  startTelemetry,
  writeSpan,
  type Telemetry,
  type TelemetryOptions,
} from './telemetry.js';
export {
  TRACEPARENT_HEADER,
  formatTraceparent,
  parseTraceparent,
  type TracePosition,
} from './trace-context.js';
export { canonicalProvider, normaliseSpan, type NormalSpan, type SpanAttributes } from './normalise.js';
export { NORMALISATION, type NormalField, type NormalKind } from './normalisation.table.js';
export type {
  IncomingEvent,
  IncomingLink,
  IncomingSpan,
  SpanBatch,
  SpanGroup,
  SpanSource,
} from './incoming-span.js';
