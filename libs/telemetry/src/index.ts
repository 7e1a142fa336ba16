export { ATTR } from './attributes.js';
export { QUEUE_LIMITS, type DropAwareExporter, type QueueLimits, type TelemetryStats } from './counted-queue.js';
export type { FinishedSpan, SpanEvent, SpanLink, SpanRole } from './recorded-span.js';
export { redactValue, type Redact } from './redaction.js';
export { HUB_NAMESPACE, HUB_SCOPE, contextOf, startTelemetry, writeSpan, type Telemetry, type TelemetryOptions } from './telemetry.js';
export { TRACEPARENT_HEADER, formatTraceparent, parseTraceparent, type TracePosition } from './trace-context.js';
