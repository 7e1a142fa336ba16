import type { IncomingEvent, IncomingLink, IncomingSpan, SpanGroup, SpanSource } from '@tutti/telemetry';
import { type Attributes, NESTING_MAX, setAttribute } from './attribute-reader.js';
import { eventName } from './logs-reader.js';
import { type GenAiObservation, isGenAiName, type SignalContent } from './signal.types.js';
import { MalformedRequest } from './wire-reader.js';

type Json = Record<string, unknown>;

/**
 * The JSON encoding of OTLP: ids in hex of any case, 64-bit integers as number or text, enums as numbers,
 * unknown fields ignored.
 */
export function readTracesJson(bytes: Buffer): SpanGroup[] {
  const groups: SpanGroup[] = [];
  eachScope(parse(bytes), ['resourceSpans', 'scopeSpans'], (source, scope) => {
    const spans = list(scope['spans'], 'spans').map(toSpan);
    if (spans.length > 0) groups.push({ source, spans });
  });
  return groups;
}

export function readLogsJson(bytes: Buffer): SignalContent {
  let items = 0;
  const observations: GenAiObservation[] = [];
  eachScope(parse(bytes), ['resourceLogs', 'scopeLogs'], (source, scope) => {
    for (const record of list(scope['logRecords'], 'logRecords')) {
      items += 1;
      const attributes = toAttributes(record['attributes']);
      const name = eventName(text(record['eventName']), attributes);
      if (isGenAiName(name)) observations.push({ source, name, attributes });
    }
  });
  return { items, observations };
}

const METRIC_DATA = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

export function readMetricsJson(bytes: Buffer): SignalContent {
  let items = 0;
  const observations: GenAiObservation[] = [];
  eachScope(parse(bytes), ['resourceMetrics', 'scopeMetrics'], (source, scope) => {
    for (const metric of list(scope['metrics'], 'metrics')) {
      const name = text(metric['name']);
      for (const kind of METRIC_DATA) {
        for (const point of list(object(metric[kind])['dataPoints'], 'dataPoints')) {
          items += 1;
          if (isGenAiName(name))
            observations.push({ source, name, attributes: toAttributes(point['attributes']) });
        }
      }
    }
  });
  return { items, observations };
}

function parse(bytes: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new MalformedRequest(`The body is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new MalformedRequest('The body is not a JSON object.');
  return value as Json;
}

function eachScope(
  body: Json,
  [resources, scopes]: readonly [string, string],
  visit: (source: SpanSource, scope: Json) => void,
): void {
  for (const one of list(body[resources], resources)) {
    const resource = toAttributes(object(one['resource'])['attributes']);
    for (const scope of list(one[scopes], scopes)) {
      const { name, version } = object(scope['scope']);
      visit({ resource, scopeName: text(name), scopeVersion: text(version) }, scope);
    }
  }
}

function toSpan(span: Json): IncomingSpan {
  const start = nanos(span['startTimeUnixNano']);
  const end = nanos(span['endTimeUnixNano']);
  const status = object(span['status']);
  return {
    traceId: id(span['traceId'], 'traceId'),
    spanId: id(span['spanId'], 'spanId'),
    parentSpanId: id(span['parentSpanId'], 'parentSpanId') || undefined,
    name: text(span['name']),
    role: integer(span['kind']),
    startUs: Number(start / 1000n),
    durationMs: end > start ? Number(end - start) / 1e6 : 0,
    status: integer(status['code']),
    statusMessage: text(status['message']) || undefined,
    attributes: toAttributes(span['attributes']),
    events: span['events'] === undefined ? undefined : list(span['events'], 'events').map(toEvent),
    links: span['links'] === undefined ? undefined : list(span['links'], 'links').map(toLink),
  };
}

function toEvent(event: Json): IncomingEvent {
  return {
    name: text(event['name']),
    timeUs: Number(nanos(event['timeUnixNano']) / 1000n),
    attributes: toAttributes(event['attributes']),
  };
}

function toLink(link: Json): IncomingLink {
  return {
    traceId: id(link['traceId'], 'traceId'),
    spanId: id(link['spanId'], 'spanId'),
    attributes: toAttributes(link['attributes']),
  };
}

function toAttributes(value: unknown, depth = 0): Attributes {
  const attributes: Attributes = {};
  for (const one of list(value, 'attributes'))
    setAttribute(attributes, text(one['key']), toValue(object(one['value']), depth));
  return attributes;
}

function toValue(value: Json, depth: number): unknown {
  if (depth > NESTING_MAX) throw new MalformedRequest(`A value nests deeper than ${NESTING_MAX} levels.`);
  if (value['stringValue'] !== undefined) return text(value['stringValue']);
  if (value['boolValue'] !== undefined) return value['boolValue'] === true || value['boolValue'] === 'true';
  if (value['intValue'] !== undefined) return int64(value['intValue']);
  if (value['doubleValue'] !== undefined) return Number(value['doubleValue']);
  if (value['bytesValue'] !== undefined) return text(value['bytesValue']);
  if (value['arrayValue'] !== undefined)
    return list(object(value['arrayValue'])['values'], 'values').map((one) => toValue(one, depth + 1));
  return value['kvlistValue'] === undefined
    ? null
    : toAttributes(object(value['kvlistValue'])['values'], depth + 1);
}

const HEX = /^[0-9a-f]*$/i;

function id(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string' || !HEX.test(value))
    throw new MalformedRequest(`${field} is not hexadecimal; OTLP's JSON has ids in hex, not base64.`);
  return value.toLowerCase();
}

function int64(value: unknown): number | string {
  const number = Number(value);
  if (!Number.isInteger(number)) throw new MalformedRequest('An intValue is not an integer.');
  return Number.isSafeInteger(number) ? number : String(value);
}

function nanos(value: unknown): bigint {
  try {
    return BigInt(typeof value === 'string' || typeof value === 'number' ? value : 0);
  } catch (error) {
    throw new MalformedRequest('A time is not an integer of nanoseconds.', { cause: error });
  }
}

function integer(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (!Number.isInteger(value))
    throw new MalformedRequest("An enum is not an integer; OTLP's JSON has no enum names.");
  return value as number;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function object(value: unknown): Json {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new MalformedRequest('An object was expected.');
  return value as Json;
}

function list(value: unknown, field: string): Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedRequest(`${field} is not a list.`);
  return value.map(object);
}
