import type { IncomingEvent, IncomingLink, IncomingSpan, SpanGroup } from '@tutti/telemetry';
import { type Attributes, type Scope, readKeyValue, readResource, readScope } from './attribute-reader.js';
import {
  type Halves,
  MalformedRequest,
  type Reader,
  millisBetween,
  nestedEnd,
  readFixed64,
  readHex,
  readMessage,
  readerOf,
  toMicros,
} from './wire-reader.js';

/**
 * Decodes an ExportTraceServiceRequest. Written by hand on protobufjs' reader, because a general decoder
 * makes objects, big integers and byte arrays of which nearly all are thrown away again; it is held to
 * protobufjs' own decoder by a property test.
 */
export function readTraces(bytes: Buffer): SpanGroup[] {
  const reader = readerOf(bytes);
  const groups: SpanGroup[] = [];
  guarded(() =>
    readMessage(reader, reader.len, (number) => number === 1 && (readResourceSpans(reader, groups), true)),
  );
  return groups;
}

/** Whatever the reader throws on broken bytes is the sender's fault. */
export function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedRequest) throw error;
    throw new MalformedRequest(`The protobuf message cannot be decoded: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function readResourceSpans(reader: Reader, groups: SpanGroup[]): void {
  // The resource may stand behind its spans, so the groups are completed at the end.
  let resource: Attributes = {};
  const scopes: { scope: Scope; spans: IncomingSpan[] }[] = [];
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) resource = readResource(reader);
    else if (number === 2) scopes.push(readScopeSpans(reader));
    else return false;
    return true;
  });
  for (const { scope, spans } of scopes) {
    if (spans.length > 0)
      groups.push({ source: { resource, scopeName: scope.name, scopeVersion: scope.version }, spans });
  }
}

function readScopeSpans(reader: Reader): { scope: Scope; spans: IncomingSpan[] } {
  let scope: Scope = { name: '', version: '' };
  const spans: IncomingSpan[] = [];
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) scope = readScope(reader);
    else if (number === 2) spans.push(readSpan(reader));
    else return false;
    return true;
  });
  return { scope, spans };
}

const start: Halves = { high: 0, low: 0 };
const stop: Halves = { high: 0, low: 0 };

function readSpan(reader: Reader): IncomingSpan {
  const end = nestedEnd(reader);
  if (end > reader.len) throw new MalformedRequest('A span is longer than the request.');
  const attributes: Attributes = {};
  const span = {
    traceId: '',
    spanId: '',
    parentSpanId: undefined as string | undefined,
    name: '',
    role: 0,
    startUs: 0,
    durationMs: 0,
    status: 0,
    statusMessage: undefined as string | undefined,
    attributes,
    events: undefined as IncomingEvent[] | undefined,
    links: undefined as IncomingLink[] | undefined,
  };
  start.high = start.low = stop.high = stop.low = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        span.traceId = readHex(reader);
        break;
      case 18:
        span.spanId = readHex(reader);
        break;
      case 34:
        span.parentSpanId = readHex(reader) || undefined;
        break;
      case 42:
        span.name = reader.string();
        break;
      case 48:
        span.role = reader.uint32();
        break;
      case 57:
        readFixed64(reader, start);
        break;
      case 65:
        readFixed64(reader, stop);
        break;
      case 74:
        readKeyValue(reader, attributes);
        break;
      case 90:
        (span.events ??= []).push(readEvent(reader));
        break;
      case 106:
        (span.links ??= []).push(readLink(reader));
        break;
      case 122:
        readStatus(reader, span);
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  if (reader.pos !== end) throw new MalformedRequest('A field is longer than its span.');
  span.startUs = toMicros(start);
  span.durationMs = millisBetween(start, stop);
  return span;
}

function readEvent(reader: Reader): IncomingEvent {
  const time: Halves = { high: 0, low: 0 };
  const attributes: Attributes = {};
  let name = '';
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) readFixed64(reader, time);
    else if (number === 2) name = reader.string();
    else if (number === 3) readKeyValue(reader, attributes);
    else return false;
    return true;
  });
  return { name, timeUs: toMicros(time), attributes };
}

function readLink(reader: Reader): IncomingLink {
  const link = { traceId: '', spanId: '', attributes: {} as Attributes };
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) link.traceId = readHex(reader);
    else if (number === 2) link.spanId = readHex(reader);
    else if (number === 4) readKeyValue(reader, link.attributes);
    else return false;
    return true;
  });
  return link;
}

function readStatus(reader: Reader, span: { status: number; statusMessage: string | undefined }): void {
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 2) span.statusMessage = reader.string() || undefined;
    else if (number === 3) span.status = reader.uint32();
    else return false;
    return true;
  });
}
