import { trace } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { newSpanId, newTraceId } from '@tutti/contracts';
import type { DropAwareExporter } from './counted-queue.js';
import { contextOf, startTelemetry, writeSpan, type Telemetry } from './telemetry.js';

/** Keeps what it is given. */
class KeepingExporter implements DropAwareExporter {
  readonly spans: ReadableSpan[] = [];
  readonly drops: number[] = [];
  failing = false;
  export(spans: ReadableSpan[], done: (result: { code: ExportResultCode }) => void): void {
    if (!this.failing) this.spans.push(...spans);
    done({ code: this.failing ? ExportResultCode.FAILED : ExportResultCode.SUCCESS });
  }
  reportDropped(count: number): void {
    this.drops.push(count);
  }
  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

describe('telemetry', () => {
  let exporter: KeepingExporter;
  let telemetry: Telemetry;
  const start = (more: object = {}) =>
    startTelemetry({
      serviceName: 'tutti',
      serviceVersion: '1',
      exporter,
      resource: { 'deployment.environment.name': 'test' },
      ...more,
    });
  beforeEach(() => {
    exporter = new KeepingExporter();
  });
  afterEach(() => telemetry.shutdown());
  const finished = (more: object = {}) => ({
    traceId: newTraceId(),
    spanId: newSpanId(),
    name: 'x',
    kind: 'internal' as const,
    startMs: 1_700_000_000_000.25,
    endMs: 1_700_000_000_001.75,
    attributes: { a: 1 },
    status: 'ok' as const,
    ...more,
  });

  it('writes a span with the ids and times it is given, under the resource of the process', async () => {
    telemetry = start();
    const one = finished({ parentSpanId: newSpanId(), kind: 'producer' });
    writeSpan(one);
    await telemetry.forceFlush();
    const [span] = exporter.spans;
    expect(span?.spanContext()).toMatchObject({ traceId: one.traceId, spanId: one.spanId, traceFlags: 1 });
    expect(span).toMatchObject({
      kind: 3,
      startTime: [1_700_000_000, 250_000],
      endTime: [1_700_000_000, 1_750_000],
      duration: [0, 1_500_000],
      status: { code: 1 },
      resource: {
        attributes: {
          'service.name': 'tutti',
          'service.namespace': 'tutti',
          'service.version': '1',
          'deployment.environment.name': 'test',
        },
      },
    });
  });

  it('does not let a clock that was set back make a negative duration', async () => {
    telemetry = start();
    writeSpan(finished({ endMs: 1_600_000_000_000 }));
    await telemetry.forceFlush();
    expect(exporter.spans[0]?.duration).toEqual([0, 0]);
  });

  it('also exports spans that are made through the OpenTelemetry API, under a given position', async () => {
    telemetry = start();
    const position = { traceId: newTraceId(), spanId: newSpanId() };
    trace.getTracer('plugin').startSpan('inner', {}, contextOf(position)).end();
    await telemetry.forceFlush();
    expect(exporter.spans[0]?.spanContext().traceId).toBe(position.traceId);
    expect(exporter.spans[0]?.parentSpanContext?.spanId).toBe(position.spanId);
  });

  it('redacts name, message, attributes, events and links', async () => {
    telemetry = start({ redact: (text: string) => text.replaceAll('canary', '-') });
    writeSpan(
      finished({
        name: 'canary',
        status: 'error',
        statusMessage: 'canary',
        attributes: { text: 'canary', list: ['canary'], number: 1 },
        events: [{ name: 'e', timeMs: 1, attributes: { text: 'canary' } }],
        links: [{ traceId: newTraceId(), spanId: newSpanId(), attributes: { text: 'canary' } }],
      }),
    );
    await telemetry.forceFlush();
    const { name, status, attributes, events, links } = exporter.spans[0] as ReadableSpan;
    expect(JSON.stringify({ name, status, attributes, events, links })).not.toContain('canary');
    expect(attributes).toEqual({ text: '-', list: ['-'], number: 1 });
  });

  it('counts what it drops and what its exporter could not deliver, and reports both', async () => {
    telemetry = start({ limits: { queueSpansMax: 2, batchSpansMax: 2, flushDelayMs: 60_000 } });
    exporter.failing = true;
    writeSpan(finished());
    await telemetry.forceFlush().catch(() => undefined);
    expect(telemetry.stats()).toEqual({ queued: 0, exported: 0, dropped: 0, failed: 1 });
    exporter.failing = false;
    writeSpan(finished());
    await telemetry.forceFlush();
    expect(telemetry.stats()).toEqual({ queued: 0, exported: 1, dropped: 0, failed: 1 });
    expect(exporter.drops).toEqual([1]);
  });

  it('exports what waits when it is shut down, and takes nothing afterwards', async () => {
    telemetry = start();
    writeSpan(finished());
    await telemetry.shutdown();
    expect(exporter.spans).toHaveLength(1);
    writeSpan(finished());
    expect(exporter.spans).toHaveLength(1);
    expect(() => (telemetry = start())).not.toThrow();
    expect(() => start()).toThrow(/already started/);
  });
});
