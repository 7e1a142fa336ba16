import { Logger } from '@nestjs/common';
import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { DropAwareExporter } from '@tutti/telemetry';

/** Where the hub's own spans go besides its own collector. */
export interface OtlpTarget {
  /** Base URL of an OTLP receiver over HTTP, as in OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  /** `name=value,name=value`, as in OTEL_EXPORTER_OTLP_HEADERS. */
  headers?: string | undefined;
}

/** The standard variables of OpenTelemetry; null when none is set. */
export function targetOf(environment: Readonly<Record<string, string | undefined>>): OtlpTarget | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = environment;
  return endpoint ? { endpoint, headers } : null;
}

/** Says again that exports fail after this long at the earliest. */
const COMPLAIN_MS = 60_000;

/**
 * Exports to both, where there is a target. The target's failures are said and change nothing for the hub's
 * own traces.
 */
export async function alsoTo(target: OtlpTarget | null, main: DropAwareExporter): Promise<DropAwareExporter> {
  if (target === null) return main;
  const second = await exporterTo(target);
  const logger = new Logger('Telemetry');
  let complainedAt = -COMPLAIN_MS;
  return {
    export(spans, done) {
      second.export(spans, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS || performance.now() - complainedAt < COMPLAIN_MS) return;
        complainedAt = performance.now();
        logger.warn(`${spans.length} spans could not be sent to ${target.endpoint}: ${error?.message}`);
      });
      main.export(spans, done);
    },
    reportDropped: (count) => main.reportDropped?.(count),
    async shutdown() {
      await Promise.all([main.shutdown(), second.shutdown()]);
    },
  };
}

/** Loaded only where it is wanted. */
async function exporterTo({ endpoint, headers = '' }: OtlpTarget): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: Object.fromEntries(
      headers.split(',').flatMap((pair) => {
        const at = pair.indexOf('=');
        return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]];
      }),
    ),
  });
}
