import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace, type Attributes, type Context, type HrTime, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace';
import { ATTR } from './attributes.js';
import { CountedQueue, QUEUE_LIMITS, type DropAwareExporter, type QueueLimits, type TelemetryStats } from './counted-queue.js';
import { KnownIdGenerator } from './known-ids.js';
import type { Redact } from './redaction.js';
import type { TracePosition } from './trace-context.js';

export type SpanRole = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanLink extends TracePosition { attributes?: Attributes }
/** `timeMs`: epoch milliseconds, fractions allowed. */
export interface SpanEvent { name: string; timeMs: number; attributes?: Attributes }

/** A span that is over, with ids that were known before. Times are epoch milliseconds, fractions allowed. */
export interface FinishedSpan extends TracePosition {
  parentSpanId?: string;
  name: string;
  kind: SpanRole;
  startMs: number;
  endMs: number;
  attributes: Attributes;
  status: 'unset' | 'ok' | 'error';
  statusMessage?: string;
  links?: readonly SpanLink[];
  events?: readonly SpanEvent[];
}

export interface TelemetryOptions {
  serviceName: string;
  serviceVersion: string;
  exporter: DropAwareExporter;
  /** Further resource attributes, for example `deployment.environment.name`. */
  resource?: Attributes;
  /** The one redaction point: every text of every span passes through it before it waits for export. */
  redact?: Redact;
  limits?: Partial<QueueLimits>;
}

export interface Telemetry {
  /** Exports what waits, then ends. */
  shutdown(): Promise<void>;
  forceFlush(): Promise<void>;
  stats(): Readonly<TelemetryStats>;
}

const ROLES: Record<SpanRole, SpanKind> = {
  internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER,
};

interface Running { tracer: Tracer; ids: KnownIdGenerator; queue: CountedQueue }
let running: Running | undefined;

/**
 * Starts OpenTelemetry for this process. Metrics and logs of the SDK stay off: the hub's figures come from its own tables, and with the SDK's
 * defaults it would send to whatever OTEL_* variables point at.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  if (running !== undefined) throw new Error('Telemetry is already started in this process; shut it down before starting it again.');
  const ids = new KnownIdGenerator();
  const queue = new CountedQueue(options.exporter, { ...QUEUE_LIMITS, ...options.limits }, options.redact);
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      [ATTR.serviceNamespace]: 'tutti', ...options.resource, [ATTR.serviceName]: options.serviceName, [ATTR.serviceVersion]: options.serviceVersion,
      'telemetry.sdk.language': 'nodejs', 'telemetry.sdk.name': 'opentelemetry',
    }),
    autoDetectResources: false, spanProcessors: [queue], metricReaders: [], logRecordProcessors: [], sampler: new AlwaysOnSampler(),
    idGenerator: ids, textMapPropagator: new W3CTraceContextPropagator(),
  });
  sdk.start();
  running = { tracer: trace.getTracer('@tutti/telemetry', options.serviceVersion), ids, queue };
  return {
    forceFlush: () => queue.forceFlush(),
    stats: () => queue.stats,
    shutdown: async () => {
      running = undefined;
      await sdk.shutdown();
      trace.disable();
    },
  };
}

/**
 * Records a span that is over. Costs a few microseconds and never waits; before `startTelemetry` it does nothing, so that libraries can
 * call it unconditionally. A span written twice with the same ids and start (after a crash) is stored once.
 */
export function writeSpan(span: FinishedSpan): void {
  if (running === undefined) return;
  const { tracer, ids } = running;
  ids.useOnce(span.traceId, span.spanId);
  const recorded = tracer.startSpan(span.name, {
    kind: ROLES[span.kind], startTime: toHrTime(span.startMs), attributes: span.attributes, links: span.links?.map(toLink),
  }, parentContext(span));
  ids.clear();
  if (span.events !== undefined) for (const event of span.events) recorded.addEvent(event.name, event.attributes, toHrTime(event.timeMs));
  if (span.status !== 'unset') {
    recorded.setStatus({ code: span.status === 'ok' ? SpanStatusCode.OK : SpanStatusCode.ERROR, message: span.statusMessage });
  }
  recorded.end(toHrTime(Math.max(span.startMs, span.endMs)));
}

function parentContext(span: FinishedSpan): Context {
  if (span.parentSpanId === undefined) return ROOT_CONTEXT;
  return contextOf({ traceId: span.traceId, spanId: span.parentSpanId });
}

/** An OpenTelemetry context at a known position, for code that makes its spans through `@opentelemetry/api`. */
export function contextOf(position: TracePosition): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { ...position, traceFlags: TraceFlags.SAMPLED });
}

function toLink(link: SpanLink) {
  return { context: { traceId: link.traceId, spanId: link.spanId, traceFlags: TraceFlags.SAMPLED }, attributes: link.attributes };
}

/** Seconds and nanoseconds. A bare number would be misread by the SDK: below the process's age it takes it for a monotonic time. */
function toHrTime(epochMs: number): HrTime {
  const micros = Math.round(epochMs * 1000);
  const seconds = Math.floor(micros / 1_000_000);
  return [seconds, (micros - seconds * 1_000_000) * 1000];
}
