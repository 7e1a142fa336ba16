import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { type Bus, encodeSpooled } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import type { Counters } from '@tutti/store';
import type { DropAwareExporter } from '@tutti/telemetry';

/** Spans of one message: some 50 KiB on the bus after compression. */
const MESSAGE_SPANS_MAX = 512;

/**
 * Sends the spans of this process to the collector, over the bus: whatever process a run crosses, its spans
 * meet in one trace. While the bus is away they wait in the queue of the telemetry, and what that drops is
 * counted.
 */
export function spoolExporter(bus: Bus, counters: Counters): DropAwareExporter {
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
      spool(bus, spans).then(
        () => done({ code: ExportResultCode.SUCCESS }),
        (error: Error) => done({ code: ExportResultCode.FAILED, error }),
      );
    },
    reportDropped: (count) => counters.add('spans.dropped', count),
    shutdown: () => Promise.resolve(),
  };
}

async function spool(bus: Bus, spans: readonly ReadableSpan[]): Promise<void> {
  const messages: Promise<Uint8Array>[] = [];
  for (let from = 0; from < spans.length; from += MESSAGE_SPANS_MAX) {
    const body = ProtobufTraceSerializer.serializeRequest(spans.slice(from, from + MESSAGE_SPANS_MAX));
    if (body === undefined) throw new Error('The spans could not be written as an OTLP request.');
    messages.push(encodeSpooled({ signal: 'traces', encoding: 'protobuf', fromHub: true, body }));
  }
  await bus.publish(TOPICS.spans, await Promise.all(messages));
}
