import { WORKFLOW_ERROR_BASE, type CallOutcome, type CallRequest, type OpenApiCall } from '@tutti/contracts';
import type { FinishedSpan } from '@tutti/telemetry';
import { AddressGuard } from '../http/address-guard.js';
import { OriginPools } from '../http/origin-pools.js';
import { LIMITS } from '../limits.js';
import { HttpStub, json, type Behaviour } from '../testing/http-stub.js';
import { callRequest, failed, output } from '../testing/requests.js';
import { OpenApiCalls } from './openapi-call.js';
import { PlainHttpCalls } from './plain-http-call.js';

const DOCUMENT = {
  openapi: '3.0.3',
  servers: [{ url: '/v1' }],
  paths: {
    '/pets/{id}': {
      get: { operationId: 'getPet', parameters: [{ name: 'id', in: 'path', required: true }] },
    },
    '/pets': {
      post: { operationId: 'addPet', requestBody: { content: { 'application/json': {} } } },
    },
  },
};

let stub: HttpStub;
let spans: FinishedSpan[];
let pools: OriginPools;
let calls: OpenApiCalls;
/** How the document is served. */
let document: Behaviour;

beforeEach(async () => {
  stub = await HttpStub.start();
  document = (_request, response) => json(response, 200, DOCUMENT, { etag: '"1"' });
  stub.behaviour = (request, response) =>
    request.url.startsWith('/openapi')
      ? document(request, response)
      : json(response, 200, { id: 7, by: request.method });
  start(new Map());
});

afterEach(async () => {
  await pools.close();
  await stub.stop();
});

function start(egress: ReadonlyMap<string, string>): void {
  pools = new OriginPools(new AddressGuard({ blockPrivateAddresses: false }), egress);
  spans = [];
  const parts = { pools, spans: { write: (span: FinishedSpan) => spans.push(span) }, database: {} as never };
  calls = new OpenApiCalls(new PlainHttpCalls(parts));
}

function request(call: Partial<OpenApiCall> = {}, about: Partial<CallRequest> = {}): CallRequest {
  const input: OpenApiCall = {
    document: { uri: `${stub.origin}/openapi.json` },
    operationId: 'getPet',
    parameters: { id: 7 },
    output: 'content',
    redirect: false,
    ...call,
  };
  return callRequest({ effect: 'idempotent-write', ...about, target: { kind: 'openapi' }, input });
}

const perform = (...about: Parameters<typeof request>): Promise<CallOutcome> =>
  calls.perform(request(...about));
const urls = () => stub.seen.map(({ method, url }) => `${method} ${url}`);

describe('call: openapi', () => {
  it('reads the document and calls the operation, both under spans of the call', async () => {
    const outcome = await perform();
    expect(outcome).toEqual({ status: 'succeeded', output: { id: 7, by: 'GET' }, effect: 'read' });
    expect(urls()).toEqual(['GET /openapi.json', 'GET /v1/pets/7']);
    expect(stub.last.headers['idempotency-key']).toBeUndefined();
    expect(spans.map(({ attributes }) => attributes['url.full'])).toEqual([
      `${stub.origin}/openapi.json`,
      `${stub.origin}/v1/pets/7`,
    ]);
  });

  it('sends a write with its idempotency key, and says that it was one', async () => {
    const write = request({ operationId: 'addPet', parameters: { name: 'Milou' } });
    expect(await calls.perform(write)).toMatchObject({ effect: 'idempotent-write' });
    expect(stub.last).toMatchObject({ method: 'POST', body: '{"name":"Milou"}' });
    expect(stub.last.headers['idempotency-key']).toBe(write.idempotencyKey);
  });

  it('keeps the effect that the workflow gives', async () => {
    expect(await perform({ effectGiven: true }, { effect: 'write' })).toMatchObject({ effect: 'write' });
  });

  it('sends each its own authorization', async () => {
    const uri = `${stub.origin}/openapi.json`;
    await perform({
      document: { uri, authorization: 'Bearer for-document' },
      authorization: 'Bearer for-pets',
    });
    expect(stub.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer for-document',
      'Bearer for-pets',
    ]);
  });

  it('answers the digest challenges of the document and of the operation', async () => {
    const digest = { scheme: 'digest', username: 'ann', password: 'secret' } as const;
    const challenge = { 'www-authenticate': 'Digest realm="r", nonce="n"' };
    stub.behaviour = (asked, response) => {
      if (asked.headers.authorization === undefined) return json(response, 401, {}, challenge);
      json(response, 200, asked.url.startsWith('/openapi') ? DOCUMENT : { in: true });
    };
    const uri = `${stub.origin}/openapi.json`;
    expect(
      output(await perform({ document: { uri, authorization: digest }, authorization: digest })),
    ).toEqual({
      in: true,
    });
    expect(stub.seen.map(({ headers }) => /uri="([^"]*)"/.exec(headers.authorization ?? '')?.[1])).toEqual([
      undefined,
      '/openapi.json',
      undefined,
      '/v1/pets/7',
    ]);
  });

  it('gives the response when asked', async () => {
    expect(output(await perform({ output: 'response' }))).toMatchObject({
      request: { method: 'GET', uri: `${stub.origin}/v1/pets/7` },
      statusCode: 200,
      content: { id: 7 },
    });
  });

  it('follows a redirect of the document, whose last address the server is relative to', async () => {
    const second = await HttpStub.start();
    second.behaviour = stub.behaviour;
    const location = `${second.origin}/openapi/moved.json`;
    document = (_request, response) => response.writeHead(302, { location }).end();
    second.behaviour = (asked, response) =>
      json(response, 200, asked.url === '/openapi/moved.json' ? DOCUMENT : { moved: true });
    const uri = `${stub.origin}/openapi.json`;
    expect(output(await perform({ document: { uri, authorization: 'Bearer secret' } }))).toEqual({
      moved: true,
    });
    expect(second.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    await second.stop();
  });

  it('goes where the egress map says, and shows that in its spans', async () => {
    await pools.close();
    start(new Map([['https://pets.test', stub.origin]]));
    const outcome = await perform({
      document: { uri: 'https://pets.test/openapi.json' },
      output: 'response',
    });
    expect(output(outcome)).toMatchObject({ request: { uri: 'https://pets.test/v1/pets/7' } });
    expect(spans.map(({ attributes }) => attributes['url.full'])).toEqual([
      `${stub.origin}/openapi.json`,
      `${stub.origin}/v1/pets/7`,
    ]);
  });
});

describe('the document', () => {
  const fetches = () => urls().filter((url) => url.startsWith('GET /openapi')).length;

  it('is fetched once while it is fresh, by calls at once too', async () => {
    await Promise.all([perform(), perform(), perform()]);
    await perform();
    expect(fetches()).toBe(1);
  });

  it('is asked for anew with its ETag when its age is over', async () => {
    document = (asked, response) =>
      asked.headers['if-none-match'] === '"1"'
        ? response.writeHead(304, { 'cache-control': 'max-age=60' }).end()
        : json(response, 200, DOCUMENT, { etag: '"1"', 'cache-control': 'no-cache' });
    for (let i = 0; i < 3; i++) expect(output(await perform())).toMatchObject({ id: 7 });
    // The second time it was told that it may keep it for a minute.
    expect(fetches()).toBe(2);
  });

  it('serves on when its server is away, but not when it is refused', async () => {
    document = (_asked, response) => json(response, 200, DOCUMENT, { 'cache-control': 'no-store' });
    await perform();
    document = (_asked, response) => json(response, 403, {});
    expect(failed(await perform()).error).toMatchObject({ status: 403 });
    document = (_asked, response) => json(response, 503, {});
    expect(output(await perform())).toMatchObject({ id: 7 });
    expect(output(await perform())).toMatchObject({ id: 7 });
    // A server that is away is left alone for a moment.
    expect(fetches()).toBe(3);
  });

  it('is not shared with those who have other credentials', async () => {
    const uri = `${stub.origin}/openapi.json`;
    await perform({ document: { uri, authorization: 'Bearer a' } });
    await perform({ document: { uri } });
    expect(fetches()).toBe(2);
  });

  it('may be YAML', async () => {
    const yaml = `openapi: 3.1.0\npaths:\n  /a: { get: { operationId: getPet } }\n`;
    document = (_asked, response) =>
      response.writeHead(200, { 'content-type': 'application/yaml' }).end(yaml);
    expect(output(await perform({ parameters: {} }))).toMatchObject({ id: 7 });
    expect(stub.last.url).toBe('/a');
  });
});

describe('a failure before the operation was called', () => {
  const answered = (status: number, body: unknown) => {
    document = (_asked, response) => json(response, status, body);
  };

  it.each([
    ['a document that is not there', 404, {}, { fate: 'permanent', type: 'communication', status: 404 }],
    ['a server in trouble', 503, {}, { fate: 'transient', type: 'communication', status: 503 }],
    ['no OpenAPI document', 200, { a: 1 }, { fate: 'permanent', type: 'configuration', status: 400 }],
    [
      'an unknown operation',
      200,
      { ...DOCUMENT, paths: {} },
      { fate: 'permanent', type: 'configuration', status: 400 },
    ],
  ])('%s', async (_what, status, body, expected) => {
    answered(status, body);
    const { fate, error, effect } = failed(await perform());
    expect({ fate, type: error.type, status: error.status, effect }).toEqual({
      ...expected,
      type: WORKFLOW_ERROR_BASE + expected.type,
      effect: 'read',
    });
    expect(urls()).toEqual(['GET /openapi.json']);
  });

  it('a missing parameter is a validation error', async () => {
    const { error } = failed(await perform({ parameters: {} }));
    expect(error).toMatchObject({
      type: `${WORKFLOW_ERROR_BASE}validation`,
      status: 400,
      detail: 'The operation "getPet" needs "id": give it under parameters.',
    });
  });

  it.each([
    ['http://127.0.0.1:1/openapi.json', 'transient', 'communication'],
    ['http://169.254.169.254/openapi.json', 'permanent', 'configuration'],
    ['http://user:canary@127.0.0.1:1/openapi.json', 'permanent', 'configuration'],
    ['nowhere', 'permanent', 'configuration'],
    ['file:///etc/passwd', 'permanent', 'configuration'],
  ])('an address that cannot be read: %s', async (uri, fate, type) => {
    const outcome = failed(await perform({ document: { uri } }, { effect: 'write' }));
    expect(outcome).toMatchObject({ fate, error: { type: WORKFLOW_ERROR_BASE + type }, effect: 'read' });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  it('a document that is too large', async () => {
    const large = { ...DOCUMENT, info: 'x'.repeat(LIMITS.openApiDocumentBytesMax) };
    answered(200, large);
    expect(failed(await perform()).error.detail).toContain('is the limit');
  });
});

describe('a failure of the operation', () => {
  it('is that of plain HTTP, of the effect that the call had', async () => {
    stub.behaviour = (asked, response) =>
      asked.url.startsWith('/openapi') ? document(asked, response) : json(response, 422, { why: 'no' });
    const outcome = failed(await perform({ operationId: 'addPet', parameters: { name: 'x' } }));
    expect(outcome).toMatchObject({
      fate: 'permanent',
      effect: 'idempotent-write',
      error: { status: 422, reply: { why: 'no' } },
    });
  });

  it('is open when a write was sent and no answer came', async () => {
    stub.behaviour = (asked, response) =>
      asked.url.startsWith('/openapi') ? document(asked, response) : response.destroy();
    const write = { operationId: 'addPet', parameters: { name: 'x' }, effectGiven: true };
    expect(failed(await perform(write, { effect: 'write' }))).toMatchObject({
      fate: 'unknown',
      effect: 'write',
    });
  });

  it('asks nobody about a write that may have been sent before', async () => {
    const again = { effect: 'write', redelivered: true } as const;
    expect(failed(await perform({ effectGiven: true }, again)).fate).toBe('unknown');
    expect(stub.seen).toEqual([]);
  });
});
