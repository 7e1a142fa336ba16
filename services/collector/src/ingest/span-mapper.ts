import { cleanText, type SourceRow, type SpanRow } from '@tutti/store';
import {
  HUB_NAMESPACE,
  normaliseSpan,
  type IncomingSpan,
  type SpanAttributes,
  type SpanSource,
} from '@tutti/telemetry';
import { priceOf } from '../pricing/span-price.js';
import type { IngestLimits } from './ingest.types.js';

/** The source that a group of spans belongs to, once it has its id. */
export interface KnownSource {
  id: number;
  workspaceId: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const WORKSPACE_DEFAULT = 'default';
const DAY_MS = 86_400_000;
/** Above this many characters a value is cut when the attributes of its span are too long together. */
const LONG_VALUE_CHARS = 4_096;

/** Why a span cannot be stored, or undefined. */
export function refusalOf(span: IncomingSpan, limits: IngestLimits, nowMs: number): string | undefined {
  if (span.traceId.length !== 32 || /^0+$/.test(span.traceId)) return 'trace_id is not 16 bytes, or all zero';
  if (span.spanId.length !== 16 || /^0+$/.test(span.spanId)) return 'span_id is not 8 bytes, or all zero';
  const startMs = span.startUs / 1000;
  if (startMs < nowMs - limits.ageDaysMax * DAY_MS)
    return `the span began more than ${limits.ageDaysMax} days ago`;
  if (startMs > nowMs + limits.aheadMsMax)
    return 'the span begins in the future; the clock of the sender is wrong';
  return undefined;
}

/** How many spans were refused, and the sentence for their sender; undefined when none was. */
export function describeRefusals(refusals: ReadonlyMap<string, number>): {
  rejected: number;
  message: string | undefined;
} {
  const rejected = [...refusals.values()].reduce((sum, count) => sum + count, 0);
  const message = [...refusals].map(([why, count]) => `${count} span(s): ${why}`).join('; ');
  return { rejected, message: rejected === 0 ? undefined : message };
}

/** The row of `telemetry_sources` for a resource and scope. */
export function toSourceRow(source: SpanSource, fromHub: boolean): SourceRow {
  const { resource } = source;
  const namespace = asText(resource['service.namespace']);
  const name = asText(resource['service.name']) ?? 'unknown_service';
  const language = asText(resource['telemetry.sdk.language']);
  return {
    workspaceId: WORKSPACE_DEFAULT,
    application:
      namespace === undefined || namespace === '' || namespace === HUB_NAMESPACE
        ? name
        : `${namespace}/${name}`,
    environment:
      asText(resource['deployment.environment.name']) ?? asText(resource['deployment.environment']) ?? '',
    managed: fromHub || namespace === HUB_NAMESPACE,
    sender: [source.scopeName, source.scopeVersion, language && `(${language})`].filter(Boolean).join(' '),
    scopeName: source.scopeName,
    scopeVersion: source.scopeVersion,
    resource: JSON.stringify(resource),
  };
}

/** A stored row out of an arrived span: normalised, priced, raw attributes kept. */
export function toSpanRow(span: IncomingSpan, source: KnownSource, limits: IngestLimits): SpanRow {
  const normal = normaliseSpan(span.attributes, span.parentSpanId === undefined);
  const price = priceOf(normal, span.startUs / 1000);
  return {
    workspaceId: source.workspaceId,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    startUs: span.startUs,
    durationMs: span.durationMs,
    sourceId: source.id,
    role: span.role,
    status: span.status,
    kind: normal.kind,
    name: span.name || '(unnamed)',
    statusMessage: span.statusMessage ?? (span.status === 2 ? normal.errorType : undefined),
    provider: normal.provider,
    model: normal.modelRequested ?? normal.modelAnswered,
    agent: normal.agentName,
    tool: normal.toolName,
    mcpServer: normal.mcpServer,
    inputTokens: normal.inputTokens,
    outputTokens: normal.outputTokens,
    costMicros: price?.costMicros,
    currency: price?.currency,
    priceVersion: price?.priceVersion,
    runId: normal.runId !== undefined && UUID.test(normal.runId) ? normal.runId : undefined,
    attributes: boundedJson(span.attributes, limits.attributesCharsMax),
    events: listJson(span.events, limits.eventsMax, limits),
    links: listJson(span.links, limits.linksMax, limits),
  };
}

/**
 * JSON text of a span's attributes. Prompts can be huge: over the limit the long values are cut, and the cut
 * is marked.
 */
function boundedJson(attributes: SpanAttributes, charsMax: number): string {
  const json = JSON.stringify(attributes);
  if (json.length <= charsMax) return json;
  const cut: Record<string, unknown> = { 'tutti.truncated': true };
  for (const [key, value] of Object.entries(attributes)) cut[key] = cutValue(value);
  const shorter = JSON.stringify(cut);
  return shorter.length <= charsMax
    ? shorter
    : JSON.stringify({ 'tutti.truncated': true, 'tutti.attributes': Object.keys(attributes).slice(0, 500) });
}

function cutValue(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONG_VALUE_CHARS
    ? value
    : `${text.slice(0, LONG_VALUE_CHARS)}… [cut, ${text.length} characters]`;
}

function listJson(
  list: readonly object[] | undefined,
  lengthMax: number,
  limits: IngestLimits,
): string | undefined {
  if (list === undefined || list.length === 0) return undefined;
  const json = JSON.stringify(list.length > lengthMax ? list.slice(0, lengthMax) : list);
  return json.length <= limits.attributesCharsMax
    ? json
    : JSON.stringify([{ name: 'tutti.truncated', dropped: list.length }]);
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? cleanText(value) : undefined;
}
