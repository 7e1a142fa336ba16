import { describeShared } from '@tutti/testing';
import fc from 'fast-check';
import { encode, LOGS_REQUEST, METRICS_REQUEST, TRACE_REQUEST } from '../../test/otlp-protos.js';
import { readTracesJson } from './json-reader.js';
import { readLogs } from './logs-reader.js';
import { readMetrics } from './metrics-reader.js';
import { readTraces } from './trace-reader.js';
import { MalformedRequest } from './wire-reader.js';

const id = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes });
const nanos = fc.bigInt({ min: 1_600_000_000_000_000_000n, max: 1_900_000_000_000_000_000n });

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ intValue: `${value}` })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue })),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => ({ bytesValue: Buffer.from(bytes).toString('base64') })),
);
const { value: anyValue } = fc.letrec<{ value: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
    fc
      .array(fc.record({ key: fc.string(), value: tie('value') }), { maxLength: 3 })
      .map((values) => ({ kvlistValue: { values } })),
  ),
}));
const attributes = fc.array(fc.record({ key: fc.string({ maxLength: 12 }), value: anyValue }), {
  maxLength: 6,
});
const span = fc.record({
  traceId: id(16),
  spanId: id(8),
  parentSpanId: fc.option(id(8), { nil: undefined }),
  name: fc.string(),
  kind: fc.integer({ min: 0, max: 5 }),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  traceState: fc.string(),
  flags: fc.nat(),
  droppedAttributesCount: fc.nat(),
  events: fc.array(fc.record({ timeUnixNano: nanos, name: fc.string(), attributes }), { maxLength: 3 }),
  links: fc.array(fc.record({ traceId: id(16), spanId: id(8), attributes, flags: fc.nat() }), {
    maxLength: 3,
  }),
  status: fc.option(fc.record({ message: fc.string(), code: fc.integer({ min: 0, max: 2 }) }), {
    nil: undefined,
  }),
});
const request = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      schemaUrl: fc.string(),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: fc.string(), version: fc.string() }),
          spans: fc.array(span, { minLength: 1, maxLength: 3 }),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
});

/** The same request in the JSON encoding: ids in hex, 64-bit integers as text. */
function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint') return `${value}`;
  if (Array.isArray(value)) return value.map(toJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]));
}

/** For protobufjs' own encoder, which takes 64-bit integers as text. */
function toWire(value: unknown): unknown {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'bigint') return `${value}`;
  if (Array.isArray(value)) return value.map(toWire);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toWire(inner)]));
}

/** Empty lists may be missing on one side; an absent double is a zero without sign on the wire. */
const comparable = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      (key === 'events' || key === 'links') && Array.isArray(inner) && inner.length === 0 ? undefined : inner,
    ),
  );

describeShared(['conformance', 'otlp'], 'the hand-written decoder', () => {
  it('reads what the published definition encodes exactly as the JSON of the same request says', () => {
    fc.assert(
      fc.property(request, (message) => {
        const fromBinary = readTraces(encode(TRACE_REQUEST, toWire(message) as object));
        const fromJson = readTracesJson(Buffer.from(JSON.stringify(toJson(message))));
        expect(comparable(fromBinary)).toEqual(comparable(fromJson));
      }),
      { numRuns: 150 },
    );
  });

  it('answers broken bytes with MalformedRequest and nothing else', () => {
    fc.assert(
      fc.property(request, fc.nat(), fc.nat({ max: 255 }), (message, at, byte) => {
        const bytes = encode(TRACE_REQUEST, toWire(message) as object);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        for (const read of [readTraces, readLogs, readMetrics]) {
          try {
            read(bytes.subarray(0, bytes.length - (at % 3)));
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedRequest);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('finds a resource that stands behind its spans', () => {
    const resourceSpans = (parts: object) => encode(TRACE_REQUEST, { resourceSpans: [parts] }).subarray(2);
    const spans = resourceSpans({ scopeSpans: [{ spans: [{ name: 'late' }] }] });
    const resource = resourceSpans({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'x' } }] },
    });
    const bytes = Buffer.concat([Buffer.from([0x0a, spans.length + resource.length]), spans, resource]);
    expect(readTraces(bytes)[0]?.source.resource).toEqual({ 'service.name': 'x' });
  });

  it('counts points and records, and gives the attributes of GenAI ones', () => {
    const named = (name: string) => ({
      name,
      sum: { dataPoints: [{ asInt: 1, attributes: [{ key: 'k', value: { stringValue: name } }] }, {}] },
    });
    const metrics = encode(METRICS_REQUEST, {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [named('gen_ai.x'), named('other')] }] }],
    });
    expect(readMetrics(metrics)).toMatchObject({
      items: 4,
      observations: [{ name: 'gen_ai.x', attributes: { k: 'gen_ai.x' } }, { attributes: {} }],
    });
    const logs = encode(LOGS_REQUEST, {
      resourceLogs: [
        { scopeLogs: [{ logRecords: [{ eventName: 'gen_ai.choice' }, { severityText: 'x' }] }] },
      ],
    });
    expect(readLogs(logs)).toMatchObject({ items: 2, observations: [{ name: 'gen_ai.choice' }] });
  });
});
