import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { WORKFLOW_ERROR_BASE } from '@tutti/contracts';
import type { FinishedSpan } from '@tutti/telemetry';
import { AddressGuard } from '../http/address-guard.js';
import { OriginPools } from '../http/origin-pools.js';
import { LIMITS } from '../limits.js';
import { HttpStub, json } from '../testing/http-stub.js';
import { failed, httpRequest, output } from '../testing/requests.js';
import { PlainHttpCalls } from './plain-http-call.js';

let stub: HttpStub;
let pools: OriginPools;
let calls: PlainHttpCalls;
let spans: FinishedSpan[];
let stored: unknown[][];

beforeEach(async () => {
  stub = await HttpStub.start();
  pools = new OriginPools(new AddressGuard({ blockPrivateAddresses: false }));
  spans = [];
  stored = [];
  const database = { query: (_sql: string, row: unknown[]) => Promise.resolve(stored.push(row)) } as never;
  calls = new PlainHttpCalls({ pools, spans: { write: (span) => spans.push(span) }, database });
});

afterEach(async () => {
  await pools.close();
  await stub.stop();
});

const call = (input: Parameters<typeof httpRequest>[0], about?: Parameters<typeof httpRequest>[1]) =>
  calls.perform(httpRequest(input, about));

describe('the request of call: http', () => {
  it('sends method, query, headers and a JSON body with trace and idempotency key', async () => {
    const request = httpRequest({
      uri: `${stub.origin}/orders?a=1`,
      method: 'post',
      query: { b: 'x y' },
      headers: { 'X-Shop': 's' },
      body: { n: 1 },
    });
    expect(output(await calls.perform(request))).toEqual({ ok: true });
    expect(stub.last).toMatchObject({ method: 'POST', url: '/orders?a=1&b=x+y', body: '{"n":1}' });
    expect(stub.last.headers).toMatchObject({
      'x-shop': 's',
      'content-type': 'application/json',
      'idempotency-key': request.idempotencyKey,
      traceparent: `00-${request.trace.traceId}-${spans[0]?.spanId}-01`,
    });
  });

  it('keeps an idempotency key, a traceparent and a content type that the workflow gives', async () => {
    await call({
      uri: stub.origin,
      method: 'PUT',
      body: 'a,b',
      headers: { 'Idempotency-Key': 'own', Traceparent: 'tp', 'Content-Type': 'text/csv' },
    });
    expect(stub.last.body).toBe('a,b');
    expect(stub.last.headers).toMatchObject({
      'idempotency-key': 'own',
      traceparent: 'tp',
      'content-type': 'text/csv',
    });
  });

  it('sends a form where the content type says so, and no key and no body with GET', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '9999' };
    await call({ uri: stub.origin, method: 'POST', body: { a: 'x&y', b: 2 }, headers });
    expect(stub.last.body).toBe('a=x%26y&b=2');
    await call({ uri: stub.origin });
    expect(stub.last.body).toBe('');
    expect(stub.last.headers['idempotency-key']).toBeUndefined();
    expect(stub.last.headers['content-type']).toBeUndefined();
  });

  it('reuses its sockets', async () => {
    const ports = new Set<number>();
    stub.behaviour = (_request, response) => {
      ports.add(response.socket?.remotePort ?? 0);
      json(response, 200, {});
    };
    for (let i = 0; i < 10; i++) await call({ uri: stub.origin });
    // Two: a reply is read before undici has freed its socket for the next request.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it.each([
    ['no URL', { uri: 'nowhere' }],
    ['another scheme', { uri: 'ftp://127.0.0.1/file' }],
    ['credentials in the address', { uri: 'http://user:canary@127.0.0.1/' }],
    ['a broken header', { uri: 'http://127.0.0.1:1/', headers: { 'x-a': 'a\r\nb: c' } }],
  ])('refuses %s as a permanent configuration error', async (_title, input) => {
    const { fate, error } = failed(await call(input));
    expect({ fate, type: error.type, status: error.status }).toEqual({
      fate: 'permanent',
      type: `${WORKFLOW_ERROR_BASE}configuration`,
      status: 400,
    });
    expect(JSON.stringify(error)).not.toContain('canary');
  });
});

describe('the output of call: http', () => {
  it.each([
    ['JSON by content type', 'application/vnd.shop+json; charset=utf-8', '{"a":[1]}', { a: [1] }],
    ['text', 'text/plain', 'hello', 'hello'],
    ['bytes as base64', 'image/png', 'abc', 'YWJj'],
    ['nothing as null', 'application/json', '', null],
  ])('gives %s', async (_title, contentType, body, expected) => {
    stub.behaviour = (_request, response) =>
      response.writeHead(200, { 'content-type': contentType }).end(body);
    expect(output(await call({ uri: stub.origin }))).toEqual(expected);
  });

  it('gives the whole response without credentials when asked', async () => {
    stub.behaviour = (_request, response) =>
      json(response, 201, { id: 7 }, { location: '/7', 'set-cookie': 'session=canary' });
    const headers = { authorization: 'Bearer canary', 'x-a': 'b' };
    const uri = `${stub.origin}/x`;
    const response = output(await call({ uri, method: 'POST', headers, output: 'response' }));
    expect(response).toMatchObject({
      request: { method: 'POST', uri, headers: { 'x-a': 'b' } },
      statusCode: 201,
      headers: { location: '/7', 'content-type': 'application/json' },
      content: { id: 7 },
    });
    expect(JSON.stringify(response)).not.toContain('canary');
  });

  it('gives raw bytes as base64', async () => {
    expect(output(await call({ uri: stub.origin, output: 'raw' }))).toBe(
      Buffer.from('{"ok":true}').toString('base64'),
    );
  });

  it('reads compressed replies', async () => {
    stub.behaviour = (_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync('{"a":1}'));
    };
    expect(output(await call({ uri: stub.origin }))).toEqual({ a: 1 });
  });

  it('stores a large reply as an artifact of the workspace', async () => {
    const large = JSON.stringify('x'.repeat(LIMITS.outputBytesMax));
    stub.behaviour = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(large);
    const ref = output(await call({ uri: stub.origin }));
    expect(ref).toMatchObject({ mediaType: 'application/json', bytes: large.length });
    expect(stored[0]?.slice(1, 4)).toEqual(['default', 'application/json', large.length]);
  });

  it('calls broken JSON an invalid output', async () => {
    stub.behaviour = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":');
    expect(failed(await call({ uri: stub.origin }))).toMatchObject({
      fate: 'permanent',
      error: { status: 502, reason: 'invalid-output' },
    });
  });
});

describe('the failures of call: http', () => {
  it.each([
    [400, 'permanent', 'rejected'],
    [401, 'permanent', 'rejected'],
    [404, 'permanent', 'rejected'],
    [409, 'permanent', 'rejected'],
    [408, 'transient', 'timeout'],
    [425, 'transient', 'rejected'],
    [429, 'transient', 'throttled'],
    [500, 'transient', 'unavailable'],
    [501, 'permanent', 'unavailable'],
    [503, 'transient', 'unavailable'],
    [504, 'transient', 'timeout'],
    [302, 'permanent', 'rejected'],
  ] as const)('status %i is %s and counts as %s', async (status, fate, reason) => {
    stub.behaviour = (_request, response) => json(response, status, { why: 'because' });
    const outcome = failed(await call({ uri: `${stub.origin}/x` }));
    expect(outcome).toMatchObject({
      fate,
      error: { type: `${WORKFLOW_ERROR_BASE}communication`, status, reason, reply: { why: 'because' } },
    });
    expect(outcome.error.detail).toContain(`/x answered ${status}`);
  });

  it('passes Retry-After on, as seconds and as a date', async () => {
    stub.behaviour = (_request, response) => json(response, 429, {}, { 'retry-after': '7' });
    expect(failed(await call({ uri: stub.origin })).retryAfterMs).toBe(7000);
    stub.behaviour = (_request, response) =>
      json(response, 503, {}, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    const { retryAfterMs = 0 } = failed(await call({ uri: stub.origin }));
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('bounds the reply in an error', async () => {
    stub.behaviour = (_request, response) =>
      response.writeHead(400, { 'content-type': 'text/plain' }).end('y'.repeat(100_000));
    expect(String(failed(await call({ uri: stub.origin })).error.reply).length).toBeLessThan(
      LIMITS.errorReplyBytesMax + 50,
    );
  });

  it('ends at the deadline when the server never answers, and when it never finishes', async () => {
    stub.behaviour = () => undefined;
    const never = failed(await call({ uri: stub.origin }, { timeoutMs: 60 }));
    expect(never).toMatchObject({
      fate: 'transient',
      error: { type: `${WORKFLOW_ERROR_BASE}timeout`, status: 408, reason: 'timeout' },
    });
    stub.behaviour = (_request, response) => response.writeHead(200).write('a');
    expect(failed(await call({ uri: stub.origin }, { timeoutMs: 60 })).error.status).toBe(408);
  });

  it('tells a server that cannot be reached from a connection that broke', async () => {
    const port = await freePort();
    expect(failed(await call({ uri: `http://127.0.0.1:${port}` }))).toMatchObject({
      fate: 'transient',
      error: { status: 503, title: 'The server cannot be reached', reason: 'unavailable' },
    });
    stub.behaviour = (_request, response) => response.socket?.destroy();
    expect(
      failed(await call({ uri: stub.origin, method: 'POST' }, { effect: 'idempotent-write' })),
    ).toMatchObject({
      fate: 'transient',
      error: { status: 503, title: 'The connection broke', reason: 'unavailable' },
    });
    expect(stub.seen).toHaveLength(2);
  });

  it('replaces a dead idle socket once for a call that may be repeated, with its key', async () => {
    stub.behaviour = (_request, response) =>
      stub.seen.length % 2 === 1 ? response.socket?.destroy() : json(response, 200, { again: true });
    expect(output(await call({ uri: stub.origin }))).toEqual({ again: true });
    const write = { uri: stub.origin, method: 'POST' };
    expect(output(await call(write, { effect: 'idempotent-write' }))).toEqual({ again: true });
    const keys = stub.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([undefined, undefined, expect.any(String), keys[2]]);
  });

  it('refuses a reply over the limit, announced or not', async () => {
    stub.behaviour = (_request, response) =>
      response.writeHead(200, { 'content-length': LIMITS.replyBytesMax + 1 }).write('a');
    expect(failed(await call({ uri: stub.origin }))).toMatchObject({
      fate: 'permanent',
      error: { title: 'The reply is too large' },
    });
    stub.behaviour = (_request, response) => {
      const bomb = gzipSync(Buffer.alloc(LIMITS.replyBytesMax + 1));
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    };
    expect(failed(await call({ uri: stub.origin }))).toMatchObject({
      fate: 'permanent',
      error: { title: 'The reply is too large' },
    });
  });
});

describe('a write by call: http', () => {
  it('is unknown when its answer is lost, and when it may have been sent before a crash', async () => {
    stub.behaviour = (_request, response) => response.socket?.destroy();
    expect(failed(await call({ uri: stub.origin, method: 'POST' }, { effect: 'write' })).fate).toBe(
      'unknown',
    );
    stub.behaviour = () => undefined;
    // Long enough for a busy machine to send the request.
    expect(
      failed(await call({ uri: stub.origin, method: 'POST' }, { effect: 'write', timeoutMs: 1_000 })).fate,
    ).toBe('unknown');
    stub.behaviour = (_request, response) => json(response, 504, {});
    expect(failed(await call({ uri: stub.origin, method: 'POST' }, { effect: 'write' })).fate).toBe(
      'unknown',
    );
    const before = stub.seen.length;
    expect(
      failed(await call({ uri: stub.origin, method: 'POST' }, { effect: 'write', redelivered: true })).fate,
    ).toBe('unknown');
    expect(stub.seen).toHaveLength(before);
  });

  it('is transient when nothing was sent or the server refused it', async () => {
    expect(
      failed(await call({ uri: `http://127.0.0.1:${await freePort()}`, method: 'POST' }, { effect: 'write' }))
        .fate,
    ).toBe('transient');
    stub.behaviour = (_request, response) => json(response, 503, {});
    expect(failed(await call({ uri: stub.origin, method: 'POST' }, { effect: 'write' })).fate).toBe(
      'transient',
    );
  });

  it('is repeated after a crash when it only reads or has a key', async () => {
    expect(output(await call({ uri: stub.origin }, { redelivered: true }))).toEqual({ ok: true });
    expect(
      output(
        await call({ uri: stub.origin, method: 'POST' }, { redelivered: true, effect: 'idempotent-write' }),
      ),
    ).toEqual({ ok: true });
  });
});

describe('the span of call: http', () => {
  it('lies under the run with the HTTP names and without secrets of the address', async () => {
    const request = httpRequest({ uri: `${stub.origin}/x?api_key=canary&page=2` });
    await calls.perform(request);
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      traceId: request.trace.traceId,
      parentSpanId: request.trace.spanId,
      name: 'GET',
      kind: 'client',
      status: 'unset',
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'server.port': Number(stub.host.split(':')[1]),
        'url.full': `${stub.origin}/x?api_key=REDACTED&page=2`,
        'tutti.run.id': request.runId,
      },
    });
    expect(JSON.stringify(spans)).not.toContain('canary');
  });

  it('tells failures by status and by kind', async () => {
    stub.behaviour = (_request, response) => json(response, 503, {});
    await call({ uri: stub.origin });
    await call({ uri: `http://127.0.0.1:${await freePort()}` });
    expect(spans.map(({ status, attributes }) => [status, attributes['error.type']])).toEqual([
      ['error', '503'],
      ['error', 'unreachable'],
    ]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
