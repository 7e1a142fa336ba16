import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { redactSpan, type Redact } from './redaction.js';

/** What happened to the spans of this process since its start. */
export interface TelemetryStats {
  /** Waiting in the queue or being exported. */
  queued: number;
  exported: number;
  /** Refused because the queue was full. */
  dropped: number;
  /** Handed to the exporter, which failed for good. */
  failed: number;
}

/** An exporter which wants to know how many spans never reached it. */
export interface DropAwareExporter extends SpanExporter {
  reportDropped?(count: number): void;
}

export interface QueueLimits {
  /** Spans waiting at most; over it new ones are dropped and counted. */
  queueSpansMax: number;
  batchSpansMax: number;
  /** How long a span may wait for company: the trace of a running run is looked at live, so it is short. */
  flushDelayMs: number;
}

export const QUEUE_LIMITS: QueueLimits = { queueSpansMax: 65_536, batchSpansMax: 4_096, flushDelayMs: 200 };

/**
 * The SDK's batching processor with a bound that counts what it refuses. The SDK's own queue drops silently
 * (its counter is private), so the bound is held here, one step before it.
 */
export class CountedQueue implements SpanProcessor {
  readonly #inner: BatchSpanProcessor;
  readonly #exporter: DropAwareExporter;
  readonly #limits: QueueLimits;
  readonly #redact: Redact | undefined;
  readonly #stats: TelemetryStats = { queued: 0, exported: 0, dropped: 0, failed: 0 };
  /**
   * Exports under way. The SDK's `forceFlush` does not wait for those that its timer began, so they are kept
   * here.
   */
  readonly #underWay = new Set<Promise<void>>();
  #reported = 0;

  constructor(exporter: DropAwareExporter, limits: QueueLimits, redact?: Redact) {
    this.#exporter = exporter;
    this.#limits = limits;
    this.#redact = redact;
    this.#inner = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) => {
          this.#export(spans, done);
        },
        shutdown: () => this.#shutdownExporter(),
      },
      maxQueueSize: limits.queueSpansMax,
      maxExportBatchSize: limits.batchSpansMax,
      scheduledDelayMillis: limits.flushDelayMs,
    });
  }

  get stats(): Readonly<TelemetryStats> {
    return this.#stats;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#stats.queued >= this.#limits.queueSpansMax) {
      this.#stats.dropped += 1;
      return;
    }
    this.#stats.queued += 1;
    if (this.#redact !== undefined) redactSpan(span, this.#redact);
    this.#inner.onEnd(span);
  }

  /** Resolves when every span that ended before the call was exported or given up. */
  async forceFlush(): Promise<void> {
    await this.#inner.forceFlush();
    await Promise.all(this.#underWay);
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }

  #export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#reportDrops();
    const exported = new Promise<void>((resolve) => {
      this.#exporter.export(spans, (result) => {
        this.#stats.queued -= spans.length;
        if (result.code === ExportResultCode.SUCCESS) this.#stats.exported += spans.length;
        else this.#lost(spans.length);
        resolve();
        done(result);
      });
    });
    this.#underWay.add(exported);
    void exported.then(() => this.#underWay.delete(exported));
  }

  async #shutdownExporter(): Promise<void> {
    // The exporter learns first, so that it gives up waiting for what will not come back.
    await Promise.all([this.#exporter.shutdown(), ...this.#underWay]);
  }

  #lost(count: number): void {
    this.#stats.failed += count;
    this.#reportDrops();
  }

  /**
   * Tells the exporter of what was lost since the last time, so that the overview shows drops beside what was
   * accepted.
   */
  #reportDrops(): void {
    const lost = this.#stats.dropped + this.#stats.failed;
    if (lost === this.#reported) return;
    this.#exporter.reportDropped?.(lost - this.#reported);
    this.#reported = lost;
  }
}
