import { HttpStub, json } from '../testing/http-stub.js';
import { failed, output } from '../testing/requests.js';
import { TestHub, answering } from '../testing/test-plugin.js';

const hub = TestHub.use();

describe('a write', () => {
  const sendTo = (behaviour: HttpStub['behaviour']) => {
    hub.stub.behaviour = behaviour;
  };

  it.each([
    [
      'its reply is lost',
      'nothing',
      (_request: unknown, response: { socket: { destroy(): void } | null }) => response.socket?.destroy(),
    ],
    ['the server fails inside', 'nothing', answering(500, {})],
    ['its reply breaks the schema', 'nothing', answering(200, { id: 5 })],
    ['the plugin crashes after it', 'crash', answering(200, { id: 'a' })],
    ['the plugin gives a wrong output after it', 'wrong', answering(200, { id: 'a' })],
    ['the deadline comes after it', 'hang', answering(200, { id: 'a' })],
  ])('is unknown when %s', async (_title, then, behaviour) => {
    sendTo(behaviour as HttpStub['behaviour']);
    // Long enough for a busy machine to send the request, and short only where it is to run out.
    const timeoutMs = then === 'hang' ? 1_000 : 30_000;
    const { fate, error } = failed(
      await hub.host.call('util.send', { then }, { effect: 'write', timeoutMs }),
    );
    expect(fate).toBe('unknown');
    expect(error.detail).toContain('may have taken effect');
    expect(hub.stub.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it.each([
    [400, 'permanent'],
    [409, 'permanent'],
    [429, 'transient'],
    [503, 'transient'],
  ] as const)('did not happen when the server answers %i', async (status, fate) => {
    sendTo(answering(status, {}));
    expect(failed(await hub.host.call('util.send', {}, { effect: 'write' })).fate).toBe(fate);
  });

  it('succeeds when the other system finds it after its answer was lost', async () => {
    sendTo((request, response) =>
      request.method === 'POST' ? response.socket?.destroy() : json(response, 200, { id: 'found' }),
    );
    expect(
      output(await hub.host.call('util.send-and-ask', {}, { effect: 'write', idempotencyKey: 'k1' })),
    ).toEqual({ id: 'found' });
    expect(hub.stub.last.url).toBe('/api/things?key=k1');
  });

  it('may be repeated when the other system says it did not happen', async () => {
    sendTo((request, response) =>
      request.method === 'POST' ? response.socket?.destroy() : json(response, 200, { id: null }),
    );
    expect(failed(await hub.host.call('util.send-and-ask', {}, { effect: 'write' })).fate).toBe('transient');
  });

  it('after a crash is looked up first, and made only when it did not happen', async () => {
    sendTo((request, response) => json(response, 200, { id: request.method === 'GET' ? 'before' : 'new' }));
    const again = { effect: 'write', redelivered: true } as const;
    expect(output(await hub.host.call('util.send-and-ask', {}, again))).toEqual({ id: 'before' });
    expect(hub.stub.seen.map(({ method }) => method)).toEqual(['GET']);
    sendTo((request, response) => json(response, 200, { id: request.method === 'GET' ? null : 'new' }));
    expect(output(await hub.host.call('util.send-and-ask', {}, again))).toEqual({ id: 'new' });
  });

  it('after a crash is unknown when nobody can tell, and nothing is sent', async () => {
    const again = { effect: 'write', redelivered: true } as const;
    expect(failed(await hub.host.call('util.send', {}, again)).fate).toBe('unknown');
    expect(hub.stub.seen).toHaveLength(0);
    sendTo(answering(500, {}));
    expect(failed(await hub.host.call('util.send-and-ask', {}, again)).fate).toBe('unknown');
    expect(hub.stub.seen.map(({ method }) => method)).toEqual(['GET']);
  });

  it('over a connection of the plugin is open from when the plugin says so', async () => {
    const call = (sent: boolean) => hub.host.call('util.send-itself', { sent }, { effect: 'write' });
    expect(failed(await call(false)).fate).toBe('transient');
    expect(failed(await call(true)).fate).toBe('unknown');
  });
});
