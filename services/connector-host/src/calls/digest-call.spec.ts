import { createHash } from 'node:crypto';
import type { FinishedSpan } from '@tutti/telemetry';
import { AddressGuard } from '../http/address-guard.js';
import { OriginPools } from '../http/origin-pools.js';
import { HttpStub, json, type SeenRequest } from '../testing/http-stub.js';
import { failed, httpRequest, output } from '../testing/requests.js';
import { PlainHttpCalls } from './plain-http-call.js';

let stub: HttpStub;
let pools: OriginPools;
let calls: PlainHttpCalls;
let spans: FinishedSpan[];

beforeEach(async () => {
  stub = await HttpStub.start();
  pools = new OriginPools(new AddressGuard({ blockPrivateAddresses: false }));
  spans = [];
  const parts = { pools, spans: { write: (span: FinishedSpan) => spans.push(span) }, database: {} as never };
  calls = new PlainHttpCalls(parts);
});

afterEach(async () => {
  await pools.close();
  await stub.stop();
});

const call = (input: Parameters<typeof httpRequest>[0]) => calls.perform(httpRequest(input));

describe('digest authentication', () => {
  const authentication = { scheme: 'digest', username: 'ann', password: 'canary' } as const;
  const CHALLENGE = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256';

  /** Lets in who has the password, by RFC 7616. */
  function guard(request: SeenRequest): boolean {
    const field = (name: string) =>
      new RegExp(`[ ,]${name}="?([^",]+)`).exec(request.headers.authorization ?? '')?.[1] ?? '';
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    const [user, asked] = [hash('ann:r:canary'), hash(`${request.method}:${request.url}`)];
    const response = hash(`${user}:n:${field('nc')}:${field('cnonce')}:auth:${asked}`);
    return field('response') === response && field('uri') === request.url;
  }

  beforeEach(() => {
    stub.behaviour = (request, response) =>
      guard(request)
        ? json(response, 200, { in: true })
        : json(response, 401, {}, { 'www-authenticate': CHALLENGE });
  });

  it('answers the challenge of the server with the same request', async () => {
    const uri = `${stub.origin}/a b?c=d`;
    const outcome = await call({ uri, method: 'POST', body: { n: 1 }, authentication, output: 'response' });
    expect(output(outcome)).toMatchObject({ statusCode: 200, content: { in: true } });
    expect(stub.seen.map(({ body, url }) => `${url} ${body}`)).toEqual(Array(2).fill('/a%20b?c=d {"n":1}'));
    expect(new Set(stub.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(spans.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([401, 200]);
    expect(JSON.stringify([outcome, spans])).not.toMatch(/canary|Digest/);
  });

  it('tries once, and tells nobody the password', async () => {
    const wrong = { ...authentication, username: 'bob' };
    const { fate, error } = failed(await call({ uri: stub.origin, authentication: wrong }));
    expect([fate, error.status, stub.seen.length]).toEqual(['permanent', 401, 2]);
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('is not given to another origin', async () => {
    const other = await HttpStub.start();
    other.behaviour = (_request, response) => json(response, 401, {}, { 'www-authenticate': CHALLENGE });
    stub.behaviour = (_request, response) => response.writeHead(302, { location: other.origin }).end();
    failed(await call({ uri: stub.origin, authentication, redirect: true }));
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    await other.stop();
  });
});
