export { COLLECTOR_CONFIG, CollectorConfig, collectorConfigFromEnv } from './collector.config.js';
export { CollectorModule, CollectorServers, createIngest } from './collector.module.js';
export {
  INGEST_LIMITS,
  IngestUnavailable,
  type IngestLimits,
  type IngestResult,
} from './ingest/ingest.types.js';
export { createLocalExporter } from './ingest/local-exporter.js';
export { SpanIngest } from './ingest/span-ingest.js';
