import { setTimeout as sleep } from 'node:timers/promises';
import { ExportResultCode, type ExportResult, hrTimeToMicroseconds } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type {
  DropAwareExporter,
  IncomingEvent,
  IncomingLink,
  IncomingSpan,
  SpanBatch,
  SpanGroup,
  SpanSource,
} from '@tutti/telemetry';
import { IngestUnavailable } from './ingest.types.js';
import type { SpanIngest } from './span-ingest.js';

/** Assumed size of one span of the hub, for the bound on what waits. */
const SPAN_BYTES = 1_000;
/** A full or missing database is waited for this often before spans are given up and counted as lost. */
const TRIES_MAX = 5;

/**
 * Hands the hub's own spans to the ingest of the same process, without encoding and decoding them as OTLP.
 */
export function createLocalExporter(ingest: SpanIngest): DropAwareExporter {
  const closing = new AbortController();
  const sources = new WeakMap<object, Map<string, SpanSource>>();
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
      const groups = groupBySource(spans, sources);
      send(ingest, { groups, bytes: spans.length * SPAN_BYTES, fromHub: true }, closing.signal).then(
        () => done({ code: ExportResultCode.SUCCESS }),
        (error: Error) => done({ code: ExportResultCode.FAILED, error }),
      );
    },
    reportDropped(count: number): void {
      void ingest.count(new Map([['spans.dropped', count]]));
    },
    async shutdown(): Promise<void> {
      closing.abort();
      await ingest.idle();
    },
  };
}

async function send(ingest: SpanIngest, batch: SpanBatch, closing: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await ingest.ingest(batch);
      return;
    } catch (error) {
      const isWorthWaiting = error instanceof IngestUnavailable && attempt < TRIES_MAX && !closing.aborted;
      if (!isWorthWaiting) throw error;
      // Closing ends the wait: one last try, then the spans are counted as lost.
      await sleep(error.retryAfterMs, undefined, { signal: closing }).catch(() => undefined);
    }
  }
}

function groupBySource(
  spans: readonly ReadableSpan[],
  sources: WeakMap<object, Map<string, SpanSource>>,
): SpanGroup[] {
  const groups = new Map<SpanSource, IncomingSpan[]>();
  let last: ReadableSpan | undefined;
  let list: IncomingSpan[] = [];
  for (const span of spans) {
    if (span.instrumentationScope !== last?.instrumentationScope || span.resource !== last.resource) {
      const source = sourceOf(span, sources);
      list = groups.get(source) ?? [];
      groups.set(source, list);
    }
    last = span;
    list.push(toIncoming(span));
  }
  return [...groups].map(([source, members]) => ({ source, spans: members }));
}

function sourceOf(span: ReadableSpan, sources: WeakMap<object, Map<string, SpanSource>>): SpanSource {
  let scopes = sources.get(span.resource);
  if (scopes === undefined) sources.set(span.resource, (scopes = new Map()));
  const { name, version = '' } = span.instrumentationScope;
  const key = `${name}@${version}`;
  let source = scopes.get(key);
  if (source === undefined)
    scopes.set(
      key,
      (source = { resource: span.resource.attributes, scopeName: name, scopeVersion: version }),
    );
  return source;
}

function toIncoming(span: ReadableSpan): IncomingSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    // The API counts kinds from zero, OTLP has "unspecified" there.
    role: span.kind + 1,
    startUs: hrTimeToMicroseconds(span.startTime),
    durationMs: span.duration[0] * 1000 + span.duration[1] / 1e6,
    status: span.status.code,
    statusMessage: span.status.message,
    attributes: span.attributes,
    events: span.events.length === 0 ? undefined : span.events.map(toEvent),
    links: span.links.length === 0 ? undefined : span.links.map(toLink),
  };
}

function toEvent(event: ReadableSpan['events'][number]): IncomingEvent {
  return { name: event.name, timeUs: hrTimeToMicroseconds(event.time), attributes: event.attributes };
}

function toLink(link: ReadableSpan['links'][number]): IncomingLink {
  return { traceId: link.context.traceId, spanId: link.context.spanId, attributes: link.attributes };
}
