import { join } from 'node:path';
import { WORKFLOW_ERROR_BASE, type CallOutcome, type CallRequest, type McpCall } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { LIMITS } from '../limits.js';
import { alive } from '../testing/alive.js';
import { HttpStub, json } from '../testing/http-stub.js';
import { TestMcpServer } from '../testing/mcp-server.js';
import { ProtocolBench } from '../testing/protocol-bench.js';
import { callRequest, failed, output } from '../testing/requests.js';

let server: TestMcpServer;
let bench: ProtocolBench;

beforeEach(async () => {
  server = await TestMcpServer.start();
  bench = new ProtocolBench();
});

afterEach(async () => {
  await bench.close();
  await server.stop();
});

function request(call: Partial<McpCall>, about: Partial<CallRequest> = {}): CallRequest {
  const uri = call.process === undefined ? { uri: `${server.origin}/mcp` } : {};
  const input: McpCall = { method: 'tools/list', protocolVersion: '2025-06-18', ...uri, ...call };
  return callRequest({ effect: 'idempotent-write', ...about, target: { kind: 'mcp' }, input });
}

const perform = (...about: Parameters<typeof request>): Promise<CallOutcome> =>
  bench.calls.perform(request(...about));
const tool = (name: string, args?: unknown): Partial<McpCall> => ({
  method: 'tools/call',
  parameters: { name, ...(args === undefined ? {} : { arguments: args }) },
});
const ADD = tool('add', { a: 2, b: 3 });
const error = (kind: string, status: number) => ({ type: WORKFLOW_ERROR_BASE + kind, status });
const FIVE = { content: [{ type: 'text', text: '5' }] };

describe('call: mcp over HTTP', () => {
  it('opens a session, calls the tool with the key of the call, and ends the session', async () => {
    const call = request(ADD);
    expect(output(await bench.calls.perform(call))).toEqual(FIVE);
    expect(server.calls).toEqual([
      {
        args: { a: 2, b: 3 },
        meta: expect.objectContaining({
          'tutti/idempotency-key': call.idempotencyKey,
          traceparent: expect.stringContaining(call.trace.traceId),
        }),
      },
    ]);
    await eventually(
      () => server.sessions.size === 0 && server.requests.some(({ method }) => method === 'DELETE'),
    );
    const bodies = server.requests.filter(({ body }) => body !== '').map(({ body }) => JSON.parse(body));
    expect(bodies.map(({ method }) => method)).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/call',
    ]);
    expect(bodies[0].params).toMatchObject({ protocolVersion: '2025-06-18', clientInfo: { name: 'tutti' } });
  });

  it('records the call after the conventions of MCP, and its exchanges under it', async () => {
    const call = request(ADD);
    await bench.calls.perform(call);
    const { span } = bench;
    expect(span).toMatchObject({ name: 'tools/call add', kind: 'client', status: 'unset' });
    expect(span.parentSpanId).toBe(call.trace.spanId);
    expect(span.attributes).toMatchObject({
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'add',
      'mcp.protocol.version': '2025-06-18',
      'mcp.session.id': expect.any(String),
      'network.transport': 'tcp',
      'server.address': '127.0.0.1',
      'tutti.run.id': call.runId,
    });
    const [exchange] = bench.spans.filter(({ name }) => name === 'POST');
    expect(exchange).toMatchObject({ parentSpanId: span.spanId, traceId: span.traceId });
  });

  it.each<[string, Partial<McpCall>, unknown]>([
    ['tools/list', {}, { tools: expect.arrayContaining([expect.objectContaining({ name: 'add' })]) }],
    ['prompts/list', {}, { prompts: [expect.objectContaining({ name: 'greet' })] }],
    [
      'prompts/get',
      { parameters: { name: 'greet', arguments: { name: 'Ann' } } },
      { messages: [{ role: 'user', content: { type: 'text', text: 'Greet Ann.' } }] },
    ],
    ['resources/list', {}, { resources: [expect.objectContaining({ uri: 'test://readme' })] }],
    [
      'resources/read',
      { parameters: { uri: 'test://readme' } },
      { contents: [expect.objectContaining({ text: 'Read me.' })] },
    ],
    ['resources/templates/list', {}, { resourceTemplates: [] }],
  ])('gives the result of %s', async (method, more, result) => {
    expect(output(await perform({ method, ...more }, { effect: 'read' }))).toMatchObject(result as object);
  });

  it('reads an answer in JSON too', async () => {
    await server.stop();
    server = await TestMcpServer.start({ json: true });
    expect(output(await perform(ADD))).toEqual(FIVE);
  });

  it('speaks the stateless revision when the workflow asks for it', async () => {
    const outcome = await perform({
      ...ADD,
      uri: `${server.origin}/stateless`,
      protocolVersion: '2026-07-28',
    });
    expect(output(outcome)).toMatchObject(FIVE);
    expect(server.requests.some(({ body }) => body.includes('"initialize"'))).toBe(false);
    expect(bench.span.attributes['mcp.protocol.version']).toBe('2026-07-28');
  });

  it('sends the headers, the authorization and the name of the client', async () => {
    const headers = { 'x-tenant': 'acme' };
    const client = { name: 'shop', version: '2' };
    await perform({ headers, authorization: 'Bearer t', client });
    for (const { headers: sent } of server.requests)
      expect(sent).toMatchObject({ 'x-tenant': 'acme', authorization: 'Bearer t' });
    expect(server.requests[0]?.body).toContain('"shop"');
  });

  it('goes where the egress map says', async () => {
    await bench.close();
    bench = new ProtocolBench({ egress: new Map([['https://mcp.example.com', server.origin]]) });
    expect(output(await perform({ ...ADD, uri: 'https://mcp.example.com/mcp' }))).toEqual(FIVE);
  });

  it('stores a large result as an artifact', async () => {
    const result = output(await perform(tool('large')));
    expect(result).toMatchObject({ $artifact: expect.any(String), mediaType: 'application/json' });
    expect(bench.stored).toHaveLength(1);
  });
});

describe('a call: mcp that fails', () => {
  it('has the text of the tool that failed', async () => {
    const outcome = failed(await perform(tool('fail')));
    expect(outcome).toMatchObject({
      fate: 'permanent',
      error: {
        ...error('runtime', 500),
        title: 'The tool "fail" failed',
        detail: 'The printer is out of paper.',
      },
    });
    expect(bench.span).toMatchObject({ status: 'error', attributes: { 'error.type': 'tool_error' } });
  });

  it('is of type runtime when the server answers with an error', async () => {
    const outcome = failed(await perform({ method: 'prompts/get', parameters: { name: 'unknown' } }));
    expect(outcome).toMatchObject({ fate: 'permanent', error: error('runtime', 400) });
    expect(outcome.error.detail).toContain('-32602');
    expect(bench.span.attributes['rpc.response.status_code']).toBe('-32602');
  });

  it.each([
    [401, 'permanent', 'authentication'],
    [403, 'permanent', 'authorization'],
    [404, 'permanent', 'communication'],
    [429, 'transient', 'communication'],
    [503, 'transient', 'communication'],
  ])('has the status %i of the server', async (status, fate, kind) => {
    server.intercept = (_request, _body, response) => {
      json(response, status, { why: 'not now' }, { 'retry-after': '7' });
      return true;
    };
    const outcome = failed(await perform(ADD));
    expect(outcome).toMatchObject({ fate, error: error(kind, status), retryAfterMs: 7_000 });
  });

  it('is told as timed out when the server does not answer in time', async () => {
    const outcome = failed(await perform(tool('hang'), { timeoutMs: 1_000 }));
    expect(outcome).toMatchObject({
      fate: 'transient',
      error: { ...error('timeout', 408), reason: 'timeout' },
    });
  });

  it('is open when it is a write that was sent', async () => {
    server.intercept = (_request, body, response) => {
      if (!body.includes('tools/call')) return false;
      response.destroy();
      return true;
    };
    const outcome = failed(await perform(ADD, { effect: 'write' }));
    expect(outcome).toMatchObject({ fate: 'unknown', error: error('communication', 503) });
  });

  it('is not repeated when it is a write that may have been sent before', async () => {
    const outcome = failed(await perform(ADD, { effect: 'write', redelivered: true }));
    expect(outcome.fate).toBe('unknown');
    expect(server.requests).toEqual([]);
  });

  it('is transient when nobody listens, whatever its effect', async () => {
    const gone = await HttpStub.start();
    const uri = `${gone.origin}/mcp`;
    await gone.stop();
    const outcome = failed(await perform({ ...ADD, uri }, { effect: 'write' }));
    expect(outcome).toMatchObject({ fate: 'transient', error: error('communication', 503) });
  });

  it('is told at once when the answer breaks off', async () => {
    server.intercept = (_request, body, response) => {
      if (!body.includes('tools/call')) return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: message\ndata: {"jsonrpc"', () => response.destroy());
      return true;
    };
    expect(failed(await perform(ADD))).toMatchObject({
      fate: 'transient',
      error: error('communication', 503),
    });
  });

  it('does not reach a private address where those are blocked', async () => {
    await bench.close();
    bench = new ProtocolBench({ blockPrivate: true });
    expect(failed(await perform(ADD))).toMatchObject({
      fate: 'permanent',
      error: error('configuration', 403),
    });
    expect(server.requests).toEqual([]);
  });

  it('does not tell credentials', async () => {
    server.intercept = ({ headers }, _body, response) => {
      json(response, 400, { seen: headers.authorization });
      return true;
    };
    const outcome = failed(await perform({ ...ADD, authorization: 'Bearer canary-token-123' }));
    expect(JSON.stringify([outcome, bench.spans])).not.toContain('canary-token-123');
  });

  it.each(['no address', 'http://ann:secret@127.0.0.1/'])('is refused for the address %s', async (uri) => {
    expect(failed(await perform({ ...ADD, uri }))).toMatchObject({ error: error('configuration', 400) });
  });
});

describe('call: mcp over standard input and output', () => {
  const script = join(import.meta.dirname, '..', 'testing', 'mcp-stdio-server.mjs');
  const started = (environment: Record<string, string>): Partial<McpCall> => ({
    ...tool('env'),
    process: { command: process.execPath, arguments: [script], environment },
  });

  it('is refused unless the operator allowed processes', async () => {
    const outcome = failed(await perform(started({})));
    expect(outcome.error).toMatchObject({ type: `${WORKFLOW_ERROR_BASE}configuration` });
    expect(outcome.error.detail).toContain('--allow-processes');
  });

  it("starts the server with its environment, and without the hub's", async () => {
    bench = new ProtocolBench({ allowProcesses: true });
    process.env.TUTTI_SECRET = 'canary';
    try {
      const result = output(await perform(started({ TEST_MCP_GREETING: 'Hello' })));
      expect(result).toEqual({ content: [{ type: 'text', text: 'Hello nothing else' }] });
    } finally {
      delete process.env.TUTTI_SECRET;
    }
    expect(bench.span.attributes['network.transport']).toBe('pipe');
  });

  it('speaks the stateless revision too', async () => {
    bench = new ProtocolBench({ allowProcesses: true });
    const call = { ...started({ TEST_MCP_GREETING: 'Hi' }), protocolVersion: '2026-07-28' };
    expect(output(await perform(call))).toMatchObject({ content: [{ text: 'Hi nothing else' }] });
  });

  it('ends the server with everything that it started', async () => {
    bench = new ProtocolBench({ allowProcesses: true });
    const result = output(await perform({ ...started({}), ...tool('child') })) as {
      content: { text: string }[];
    };
    await eventually(() => !alive(Number(result.content[0]?.text)), 60_000);
  });

  it('waits for a place among the processes of the host', async () => {
    bench = new ProtocolBench({ allowProcesses: true });
    const { gate } = bench.processes;
    for (let i = 0; i < LIMITS.processesAtOnceMax; i += 1) expect(gate.tryEnter()).toBe(true);
    const late = failed(await perform(started({}), { timeoutMs: 100 }));
    expect(late).toMatchObject({ fate: 'transient', error: { ...error('timeout', 408) } });
    expect(late.error.detail).toContain('for its turn');
    const waits = perform(started({ TEST_MCP_GREETING: 'Hi' }));
    await eventually(() => gate.waiting === 1);
    gate.leave();
    expect(output(await waits)).toMatchObject({ content: [{ text: 'Hi nothing else' }] });
    await eventually(() => gate.running === LIMITS.processesAtOnceMax - 1, 60_000);
  });

  it('is ended with the host', async () => {
    bench = new ProtocolBench({ allowProcesses: true });
    const hangs = perform({ ...started({}), ...tool('hang') }, { timeoutMs: 120_000 });
    await eventually(() => bench.processes.gate.running === 1);
    await bench.processes.children.close();
    expect(failed(await hangs)).toMatchObject({ error: { status: 503 } });
    const late = failed(await perform({ ...started({}), ...tool('hang') }));
    expect(late).toMatchObject({ fate: 'transient', error: { status: 503 } });
    expect(late.error.detail).toContain('The hub is ending');
  });

  it('tells what a server said that ended', async () => {
    bench = new ProtocolBench({ allowProcesses: true });
    const outcome = failed(await perform(started({ TEST_MCP_DIES: 'canary-licence' })));
    expect(outcome).toMatchObject({ fate: 'transient', error: { status: 503 } });
    expect(outcome.error.detail).toContain('no licence for [redacted]');
  });

  it('tells of a command that does not exist', async () => {
    bench = new ProtocolBench({ allowProcesses: true });
    const call = { ...tool('env'), process: { command: 'no-such-command', arguments: [], environment: {} } };
    const outcome = failed(await perform(call));
    expect(outcome).toMatchObject({ error: { type: `${WORKFLOW_ERROR_BASE}communication`, status: 503 } });
    expect(outcome.error.detail).toContain('no-such-command');
  });
});
