import { eventually } from '@tutti/testing';
import { endLeftDatabase, HubProcess, temporaryFolder } from './testing/hub-process.js';
import { ProtocolServers } from './testing/protocol-servers.js';

interface Run {
  status: string;
  output: { result?: unknown };
  error?: unknown;
  children: { id: string; status: string }[];
}

const PATIENCE_MS = 120_000;
/** What each kind of task gives; what is called is told apart by its server. */
const RESULTS: Record<string, unknown> = {
  mcp: { content: [{ type: 'text', text: '5' }] },
  grpc: expect.objectContaining({ orderId: 'o-1' }),
  a2a: expect.objectContaining({ status: expect.objectContaining({ state: 'completed' }) }),
  publish: { ok: 'publish' },
  subscribe: [expect.objectContaining({ payload: 1 }), expect.objectContaining({ payload: 2 })],
  each: ['each', 'each'],
  script: 'scripted\n',
  child: { ok: 'child' },
  write: { ok: 'write' },
  listen: [{ n: 7 }],
};
const KINDS = Object.keys(RESULTS);
const CALLED = KINDS.filter((kind) => kind !== 'listen');
/** Those that may be repeated, with the key of the first try. */
const REPEATED = ['mcp', 'grpc', 'a2a', 'publish', 'child'];

describe('workflows that speak every protocol, in a hub that is killed', () => {
  const folder = temporaryFolder();
  let servers: ProtocolServers;
  let hub: HubProcess;

  beforeAll(async () => {
    servers = await ProtocolServers.start();
    hub = await HubProcess.start(folder.path);
    await apply('sub', `- ask: ${servers.noted('child')}`);
    for (const [kind, task] of Object.entries(servers.tasks))
      await apply(
        kind,
        `- before: ${servers.noted('before')}\n- it: ${task}\n- after: { set: { result: '\${ . }' } }`,
      );
  }, PATIENCE_MS);

  afterAll(async () => {
    await hub?.end('SIGTERM');
    await endLeftDatabase(folder.path);
    await servers?.stop();
    folder.remove();
  });

  async function apply(name: string, tasks: string): Promise<void> {
    const text = `
document: { dsl: '1.0.3', namespace: protocols, name: ${name}, version: '1.0.0' }
do:
${tasks}`;
    const { status, body } = await hub.call('PUT', '/v1/workflows', { text });
    expect([name, status, body]).toEqual([name, 200, expect.anything()]);
  }

  /** Starts a run of each kind; their ids by the kind. */
  async function startAll(): Promise<Record<string, string>> {
    const ids: Record<string, string> = {};
    for (const kind of KINDS) {
      const { status, body } = await hub.call('POST', `/v1/workflows/protocols/${kind}/runs`, { body: {} });
      expect(status).toBe(202);
      ids[kind] = String(body?.id);
    }
    return ids;
  }

  const runOf = async (id: string) => (await hub.call('GET', `/v1/runs/${id}`)).body as unknown as Run;

  /** Sends the signal that the run waits for. */
  async function signal(id: string): Promise<void> {
    await eventually(async () => (await runOf(id)).status === 'waiting', PATIENCE_MS);
    const event = { type: 'go', data: { n: 7 } };
    expect((await hub.call('POST', `/v1/runs/${id}/events`, { body: event })).status).toBe(202);
  }

  async function expectEnds(ids: Record<string, string>): Promise<void> {
    for (const kind of KINDS) {
      const run = await eventually(async () => {
        const found = await runOf(ids[kind] ?? '');
        return ['completed', 'faulted', 'cancelled'].includes(found.status) ? found : undefined;
      }, PATIENCE_MS);
      expect({ kind, ...run }).toMatchObject({
        kind,
        status: 'completed',
        output: { result: RESULTS[kind] },
      });
    }
  }

  /** A person says that the write happened, which nobody else can know. */
  async function decide(runId: string): Promise<void> {
    const review = await eventually(async () => {
      const { body } = await hub.call('GET', `/v1/reviews?status=open&runId=${runId}`);
      return (body as unknown as { items: { id: string }[] }).items[0];
    }, PATIENCE_MS);
    const { body } = await hub.call('GET', `/v1/reviews/${review.id}`);
    const data = { happened: true, answer: { ok: 'write' } };
    const decision = { decision: 'approve', token: (body as unknown as { token: string }).token, data };
    const answer = await hub.call('POST', `/v1/reviews/${review.id}/decision`, { body: decision });
    expect(answer).toMatchObject({ status: 200 });
  }

  it('ends every run, and what was done before the kill is not done again', async () => {
    const undisturbed = await startAll();
    await signal(String(undisturbed.listen));
    await expectEnds(undisturbed);
    const asked = Object.fromEntries(KINDS.map((kind) => [kind, servers.keysOf(kind).length]));

    servers.holds = true;
    const killed = await startAll();
    await eventually(async () => (await runOf(String(killed.listen))).status === 'waiting', PATIENCE_MS);
    for (const kind of CALLED)
      await eventually(() => servers.keysOf(kind).length > Number(asked[kind]), PATIENCE_MS);
    await hub.end('SIGKILL');
    servers.holds = false;
    hub = await HubProcess.start(folder.path);
    await signal(String(killed.listen));
    await decide(String(killed.write));
    await expectEnds(killed);

    expect(new Set(servers.keysOf('before')).size).toBe(2 * KINDS.length);
    expect(servers.keysOf('before')).toHaveLength(2 * KINDS.length);
    for (const kind of REPEATED) expect([kind, new Set(servers.keysOf(kind)).size]).toEqual([kind, 2]);
    for (const kind of REPEATED) expect(servers.keysOf(kind).length).toBeGreaterThanOrEqual(3);
    expect(new Set(servers.keysOf('each')).size).toBe(4);
    expect(servers.keysOf('stream')).toHaveLength(2);
    expect(servers.keysOf('write')).toHaveLength(2);
    expect((await runOf(String(killed.child))).children).toHaveLength(1);
  }, 400_000);

  it('gives a tool of the MCP server its result when the hub was killed under its call', async () => {
    const text = `
document:
  dsl: '1.0.3'
  namespace: protocols
  name: tool
  version: '1.0.0'
  metadata: { tutti: { mcp: true } }
do:
- it: { listen: { to: { one: { with: { type: go } } } } }
- after: { set: { result: '\${ . }' } }`;
    expect((await hub.call('PUT', '/v1/workflows', { text })).status).toBe(200);
    const lost = callTool(hub, 'protocols_tool').catch(() => 'lost');
    const runId = await eventually(async () => {
      const { body } = await hub.call('GET', '/v1/runs?workflow=protocols/tool&status=waiting');
      return (body as unknown as { items: { id: string }[] }).items[0]?.id;
    }, PATIENCE_MS);
    await hub.end('SIGKILL');
    expect(await lost).toBe('lost');
    hub = await HubProcess.start(folder.path);
    await signal(runId);
    expect(await callTool(hub, 'protocols_tool')).toMatchObject({
      result: { structuredContent: { result: [{ n: 7 }] }, _meta: { 'tutti/run-id': runId } },
    });
  }, 400_000);
});

/** Calls a tool of the hub without a session; with the same key each time, so it is one call. */
async function callTool(hub: HubProcess, name: string): Promise<unknown> {
  const protocol = 'io.modelcontextprotocol';
  const revision = '2026-07-28';
  const _meta = {
    [`${protocol}/protocolVersion`]: revision,
    [`${protocol}/clientInfo`]: { name: 'e2e', version: '1' },
    [`${protocol}/clientCapabilities`]: {},
    'tutti/idempotency-key': 'once',
  };
  const answer = await fetch(`${hub.api}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hub.token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': revision,
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: {}, _meta },
    }),
  });
  return answer.json();
}
