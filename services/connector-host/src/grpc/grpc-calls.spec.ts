import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials, status as Status } from '@grpc/grpc-js';
import { WORKFLOW_ERROR_BASE, type CallOutcome, type CallRequest, type GrpcCall } from '@tutti/contracts';
import { LIMITS } from '../limits.js';
import { TEST_CERTIFICATES } from '../testing/certificates.js';
import { MONEY, SHOP, TestGrpcServer } from '../testing/grpc-server.js';
import { HttpStub } from '../testing/http-stub.js';
import { ProtocolBench } from '../testing/protocol-bench.js';
import { callRequest, failed, output } from '../testing/requests.js';

let server: TestGrpcServer;
let documents: HttpStub;
let bench: ProtocolBench;

beforeEach(async () => {
  server = await TestGrpcServer.start();
  documents = await HttpStub.start();
  documents.behaviour = ({ url }, response) => {
    const text = { '/v1/shop.proto': SHOP, '/v1/parts/money.proto': MONEY }[url];
    response.writeHead(text === undefined ? 404 : 200).end(text);
  };
  bench = new ProtocolBench();
});

afterEach(async () => {
  await bench.close();
  await documents.stop();
  server.stop();
});

function request(call: Partial<GrpcCall> = {}, about: Partial<CallRequest> = {}): CallRequest {
  const input: GrpcCall = {
    document: { uri: `${documents.origin}/v1/shop.proto` },
    service: 'shop.v1.Orders',
    host: '127.0.0.1',
    port: server.port,
    method: 'Echo',
    arguments: {},
    ...call,
  };
  return callRequest({ effect: 'idempotent-write', ...about, target: { kind: 'grpc' }, input });
}

const perform = (...about: Parameters<typeof request>): Promise<CallOutcome> =>
  bench.calls.perform(request(...about));
const error = (kind: string, status: number) => ({ type: WORKFLOW_ERROR_BASE + kind, status });

const ORDER = {
  orderId: 'o-1',
  amount: '9007199254740993',
  state: 'PAID',
  tags: ['a', 'b'],
  prices: { net: { value: 1.5, currency: 'EUR' } },
  createdAt: '2026-01-31T12:00:00.250Z',
  extra: { deep: [1, 'x', true, null, { a: {} }] },
  seal: Buffer.from('seal').toString('base64'),
  urgent: false,
  company: 'Acme',
};
const NOTHING = { orderId: '', amount: '0', state: 'STATE_UNKNOWN', tags: [], prices: {}, seal: '' };

describe('call: grpc', () => {
  it('sends JSON as the message that the document describes, and gives the answer as JSON', async () => {
    expect(output(await perform({ arguments: ORDER }))).toEqual(ORDER);
    expect(server.seen[0]?.request).toMatchObject({
      orderId: 'o-1',
      amount: '9007199254740993',
      state: 'PAID',
    });
  });

  it('takes the names of the file too, and gives defaults where a field cannot be missing', async () => {
    expect(output(await perform({ arguments: { order_id: 'o-2' } }))).toEqual({ ...NOTHING, orderId: 'o-2' });
    expect(output(await perform({ arguments: { extra: null } }))).toEqual(NOTHING);
  });

  it('finds a service by its own name when there is only one', async () => {
    expect(await perform({ service: 'Orders' })).toMatchObject({ status: 'succeeded' });
  });

  it('collects a stream into a list', async () => {
    server.answer = () => ({ replies: [{ orderId: '1' }, { orderId: '2' }] });
    const orders = output(await perform({ method: 'Watch', arguments: { times: 2 } }));
    expect(orders).toEqual([
      { ...NOTHING, orderId: '1' },
      { ...NOTHING, orderId: '2' },
    ]);
  });

  it('gives a method that takes a stream one message', async () => {
    expect(output(await perform({ method: 'Fill', arguments: { orderId: 'o-1' } }))).toEqual({
      ...NOTHING,
      orderId: 'o-1',
    });
    expect(server.seen).toMatchObject([{ method: 'Fill', request: { orderId: 'o-1' } }]);
  });

  it('ends a stream that has too many messages', async () => {
    const one = server.order({});
    server.answer = () => ({ replies: Array.from({ length: LIMITS.streamMessagesMax + 1 }, () => one) });
    const outcome = failed(await perform({ method: 'Watch' }));
    expect(outcome).toMatchObject({ fate: 'permanent', error: error('communication', 502) });
    expect(outcome.error.detail).toContain(String(LIMITS.streamMessagesMax));
  });

  it('hands over the key of the call, the authorization and the trace', async () => {
    const call = request({ authorization: 'Bearer t' });
    await bench.calls.perform(call);
    expect(server.lastMetadata).toMatchObject({
      'idempotency-key': call.idempotencyKey,
      authorization: 'Bearer t',
      traceparent: expect.stringContaining(call.trace.traceId),
    });
  });

  it('says that a method only reads when its document does, and sends no key then', async () => {
    server.answer = () => ({ replies: [{}] });
    expect(await perform({ method: 'Find' })).toMatchObject({ status: 'succeeded', effect: 'read' });
    expect(server.lastMetadata['idempotency-key']).toBeUndefined();
    const given = await perform({ method: 'Find', effectGiven: true }, { effect: 'write' });
    expect(given).toMatchObject({ effect: 'write' });
  });

  it('reads the documents once, under the span of the call', async () => {
    await perform();
    await perform();
    expect(documents.seen.map(({ url }) => url)).toEqual(['/v1/shop.proto', '/v1/parts/money.proto']);
    const { span } = bench;
    expect(span).toMatchObject({
      name: 'shop.v1.Orders/Echo',
      kind: 'client',
      status: 'unset',
      attributes: {
        'rpc.system.name': 'grpc',
        'rpc.method': 'shop.v1.Orders/Echo',
        'rpc.response.status_code': 'OK',
        'server.address': '127.0.0.1',
        'server.port': server.port,
      },
    });
  });

  it('goes where the egress map says', async () => {
    await bench.close();
    const egress = new Map([['https://grpc.example.com', `http://127.0.0.1:${server.port}`]]);
    bench = new ProtocolBench({ egress });
    const { port: _none, ...call } = request().input as GrpcCall;
    const asked = callRequest({ target: { kind: 'grpc' }, input: { ...call, host: 'grpc.example.com' } });
    expect(await bench.calls.perform(asked)).toMatchObject({ status: 'succeeded' });
  });
});

describe('call: grpc over TLS', () => {
  const { authority, serverCert, serverKey, clientCert, clientKey } = TEST_CERTIFICATES;
  const shows = (certificate: object) => ({
    tls: true,
    authorization: { scheme: 'certificate', cert: clientCert, key: clientKey, ...certificate } as never,
  });

  beforeEach(async () => {
    server.stop();
    const pair = { cert_chain: Buffer.from(serverCert), private_key: Buffer.from(serverKey) };
    server = await TestGrpcServer.start(ServerCredentials.createSsl(Buffer.from(authority), [pair], true));
  });

  it('trusts the authority of its certificate, and shows that to the server', async () => {
    expect(output(await perform({ ...shows({ ca: authority }), arguments: { orderId: 'o-1' } }))).toEqual({
      ...NOTHING,
      orderId: 'o-1',
    });
    expect(bench.span.attributes).toMatchObject({ 'rpc.response.status_code': 'OK' });
  });

  it('does not speak with a server that nobody it trusts has signed', async () => {
    const outcome = failed(await perform(shows({})));
    expect(outcome).toMatchObject({ fate: 'transient', error: error('communication', 503) });
    expect(outcome.error.detail).toMatch(/certificate/);
    expect(server.seen).toEqual([]);
  });
});

describe('a call: grpc that fails', () => {
  it.each<[keyof typeof Status, string, string, number]>([
    ['INVALID_ARGUMENT', 'permanent', 'communication', 400],
    ['UNAUTHENTICATED', 'permanent', 'authentication', 401],
    ['PERMISSION_DENIED', 'permanent', 'authorization', 403],
    ['NOT_FOUND', 'permanent', 'communication', 404],
    ['DEADLINE_EXCEEDED', 'transient', 'timeout', 408],
    ['ABORTED', 'transient', 'communication', 409],
    ['RESOURCE_EXHAUSTED', 'transient', 'communication', 429],
    ['INTERNAL', 'transient', 'communication', 500],
    ['UNIMPLEMENTED', 'permanent', 'communication', 501],
    ['UNAVAILABLE', 'transient', 'communication', 503],
  ])('with %s is %s', async (name, fate, kind, status) => {
    server.answer = () => ({ code: Status[name], details: 'because' });
    const outcome = failed(await perform());
    expect(outcome).toMatchObject({ fate, error: error(kind, status) });
    expect(outcome.error).toMatchObject({
      title: `The server answered ${name}`,
      detail: '/shop.v1.Orders/Echo: because',
    });
    expect(bench.span.attributes).toMatchObject({ 'error.type': name, 'rpc.response.status_code': name });
  });

  it('is open when it is a write that the server may have done', async () => {
    server.answer = () => ({ code: Status.INTERNAL, details: 'oops' });
    const write = { effectGiven: true };
    expect(failed(await perform(write, { effect: 'write' })).fate).toBe('unknown');
    server.answer = () => ({ code: Status.NOT_FOUND, details: 'no' });
    expect(failed(await perform(write, { effect: 'write' })).fate).toBe('permanent');
  });

  it('is told as timed out when the server does not answer in time', async () => {
    await perform();
    server.answer = () => ({ hang: true });
    const outcome = failed(await perform({}, { timeoutMs: 500 }));
    expect(outcome).toMatchObject({ fate: 'transient', error: error('timeout', 408) });
  });

  it('is transient when nobody listens, also as a write', async () => {
    server.stop();
    const outcome = failed(await perform({ effectGiven: true }, { effect: 'write' }));
    expect(outcome).toMatchObject({ fate: 'transient', error: error('communication', 503) });
  });

  it('does not reach a private address where those are blocked', async () => {
    await perform();
    await bench.close();
    bench = new ProtocolBench({
      blockPrivate: true,
      egress: new Map([['http://docs.example.com', documents.origin]]),
    });
    const outcome = failed(await perform());
    expect(outcome).toMatchObject({ fate: 'permanent', error: error('configuration', 403) });
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, Partial<GrpcCall>, string, string]>([
    ['an unknown service', { service: 'Carts' }, 'configuration', 'It has: shop.v1.Orders'],
    ['an unknown method', { method: 'Get' }, 'configuration', 'It has: Echo, Find, Watch, Fill'],
    [
      'a certificate without TLS',
      { authorization: { scheme: 'certificate', cert: 'c', key: 'k' } as never },
      'configuration',
      'over TLS only',
    ],
    [
      'a certificate that is none',
      { tls: true, authorization: { scheme: 'certificate', cert: 'c', key: 'canary-key' } as never },
      'configuration',
      'The certificate cannot be used',
    ],
    [
      'an unknown argument',
      { arguments: { orderID: 'x' } },
      'validation',
      'no field /orderID: Order has orderId',
    ],
    ['a wrong type', { arguments: { tags: ['a', 7] } }, 'validation', '/tags/1 must be a text'],
    ['a wrong number', { arguments: { amount: 1.5 } }, 'validation', '/amount must be a whole number'],
    ['a wrong enum', { arguments: { state: 'LOST' } }, 'validation', 'one of STATE_UNKNOWN, OPEN, PAID'],
    ['a wrong time', { arguments: { createdAt: 'noon' } }, 'validation', '/createdAt must be a time'],
    ['a wrong map', { arguments: { prices: { net: 1 } } }, 'validation', '/prices/net must be an object'],
    [
      'digest credentials',
      { authorization: { scheme: 'digest', username: 'a', password: 'b' } },
      'configuration',
      'digest is not a part of gRPC',
    ],
  ])('for %s sends nothing', async (_what, call, kind, detail) => {
    const outcome = failed(await perform(call, { effect: 'write' }));
    expect(outcome).toMatchObject({ fate: 'permanent', effect: 'read', error: error(kind, 400) });
    expect(outcome.error.detail).toContain(detail);
    expect(server.seen).toEqual([]);
  });

  it.each([
    ['text that is none', 'message {', 'configuration', 400, 'It is no proto document'],
    [
      'types that are not there',
      'syntax = "proto3"; message A { B b = 1; }',
      'configuration',
      400,
      "no such Type or Enum 'B'",
    ],
    [
      'an import that is not there',
      'syntax = "proto3"; import "gone.proto";',
      'communication',
      404,
      '/v1/gone.proto',
    ],
  ])('for a document with %s sends nothing', async (_what, text, kind, status, detail) => {
    documents.behaviour = ({ url }, response) =>
      void response.writeHead(url === '/v1/shop.proto' ? 200 : 404).end(text);
    const outcome = failed(await perform());
    expect(outcome).toMatchObject({ fate: 'permanent', error: error(kind, status) });
    expect(outcome.error.detail).toContain(detail);
  });

  it('reads files only where the operator named a folder, and only inside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-documents-'));
    await mkdir(join(folder, 'open', 'app', 'parts'), { recursive: true });
    await writeFile(join(folder, 'open', 'app', 'shop.proto'), SHOP);
    await writeFile(join(folder, 'open', 'app', 'parts', 'money.proto'), MONEY);
    await writeFile(join(folder, 'secret.proto'), SHOP);
    await symlink(join(folder, 'secret.proto'), join(folder, 'open', 'link.proto'));
    const at = (uri: string) => perform({ document: { uri } });
    expect(failed(await at('file://app/shop.proto')).error.detail).toContain('TUTTI_DOCUMENT_FOLDER');
    bench = new ProtocolBench({ documentFolder: join(folder, 'open') });
    expect(await at('file://app/shop.proto')).toMatchObject({ status: 'succeeded' });
    expect(await at('file:///app/shop.proto')).toMatchObject({ status: 'succeeded' });
    expect(failed(await at('file://app/gone.proto')).error.detail).toContain('no such file');
    for (const uri of ['file:///link.proto', 'file:///..%2Fsecret.proto'])
      expect(failed(await at(uri)).error).toMatchObject({
        ...error('configuration', 400),
        detail: expect.stringContaining('outside of the folder'),
      });
    await rm(folder, { recursive: true });
  });

  it('reads no more than so many imports', async () => {
    documents.behaviour = ({ url }, response) => {
      const next = Number(/(\d+)\.proto/.exec(url)?.[1] ?? 0) + 1;
      response.end(`syntax = "proto3"; import "${next}.proto";`);
    };
    expect(failed(await perform()).error.detail).toContain(`more than ${LIMITS.protoImportsMax} files`);
  });

  it('sends the credentials of a document to its own origin only', async () => {
    const other = await HttpStub.start();
    documents.behaviour = (_request, response) =>
      response.end(`syntax = "proto3"; import "${other.origin}/other.proto"; import "parts/money.proto";`);
    await perform({ document: { uri: `${documents.origin}/v1/shop.proto`, authorization: 'Bearer canary' } });
    await other.stop();
    expect(documents.seen.map(({ headers }) => headers.authorization)).toContain('Bearer canary');
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});
