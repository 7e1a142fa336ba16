import { describeShared } from '@tutti/testing';
import { gzipSync } from 'node:zlib';
import { hexId, logsExample, metricsExample, nanosAgo, traceExample } from '../../test/examples.js';
import { startCollector, type TestCollector } from '../../test/collector-under-test.js';
import {
  decode,
  decodeRetryInfo,
  decodeStatus,
  encode,
  LOGS_REQUEST,
  METRICS_REQUEST,
  TRACE_REQUEST,
} from '../../test/otlp-protos.js';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

interface Sent {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** Ids of the examples are text; the binary encoding has bytes there. */
function withBytes(value: unknown, key = ''): unknown {
  if (typeof value === 'string' && /(trace|[sS]pan)Id$/.test(key)) return Buffer.from(value, 'hex');
  if (Array.isArray(value)) return value.map((one) => withBytes(one));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withBytes(inner, name)]));
}

const protobuf = (type: string, message: object) => encode(type, withBytes(message) as object);

describeShared(['conformance', 'otlp'], 'OTLP over HTTP', () => {
  let collector: TestCollector;
  beforeAll(async () => {
    collector = await startCollector({ requestBytesMax: 200_000 });
  });
  afterAll(() => collector.stop());

  async function send(
    path: string,
    body: Buffer | string,
    headers: Record<string, string>,
    method = 'POST',
  ): Promise<Sent> {
    const response = await fetch(`${collector.url}${path}`, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body: body as RequestInit['body'] }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    };
  }
  const sendJson = (path: string, message: unknown) =>
    send(path, JSON.stringify(message), { 'content-type': JSON_TYPE });
  const countOf = async (traceId: string) =>
    (
      await collector.rows<{ count: number }>('SELECT count(*)::int FROM spans WHERE trace_id = $1::uuid', [
        traceId,
      ])
    )[0]?.count;
  const counter = async (name: string) =>
    Number(
      (
        await collector.rows<{ value: string }>('SELECT value FROM telemetry_counters WHERE name = $1', [
          name,
        ])
      )[0]?.value ?? 0,
    );

  it.each([
    ['/v1/traces', traceExample, TRACE_REQUEST],
    ['/v1/logs', logsExample, LOGS_REQUEST],
    ['/v1/metrics', metricsExample, METRICS_REQUEST],
  ] as const)(
    "takes the specification's example on %s in both encodings, and answers in the request's",
    async (path, example, type) => {
      const json = await sendJson(path, example());
      expect([json.status, json.headers.get('content-type'), json.body.toString()]).toEqual([
        200,
        JSON_TYPE,
        '{}',
      ]);
      const binary = await send(path, protobuf(type, example()), { 'content-type': PROTOBUF });
      expect([binary.status, binary.headers.get('content-type'), binary.body.length]).toEqual([
        200,
        PROTOBUF,
        0,
      ]);
    },
  );

  it('takes a content type with parameters and any case, and gzip', async () => {
    const traceId = hexId(16);
    const body = gzipSync(JSON.stringify(traceExample({ traceId })));
    const sent = await send('/v1/traces?x=1', body, {
      'content-type': 'Application/JSON; charset=utf-8',
      'content-encoding': 'GZIP',
    });
    expect(sent.status).toBe(200);
    expect(await countOf(traceId)).toBe(1);
  });

  it.each([
    [PROTOBUF, ''],
    [JSON_TYPE, '{}'],
  ])('takes an empty request of %s as success', async (type, body) => {
    expect((await send('/v1/traces', body, { 'content-type': type })).status).toBe(200);
  });

  it('counts a repeated export once, in spans, rollups, inventory and counters', async () => {
    const attributes = [
      { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
      { key: 'gen_ai.request.model', value: { stringValue: 'once-only' } },
      { key: 'gen_ai.usage.input_tokens', value: { intValue: 11 } },
    ];
    const example = traceExample({ traceId: hexId(16), attributes });
    const before = await counter('spans.accepted');
    const repeats = await Promise.all([1, 2, 3].map(() => sendJson('/v1/traces', example)));
    repeats.push(await send('/v1/traces', protobuf(TRACE_REQUEST, example), { 'content-type': PROTOBUF }));
    expect(repeats.map((one) => [one.status, one.body.length > 2])).toEqual(repeats.map(() => [200, false]));
    expect(await counter('spans.accepted')).toBe(before + 1);
    const [asset] = await collector.rows(
      "SELECT calls::int, input_tokens::int FROM ai_assets WHERE name = 'once-only'",
    );
    expect(asset).toEqual({ calls: 1, input_tokens: 11 });
    const [minute] = await collector.rows(
      "SELECT sum(spans)::int AS spans FROM span_minutes WHERE model = 'once-only'",
    );
    expect(minute).toEqual({ spans: 1 });
  });

  it('says which spans it refuses and keeps the others', async () => {
    const traceId = hexId(16);
    const mixed = traceExample({ traceId });
    mixed.resourceSpans.push(...traceExample({ agoMs: 40 * 86_400_000 }).resourceSpans);
    mixed.resourceSpans.push(...traceExample({ agoMs: -3 * 86_400_000 }).resourceSpans);
    mixed.resourceSpans.push(...traceExample({ spanId: '0'.repeat(16) }).resourceSpans);
    const before = await counter('spans.rejected');
    const json = await sendJson('/v1/traces', mixed);
    expect(json.status).toBe(200);
    expect(JSON.parse(json.body.toString())).toMatchObject({
      partialSuccess: { rejectedSpans: '3', errorMessage: expect.stringContaining('more than 30 days ago') },
    });
    const binary = await send('/v1/traces', protobuf(TRACE_REQUEST, mixed), { 'content-type': PROTOBUF });
    expect(decode('trace.v1.ExportTraceServiceResponse', binary.body)).toMatchObject({
      partialSuccess: { rejectedSpans: 3, errorMessage: expect.stringContaining('span_id') },
    });
    expect(await countOf(traceId)).toBe(1);
    expect(await counter('spans.rejected')).toBe(before + 6);
  });

  it('keeps odd values: nested, bytes, large integers, a name like __proto__, NUL characters', async () => {
    const traceId = hexId(16);
    const attributes = [
      { key: '__proto__', value: { stringValue: 'safe' } },
      { key: 'nul', value: { stringValue: 'a\0b\u001e' } },
      { key: 'big', value: { intValue: '9007199254740993' } },
      {
        key: 'list',
        value: {
          arrayValue: {
            values: [
              { intValue: 1 },
              { kvlistValue: { values: [{ key: 'k', value: { boolValue: true } }] } },
            ],
          },
        },
      },
      { key: 'bytes', value: { bytesValue: 'AAEC' } },
      { key: 'none' },
    ];
    const example = traceExample({ traceId, attributes });
    Object.assign(example.resourceSpans[0]?.scopeSpans[0]?.spans[0] as object, {
      name: 'n\0ame\u001e\u001f',
    });
    expect((await sendJson('/v1/traces', example)).status).toBe(200);
    expect(
      (
        await send('/v1/traces', protobuf(TRACE_REQUEST, traceExample({ traceId, attributes })), {
          'content-type': PROTOBUF,
        })
      ).status,
    ).toBe(200);
    const rows = await collector.rows<{ name: string; attributes: string }>(
      'SELECT name, attributes FROM spans WHERE trace_id = $1::uuid',
      [traceId],
    );
    expect(rows).toHaveLength(2);
    expect(rows.map((row) => row.name)).toContain('n\ufffdame\ufffd\ufffd');
    for (const row of rows) {
      expect(row.attributes).toBe(
        '{"__proto__":"safe","nul":"a\\u0000b\\u001e","big":"9007199254740993","list":[1,{"k":true}],"bytes":"AAEC","none":null}',
      );
    }
  });

  it('keeps what metrics and logs tell of AI in use, and counts the rest', async () => {
    const items = async () => [await counter('log_records.accepted'), await counter('data_points.accepted')];
    const [logs = 0, points = 0] = await items();
    await sendJson('/v1/logs', logsExample());
    await sendJson('/v1/metrics', metricsExample());
    await send('/v1/logs', protobuf(LOGS_REQUEST, logsExample()), { 'content-type': PROTOBUF });
    await send('/v1/metrics', protobuf(METRICS_REQUEST, metricsExample()), { 'content-type': PROTOBUF });
    expect(await items()).toEqual([logs + 6, points + 12]);
    expect(await counter('gen_ai_events.gen_ai.choice')).toBeGreaterThan(0);
    const assets = await collector.rows(
      `SELECT kind, application, provider, name, calls::int FROM ai_assets
        WHERE application IN ('log.service', 'metric.service') ORDER BY name`,
    );
    expect(assets).toEqual([
      { kind: 'model', application: 'log.service', provider: 'anthropic', name: 'claude-opus-4', calls: 0 },
      { kind: 'model', application: 'log.service', provider: 'anthropic', name: 'claude-sonnet-4', calls: 0 },
      {
        kind: 'model',
        application: 'metric.service',
        provider: 'gcp.vertex_ai',
        name: 'gemini-2.5-pro',
        calls: 0,
      },
    ]);
  });

  it.each([
    ['bytes that are no protobuf', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), PROTOBUF],
    ['a field longer than its message', Buffer.from([0x0a, 0x02, 0x12, 0x10, 0x00]), PROTOBUF],
    ['text that is no JSON', '{"resourceSpans": [', JSON_TYPE],
    ['JSON of the wrong shape', '{"resourceSpans": 7}', JSON_TYPE],
    ['a JSON list', '[]', JSON_TYPE],
    [
      'ids in base64',
      JSON.stringify(traceExample()).replace(/"traceId":"[^"]+"/, '"traceId":"W47/95gDgQPSabYzgT/GDA=="'),
      JSON_TYPE,
    ],
  ])('answers 400 with a google.rpc.Status to %s', async (_title, body, type) => {
    const sent = await send('/v1/traces', body, { 'content-type': type });
    expect([sent.status, sent.headers.get('content-type'), sent.headers.get('retry-after')]).toEqual([
      400,
      type,
      null,
    ]);
    const status =
      type === JSON_TYPE
        ? (JSON.parse(sent.body.toString()) as { code: number; message: string })
        : decodeStatus(sent.body);
    expect(status.code).toBe(3);
    expect(status.message.length).toBeGreaterThan(10);
  });

  it('refuses values that nest without end', async () => {
    let value: object = { stringValue: 'deep' };
    for (let i = 0; i < 40; i++) value = { arrayValue: { values: [value] } };
    const example = traceExample({ attributes: [{ key: 'deep', value }] });
    expect((await sendJson('/v1/traces', example)).status).toBe(400);
    expect(
      (await send('/v1/traces', protobuf(TRACE_REQUEST, example), { 'content-type': PROTOBUF })).status,
    ).toBe(400);
  });

  it('refuses a body over the limit, announced or not, before and after decompression', async () => {
    const large = Buffer.alloc(250_000, 32);
    expect((await send('/v1/traces', large, { 'content-type': JSON_TYPE })).status).toBe(413);
    const bomb = await send('/v1/traces', gzipSync(large), {
      'content-type': PROTOBUF,
      'content-encoding': 'gzip',
    });
    expect([bomb.status, decodeStatus(bomb.body).message]).toEqual([
      413,
      expect.stringContaining('decompressed'),
    ]);
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 25; i++) controller.enqueue(new Uint8Array(10_000));
        controller.close();
      },
    });
    const response = await fetch(`${collector.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  it('lets a sender of 40 MiB at once read why they are refused, with and without a length', async () => {
    const headers = { 'content-type': JSON_TYPE };
    const whole = Buffer.alloc(40 * 1024 ** 2, 32);
    expect((await send('/v1/traces', whole, headers)).status).toBe(413);
    let left = 40;
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1024 ** 2));
        if (--left === 0) controller.close();
      },
    });
    const request = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    expect((await fetch(`${collector.url}/v1/traces`, request)).status).toBe(413);
  });

  it.each([
    ['GET', '/v1/traces', JSON_TYPE, 405],
    ['PUT', '/v1/traces', JSON_TYPE, 405],
    ['POST', '/v1/other', JSON_TYPE, 404],
    ['POST', '/v1development/profiles', PROTOBUF, 404],
    ['POST', '/v1/traces', 'text/plain', 415],
  ])('answers %s %s with %s by %i', async (method, path, type, status) => {
    const sent = await send(path, '{}', { 'content-type': type }, method);
    expect(sent.status).toBe(status);
    if (status === 405) expect(sent.headers.get('allow')).toBe('POST');
  });

  it('refuses an unknown content encoding and broken gzip', async () => {
    expect(
      (await send('/v1/traces', '{}', { 'content-type': JSON_TYPE, 'content-encoding': 'br' })).status,
    ).toBe(415);
    expect(
      (await send('/v1/traces', '{}', { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' })).status,
    ).toBe(400);
  });

  it('stores a span of a day that has no partition yet', async () => {
    const traceId = hexId(16);
    expect((await sendJson('/v1/traces', traceExample({ traceId, agoMs: 12 * 86_400_000 }))).status).toBe(
      200,
    );
    expect(await countOf(traceId)).toBe(1);
  });

  it('reads times to the microsecond', async () => {
    const traceId = hexId(16);
    const example = traceExample({ traceId });
    const start = BigInt(nanosAgo(0)) + 123_456n;
    Object.assign(example.resourceSpans[0]?.scopeSpans[0]?.spans[0] as object, {
      startTimeUnixNano: `${start}`,
      endTimeUnixNano: `${start + 1_500_000n}`,
    });
    await send('/v1/traces', protobuf(TRACE_REQUEST, example), { 'content-type': PROTOBUF });
    const [row] = await collector.rows<{ micros: string; duration_ms: number }>(
      'SELECT (extract(epoch FROM started_at) * 1000000)::bigint AS micros, duration_ms FROM spans WHERE trace_id = $1::uuid',
      [traceId],
    );
    expect(row).toEqual({ micros: `${start / 1000n}`, duration_ms: 1.5 });
  });
});

describeShared(['conformance', 'otlp'], 'OTLP over HTTP with a token', () => {
  let collector: TestCollector;
  beforeAll(async () => {
    collector = await startCollector({ token: 'open-sesame' });
  });
  afterAll(() => collector.stop());

  it.each([
    [undefined, 401],
    ['Bearer wrong', 401],
    ['Basic open-sesame', 401],
    ['Bearer open-sesame', 200],
  ])('answers %s by %i', async (authorization, status) => {
    const response = await fetch(`${collector.url}/v1/traces`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': JSON_TYPE, ...(authorization ? { authorization } : {}) },
    });
    expect(response.status).toBe(status);
    await response.arrayBuffer();
  });
});

describeShared(['conformance', 'otlp'], 'OTLP over HTTP without its database', () => {
  it('answers 503 with Retry-After and RetryInfo, so that the sender repeats the request', async () => {
    const collector = await startCollector();
    try {
      await collector.rows('DROP TABLE telemetry_counters');
      const body = protobuf(TRACE_REQUEST, traceExample());
      const response = await fetch(`${collector.url}/v1/traces`, {
        method: 'POST',
        body: body as RequestInit['body'],
        headers: { 'content-type': PROTOBUF },
      });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
      const status = decodeStatus(new Uint8Array(await response.arrayBuffer()));
      expect(status.code).toBe(14);
      expect(status.details?.[0]?.type_url).toBe('type.googleapis.com/google.rpc.RetryInfo');
      expect(decodeRetryInfo(status.details?.[0]?.value as Uint8Array)).toEqual({
        retry_delay: { seconds: 2 },
      });
    } finally {
      await collector.stop();
    }
  });
});
