import type { Sighting } from '@tutti/store';
import { normaliseSpan, type SpanGroup } from '@tutti/telemetry';
import type { SpanIngest } from '../ingest/span-ingest.js';
import { toSourceRow } from '../ingest/span-mapper.js';
import type { Encoding, Partial, Signal } from '../otlp/answers.js';
import { readLogsJson, readMetricsJson, readTracesJson } from '../otlp/json-reader.js';
import { readLogs } from '../otlp/logs-reader.js';
import { readMetrics } from '../otlp/metrics-reader.js';
import type { GenAiObservation, SignalContent } from '../otlp/signal.types.js';
import { readTraces } from '../otlp/trace-reader.js';

/**
 * Events of the GenAI conventions that are counted by name; the names of others come from outside and are
 * counted together.
 */
const EVENTS: ReadonlySet<string> = new Set([
  'gen_ai.client.inference.operation.details',
  'gen_ai.evaluation.result',
  'gen_ai.client.operation.exception',
  'gen_ai.system.message',
  'gen_ai.user.message',
  'gen_ai.assistant.message',
  'gen_ai.tool.message',
  'gen_ai.choice',
]);
const ITEMS = { metrics: 'data_points', logs: 'log_records' } as const;
const NOTHING_REFUSED: Partial = { rejected: 0, message: undefined };

/** One export request, decompressed. */
export interface ExportRequest {
  signal: Signal;
  encoding: Encoding;
  bytes: Buffer;
  /** True for the hub's own spans. */
  fromHub: boolean;
}

/** Where the receivers hand in what they received. */
export interface TelemetryIntake {
  /**
   * Resolves when the request is durable. Throws MalformedRequest for a body that cannot be decoded and
   * IngestUnavailable when it is to be repeated.
   */
  accept(signal: Signal, encoding: Encoding, bytes: Buffer): Promise<Partial>;
}

/**
 * Takes the decompressed body of one export request, whatever it came over, and resolves after the commit.
 * Spans are stored whole. Of metrics and logs the number is kept, and which models, agents and tools their
 * GenAI points and events tell of.
 */
export class OtlpIntake implements TelemetryIntake {
  constructor(private readonly ingest: SpanIngest) {}

  accept(signal: Signal, encoding: Encoding, bytes: Buffer): Promise<Partial> {
    return this.store({ signal, encoding, bytes, fromHub: false });
  }

  /** The same for a request that may be the hub's own. */
  async store({ signal, encoding, bytes, fromHub }: ExportRequest): Promise<Partial> {
    this.ingest.assertRoomFor(bytes.length);
    if (signal === 'traces')
      return this.ingest.ingest({ groups: readSpans(encoding, bytes), bytes: bytes.length, fromHub });
    return this.#summarise(signal, readSignal(signal, encoding, bytes));
  }

  async #summarise(signal: 'metrics' | 'logs', content: SignalContent): Promise<Partial> {
    if (content.items === 0) return NOTHING_REFUSED;
    const counters = new Map<string, number>([[`${ITEMS[signal]}.accepted`, content.items]]);
    if (signal === 'logs')
      for (const { name } of content.observations)
        add(counters, `gen_ai_events.${EVENTS.has(name) ? name : 'other'}`);
    await this.ingest.record(counters, sightingsOf(content.observations));
    return NOTHING_REFUSED;
  }
}

/** The spans of a request. Throws MalformedRequest. */
export function readSpans(encoding: Encoding, bytes: Buffer): SpanGroup[] {
  return encoding === 'json' ? readTracesJson(bytes) : readTraces(bytes);
}

/** What a request of metrics or logs tells. Throws MalformedRequest. */
export function readSignal(signal: 'metrics' | 'logs', encoding: Encoding, bytes: Buffer): SignalContent {
  if (signal === 'metrics') return encoding === 'json' ? readMetricsJson(bytes) : readMetrics(bytes);
  return encoding === 'json' ? readLogsJson(bytes) : readLogs(bytes);
}

function add(counters: Map<string, number>, name: string): void {
  counters.set(name, (counters.get(name) ?? 0) + 1);
}

/** The assets that observations name, each once. */
export function sightingsOf(observations: readonly GenAiObservation[]): Sighting[] {
  const sightings = new Map<string, Sighting>();
  for (const { source, attributes } of observations) {
    const { application, environment, managed, sender } = toSourceRow(source, false);
    const normal = normaliseSpan(attributes, false);
    const see = (kind: Sighting['kind'], name: string | undefined, provider = '') => {
      if (name === undefined || name === '') return;
      const one = {
        kind,
        application: kind === 'application' ? '' : application,
        environment,
        provider,
        name,
        managed,
        sender,
      };
      sightings.set(JSON.stringify([kind, one.application, environment, provider, name]), one);
    };
    see('application', application);
    see('model', normal.modelRequested ?? normal.modelAnswered, normal.provider);
    see('agent', normal.agentName);
    see('tool', normal.toolName);
  }
  return [...sightings.values()];
}
