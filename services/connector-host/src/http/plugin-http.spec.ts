import { WORKFLOW_ERROR_BASE } from '@tutti/contracts';
import { HttpStub, json } from '../testing/http-stub.js';
import { capabilityRequest, failed, output } from '../testing/requests.js';
import { CANARY, TestHub } from '../testing/test-plugin.js';

const hub = TestHub.use();

describe('the HTTP port', () => {
  it('adds base address, credentials, query and trace', async () => {
    const request = capabilityRequest('util.fetch', { path: '/contacts' });
    hub.stub.behaviour = (_request, response) => json(response, 200, [1]);
    expect(output((await hub.host.host.executor.execute(request)).outcome)).toEqual({ value: [1] });
    expect(hub.stub.last.url).toBe('/api/contacts?q=a+b&many=1&many=2');
    expect(hub.stub.last.headers.authorization).toBe(`Bearer ${CANARY}`);
    const http = hub.host.spans.find(({ name }) => name === 'GET');
    expect(hub.stub.last.headers.traceparent).toBe(`00-${request.trace.traceId}-${http?.spanId}-01`);
  });

  it('refuses hosts that are not declared, also by redirect', async () => {
    const { fate, error } = failed(await hub.host.call('util.fetch', { path: 'http://127.0.0.1:1/' }));
    expect({ fate, status: error.status }).toEqual({ fate: 'permanent', status: 403 });
    const other = await HttpStub.start();
    hub.stub.behaviour = (_request, response) => response.writeHead(302, { location: other.origin }).end();
    expect(failed(await hub.host.call('util.fetch', { path: '/' })).error.title).toContain('declared hosts');
    expect(other.seen).toHaveLength(0);
    await other.stop();
  });

  it('gives its credentials to no other declared host', async () => {
    const other = await HttpStub.start();
    await hub.host.connect('util-test', { baseUrl: hub.stub.origin, token: CANARY, other: other.host });
    output(await hub.host.call('util.fetch', { path: `${other.origin}/direct` }));
    expect(other.last.headers.authorization).toBeUndefined();
    hub.stub.behaviour = (_request, response) =>
      response.writeHead(307, { location: `${other.origin}/moved` }).end();
    output(await hub.host.call('util.fetch', { path: '/' }));
    expect(other.last.url).toBe('/moved');
    expect(other.last.headers.authorization).toBeUndefined();
    await other.stop();
  });

  it('records a reply that cannot be read as one exchange', async () => {
    hub.stub.behaviour = (_request, response) => json(response, 200, {}, { 'content-encoding': 'gzip' });
    const { error } = failed(await hub.host.call('util.fetch', { path: '/' }));
    expect(error.title).toContain('The gzip reply is broken.');
    expect(hub.host.spans.map(({ name }) => name)).toEqual(['GET', 'call util.fetch']);
  });

  it.each([
    [400, 'permanent', 'rejected'],
    [401, 'permanent', 'rejected'],
    [404, 'permanent', 'rejected'],
    [408, 'transient', 'timeout'],
    [429, 'transient', 'throttled'],
    [500, 'transient', 'unavailable'],
    [503, 'transient', 'unavailable'],
  ])('takes status %i for %s', async (status, fate, reason) => {
    hub.stub.behaviour = (_request, response) =>
      json(response, status, { why: 'because' }, { 'retry-after': '2' });
    const found = failed(await hub.host.call('util.fetch', { path: '/' }));
    expect(found).toMatchObject({
      fate,
      error: { type: `${WORKFLOW_ERROR_BASE}communication`, status, reason, reply: { why: 'because' } },
    });
    expect(found.retryAfterMs).toBe(fate === 'transient' ? 2000 : undefined);
  });
});
