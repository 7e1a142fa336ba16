import { WORKFLOW_ERROR_BASE, type A2aCall, type CallOutcome, type CallRequest } from '@tutti/contracts';
import { HttpStub, json } from '../testing/http-stub.js';
import { TestA2aServer } from '../testing/a2a-server.js';
import { ProtocolBench } from '../testing/protocol-bench.js';
import { callRequest, failed, output } from '../testing/requests.js';

let server: TestA2aServer;
let bench: ProtocolBench;

beforeEach(async () => {
  server = await TestA2aServer.start();
  bench = new ProtocolBench();
});

afterEach(async () => {
  await bench.close();
  await server.stop();
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const HELLO = { message: { parts: [{ kind: 'text', text: 'hello' }] } };

function request(call: Partial<A2aCall> = {}, about: Partial<CallRequest> = {}): CallRequest {
  const where = call.document === undefined && call.uri === undefined ? { document: card('old') } : {};
  const input: A2aCall = { method: 'message/send', parameters: HELLO, ...where, ...call };
  return callRequest({ effect: 'idempotent-write', ...about, target: { kind: 'a2a' }, input });
}

const card = (which: 'old' | 'new') => ({ uri: `${server.origin}/${which}-card.json` });
const perform = (...about: Parameters<typeof request>): Promise<CallOutcome> =>
  bench.calls.perform(request(...about));
const error = (kind: string, status: number) => ({ type: WORKFLOW_ERROR_BASE + kind, status });

describe('call: a2a', () => {
  it('reads the card, and sends a message that all attempts give the same id', async () => {
    const call = request();
    expect(output(await bench.calls.perform(call))).toMatchObject({
      kind: 'task',
      status: { state: 'completed' },
      artifacts: [{ parts: [{ kind: 'text', text: 'Echo: hello' }] }],
    });
    await bench.calls.perform({ ...call, attempt: 2, redelivered: true });
    expect(server.seen.map(({ url }) => url)).toEqual(['/old-card.json', '/v0', '/v0']);
    const [one, two] = server.asked.map(({ body }) => body.params?.message);
    expect(one).toMatchObject({ role: 'user', kind: 'message', messageId: expect.stringMatching(UUID) });
    expect(two?.messageId).toBe(one?.messageId);
  });

  it('keeps what the workflow says of the message', async () => {
    await perform({ parameters: { message: { ...HELLO.message, messageId: 'm-1', contextId: 'c-1' } } });
    expect(server.asked[0]?.body.params?.message).toMatchObject({ messageId: 'm-1', contextId: 'c-1' });
  });

  it('speaks A2A 1.0 with an agent whose card says so', async () => {
    expect(output(await perform({ document: card('new') }))).toMatchObject({
      task: { status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'Echo: hello' }] }] },
    });
    const [{ headers, body }] = server.asked as [TestA2aServer['seen'][0]];
    expect(headers['a2a-version']).toBe('1.0');
    expect(body).toMatchObject({
      method: 'SendMessage',
      params: { message: { role: 'ROLE_USER', parts: [{ text: 'hello' }] } },
    });
  });

  it.each<['old' | 'new', string]>([
    ['old', '"state":"completed"'],
    ['new', '"state":"TASK_STATE_COMPLETED"'],
  ])('collects the events of a stream of an %s agent', async (which, last) => {
    const events = output(await perform({ method: 'message/stream', document: card(which) })) as unknown[];
    expect(events.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(events.at(-1))).toContain(last);
    expect(server.asked[0]?.headers.accept).toBe('text/event-stream');
  });

  it('stops to listen after the final event, also when the stream stays open', async () => {
    server.intercept = (url, response) => {
      if (url !== '/v0') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"result":{"kind":"status-update","final":true}}\n\n');
      return true;
    };
    expect(output(await perform({ method: 'message/stream' }))).toEqual([
      { kind: 'status-update', final: true },
    ]);
  });

  it('finds a task again, with a server in the place of a card', async () => {
    const { id } = output(await perform()) as { id: string };
    const uri = `${server.origin}/v0`;
    const task = await perform(
      { method: 'tasks/get', parameters: { id }, uri, authorization: 'Bearer t' },
      { effect: 'read' },
    );
    expect(output(task)).toMatchObject({ id, status: { state: 'completed' } });
    expect(server.asked.at(-1)?.headers).toMatchObject({ authorization: 'Bearer t' });
    expect(server.asked.at(-1)?.headers['idempotency-key']).toBeUndefined();
  });

  it('hands the credentials of a card to its own origin only', async () => {
    const authorization = 'Bearer canary';
    const other = await HttpStub.start();
    other.behaviour = (_request, response) => json(response, 200, { name: 'x', url: `${server.origin}/v0` });
    await perform({ document: { ...card('old'), authorization } });
    await perform({ document: { uri: `${other.origin}/card.json`, authorization } });
    await other.stop();
    expect(other.last.headers.authorization).toBe(authorization);
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([authorization, undefined]);
  });

  it('records the call', async () => {
    const call = request();
    await bench.calls.perform(call);
    expect(bench.span).toMatchObject({
      name: 'invoke_agent',
      kind: 'client',
      parentSpanId: call.trace.spanId,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'old',
        'rpc.method': 'message/send',
        'rpc.response.status_code': 'OK',
        'server.address': '127.0.0.1',
      },
    });
    expect(bench.spans.filter(({ parentSpanId }) => parentSpanId === bench.span.spanId)).toHaveLength(2);
  });
});

describe('a call: a2a that fails', () => {
  it('is of type runtime when the agent answers with an error', async () => {
    const outcome = failed(await perform({ method: 'tasks/get', parameters: { id: 'nobody' } }));
    expect(outcome).toMatchObject({ fate: 'permanent', error: error('runtime', 400) });
    expect(outcome.error.detail).toContain('-32001');
    expect(bench.span.attributes['error.type']).toBe('-32001');
  });

  it.each([
    [401, 'permanent', 'authentication'],
    [503, 'transient', 'communication'],
  ])('has the status %i of the server', async (status, fate, kind) => {
    server.intercept = (url, response) => {
      if (url === '/v0') json(response, status, { why: 'not now' });
      return url === '/v0';
    };
    expect(failed(await perform())).toMatchObject({ fate, error: error(kind, status) });
  });

  it.each([
    ['text/plain', 'no JSON', 'broken JSON'],
    ['application/json', '{}', 'neither a result nor an error'],
    ['text/event-stream', ': nothing\n\n', 'ended without an event'],
  ])('is told when its answer is %s: %s', async (type, body, detail) => {
    server.intercept = (url, response) => {
      if (url === '/v0') response.writeHead(200, { 'content-type': type }).end(body);
      return url === '/v0';
    };
    const outcome = failed(await perform());
    expect(outcome).toMatchObject({ fate: 'permanent', error: error('communication', 502) });
    expect(outcome.error.detail).toContain(detail);
  });

  it('is open when it is a write whose stream broke off', async () => {
    server.intercept = (url, response) => {
      if (url !== '/v0') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"result":1}\n\n', () => response.destroy());
      return true;
    };
    const asked = { method: 'message/stream' };
    expect(failed(await perform(asked))).toMatchObject({
      fate: 'transient',
      error: error('communication', 503),
    });
    expect(failed(await perform(asked, { effect: 'write' })).fate).toBe('unknown');
  });

  it.each([
    ['no card', 'message {', 'It is no agent card'],
    ['a list', '[]', 'does not speak JSON-RPC'],
    ['an agent of gRPC', '{"url":"http://x/","preferredTransport":"GRPC"}', 'JSON-RPC, but GRPC'],
  ])('for %s asks nobody', async (_what, text, detail) => {
    server.intercept = (_url, response) => {
      response.end(text);
      return true;
    };
    const outcome = failed(await perform({}, { effect: 'write' }));
    expect(outcome).toMatchObject({ fate: 'permanent', effect: 'read', error: error('configuration', 400) });
    expect(outcome.error.detail).toContain(detail);
    expect(server.asked).toEqual([]);
  });
});
