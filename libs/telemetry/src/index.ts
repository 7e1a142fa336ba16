export { ATTR } from './attributes.js';
export { QUEUE_LIMITS, type DropAwareExporter, type QueueLimits, type TelemetryStats } from './counted-queue.js';
export { redactValue, type Redact } from './redaction.js';
export {
  contextOf, startTelemetry, writeSpan, type FinishedSpan, type SpanEvent, type SpanLink, type SpanRole, type Telemetry, type TelemetryOptions,
} from './telemetry.js';
export { TRACEPARENT_HEADER, formatTraceparent, parseTraceparent, type TracePosition } from './trace-context.js';
