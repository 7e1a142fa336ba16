import { AddressGuard } from '../http/address-guard.js';
import { OriginPools } from '../http/origin-pools.js';
import { LIMITS } from '../limits.js';
import { HttpStub, json } from '../testing/http-stub.js';
import { failed, httpRequest, output } from '../testing/requests.js';
import { PlainHttpCalls } from './plain-http-call.js';

let stub: HttpStub;
let pools: OriginPools;
let calls: PlainHttpCalls;

beforeEach(async () => {
  stub = await HttpStub.start();
  pools = new OriginPools(new AddressGuard({ blockPrivateAddresses: false }));
  calls = new PlainHttpCalls({ pools, spans: { write: () => undefined }, database: {} as never });
});

afterEach(async () => {
  await pools.close();
  await stub.stop();
});

const call = (input: Parameters<typeof httpRequest>[0]) => calls.perform(httpRequest(input));

describe('redirects of call: http', () => {
  const headers = {
    Authorization: 'Bearer canary',
    'X-Api-Key': 'canary',
    Accept: 'text/csv',
    Traceparent: 'tp',
  };

  it('are followed for reads when allowed, with harmless headers only to another origin', async () => {
    const other = await HttpStub.start();
    stub.behaviour = (_request, response) =>
      response.writeHead(302, { location: `${other.origin}/there` }).end();
    expect(output(await call({ uri: stub.origin, redirect: true, headers }))).toEqual({ ok: true });
    expect(other.last).toMatchObject({ url: '/there', headers: { accept: 'text/csv', traceparent: 'tp' } });
    expect(JSON.stringify(other.last)).not.toContain('canary');
    await other.stop();
  });

  it('do not give back on the way home what another origin did not get', async () => {
    const other = await HttpStub.start();
    other.behaviour = (_request, response) =>
      response.writeHead(302, { location: `${stub.origin}/home` }).end();
    stub.behaviour = ({ url }, response) =>
      url === '/home' ? json(response, 200, {}) : response.writeHead(302, { location: other.origin }).end();
    expect(output(await call({ uri: stub.origin, redirect: true, headers }))).toEqual({});
    expect(stub.last.url).toBe('/home');
    expect(JSON.stringify(stub.last)).not.toContain('canary');
    await other.stop();
  });

  it('take all headers along within the same origin', async () => {
    stub.behaviour = ({ url }, response) =>
      url === '/there'
        ? json(response, 200, { ok: true })
        : response.writeHead(302, { location: '/there' }).end();
    expect(output(await call({ uri: stub.origin, redirect: true, headers }))).toEqual({ ok: true });
    expect(stub.last).toMatchObject({
      url: '/there',
      headers: { authorization: 'Bearer canary', 'x-api-key': 'canary', accept: 'text/csv' },
    });
  });

  it('end after a bound, and are answers for writes', async () => {
    stub.behaviour = (_request, response) =>
      json(response, 302, { at: stub.seen.length }, { location: '/again' });
    expect(output(await call({ uri: stub.origin, redirect: true }))).toEqual({ at: LIMITS.redirectsMax + 1 });
    expect(output(await call({ uri: stub.origin, method: 'POST', redirect: true }))).toEqual({
      at: LIMITS.redirectsMax + 2,
    });
  });

  it('never lead to a refused address', async () => {
    stub.behaviour = (_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
    expect(failed(await call({ uri: stub.origin, redirect: true }))).toMatchObject({
      fate: 'permanent',
      error: { status: 403 },
    });
  });
});
