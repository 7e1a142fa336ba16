import { ROOT_CONTEXT, TraceFlags, trace, type Attributes, type Context } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace';
import { ATTR } from './attributes.js';
import {
  CountedQueue,
  QUEUE_LIMITS,
  type DropAwareExporter,
  type QueueLimits,
  type TelemetryStats,
} from './counted-queue.js';
import { RecordedSpan, type FinishedSpan, type SpanOrigin } from './recorded-span.js';
import type { Redact } from './redaction.js';
import type { TracePosition } from './trace-context.js';

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

/** Name of the instrumentation scope of the hub's own spans. */
export const HUB_SCOPE = '@tutti/telemetry';
/** `service.namespace` of the hub's own processes. */
export const HUB_NAMESPACE = 'tutti';

interface Running {
  origin: SpanOrigin;
  queue: CountedQueue;
}
let running: Running | undefined;

/**
 * Starts OpenTelemetry for this process. Metrics and logs of the SDK stay off: the hub's figures come from
 * its own tables, and with the SDK's defaults it would send to whatever OTEL_* variables point at.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  if (running !== undefined)
    throw new Error('Telemetry is already started in this process; shut it down before starting it again.');
  const queue = new CountedQueue(options.exporter, { ...QUEUE_LIMITS, ...options.limits }, options.redact);
  const resource = resourceFromAttributes({
    [ATTR.serviceNamespace]: HUB_NAMESPACE,
    ...options.resource,
    [ATTR.serviceName]: options.serviceName,
    [ATTR.serviceVersion]: options.serviceVersion,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
  });
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    spanProcessors: [queue],
    metricReaders: [],
    logRecordProcessors: [],
    sampler: new AlwaysOnSampler(),
    textMapPropagator: new W3CTraceContextPropagator(),
  });
  sdk.start();
  running = { origin: { resource, scope: { name: HUB_SCOPE, version: options.serviceVersion } }, queue };
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
 * Records a span that is over. Costs about a microsecond and never waits; before `startTelemetry` it does
 * nothing, so that libraries can call it unconditionally. It keeps `attributes`, so do not change them
 * afterwards. A span written twice with the same ids and start (after a crash) is stored once.
 */
export function writeSpan(span: FinishedSpan): void {
  if (running === undefined) return;
  running.queue.onEnd(new RecordedSpan(span, running.origin));
}

/**
 * Exports the spans that wait in this process, if telemetry is started; for whoever is about to close what
 * the exporter needs.
 */
export async function flushTelemetry(): Promise<void> {
  await running?.queue.forceFlush();
}

/**
 * An OpenTelemetry context at a known position, for code that makes its spans through `@opentelemetry/api`.
 */
export function contextOf(position: TracePosition): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { ...position, traceFlags: TraceFlags.SAMPLED });
}
