import type { CallToolResult, Client } from '@modelcontextprotocol/client';
import type { RunAccepted } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { endRunWith, ownRuns, tellChange } from '../testing/ended-runs.js';
import { applyWorkflow, openReview } from '../testing/fixtures.js';
import { McpClients, STATELESS } from '../testing/mcp-clients.js';

const REVISIONS = ['2025-06-18', STATELESS];
type Result = CallToolResult & { content: { type: string; text: string }[] };

let api: ApiHarness;
/** What becomes of runs that are accepted. */
let own: (run: RunAccepted) => Promise<void>;
/** What becomes of runs whose review was decided, or that were cancelled. */
let commanded: (runId: string, command: { kind: string }) => Promise<void>;
const clients = new McpClients();

beforeAll(async () => {
  api = await ApiHarness.start({ config: { mcpWaitSecondsMax: 30 } });
  ownRuns(api, async (message) => {
    if (message.kind === 'run.accepted') await own(message);
    if (message.kind === 'run.commanded') await commanded(message.runId, message.command);
  });
});
afterAll(() => api.close());
beforeEach(() => {
  own = async ({ runId, input }) => endRunWith(api, runId, { output: { got: input } });
  commanded = async (runId, { kind }) =>
    endRunWith(api, runId, kind === 'cancel' ? { status: 'cancelled' } : { output: { decided: true } });
});
afterEach(async () => {
  await clients.close();
});

const connect = (revision: string, more: { answer?: Record<string, unknown>; of?: ApiHarness } = {}) =>
  clients.connect(revision, { answer: more.answer, of: more.of ?? api });
const toolOf = (name: string) => `test_${name}`;
const call = async (client: Client, name: string, args: unknown, more: object = {}) =>
  (await client.callTool({ name, arguments: args as never, ...more })) as Result;
const MARKED = { metadata: '{ tutti: { mcp: true } }' };

describe.each(REVISIONS)('the hub as an MCP server of revision %s', (revision) => {
  it('offers the workflows that say so, with their schemas', async () => {
    const [marked, silent] = [await applyWorkflow(api, MARKED), await applyWorkflow(api)];
    const { tools } = await (await connect(revision)).listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain(toolOf(marked));
    expect(names).not.toContain(toolOf(silent));
    expect(tools.find(({ name }) => name === toolOf(marked))).toMatchObject({
      title: `Title of ${marked}`,
      inputSchema: { type: 'object', required: ['amount'] },
      _meta: { 'tutti/workflow': `test/${marked}` },
    });
  });

  it('runs a workflow and gives its output as a value and as text', async () => {
    const name = await applyWorkflow(api, MARKED);
    const result = await call(await connect(revision), toolOf(name), { amount: 3 });
    expect(result.structuredContent).toEqual({ got: { amount: 3 } });
    expect(result.content).toEqual([{ type: 'text', text: '{"got":{"amount":3}}' }]);
    const [run] = await api.query<{ id: string; trigger: string }>(
      'SELECT r.id, r.trigger FROM runs r JOIN workflows w ON w.id = r.workflow_id WHERE w.name = $1',
      [name],
    );
    expect(run).toMatchObject({ trigger: 'mcp', id: result._meta?.['tutti/run-id'] });
    const events = await api.query<{ action: string; after: string }>(
      'SELECT action, after FROM audit_events WHERE target = $1',
      [`run:${run?.id}`],
    );
    expect(events.map(({ action }) => action)).toEqual(['run.started-by-tool']);
    const assets = await api.call<{ items: unknown[] }>('GET', '/v1/inventory?kind=application&q=desk');
    expect(assets.body.items).toEqual([expect.objectContaining({ name: 'desk', managed: true })]);
  });

  it('tells the model what is wrong with its input, and how a run failed', async () => {
    const name = await applyWorkflow(api, MARKED);
    const client = await connect(revision);
    const refused = await call(client, toolOf(name), { amount: -1 });
    expect(refused.isError).toBe(true);
    expect(refused.content[0]?.text).toContain('/amount');
    own = async ({ runId }) =>
      endRunWith(api, runId, {
        error: { type: 'x', title: 'No paper', status: 500, detail: 'Fill the tray.' },
      });
    const failed = await call(client, toolOf(name), { amount: 1 });
    expect(failed).toMatchObject({ isError: true, content: [{ text: 'No paper: Fill the tray.' }] });
    await expect(call(client, 'nobody', {})).rejects.toThrow('There is no tool "nobody".');
  });

  it('starts one run for calls with the same key', async () => {
    const name = await applyWorkflow(api, MARKED);
    const client = await connect(revision);
    const _meta = { 'tutti/idempotency-key': `key-${name}` };
    const first = await call(client, toolOf(name), { amount: 1 }, { _meta });
    const second = await call(client, toolOf(name), { amount: 1 }, { _meta });
    expect(second._meta?.['tutti/run-id']).toBe(first._meta?.['tutti/run-id']);
  });

  it('asks the person in front of the client for the decision of a review', async () => {
    const name = await applyWorkflow(api, MARKED);
    own = async ({ runId }) => {
      await openReview(api, { name, runId });
      await tellChange(api, runId, 'waiting');
    };
    const answer = { action: 'accept', content: { decision: 'approve', data_total: '13.00' } };
    const result = await call(await connect(revision, { answer }), toolOf(name), { amount: 1 });
    expect(result.structuredContent).toEqual({ decided: true });
    expect(clients.asked.at(-1)?.message).toContain('Check the invoice');
    expect(Object.keys(clients.asked.at(-1)?.requestedSchema.properties ?? {})).toEqual([
      'decision',
      'comment',
      'data_number',
      'data_total',
    ]);
    const [review] = await api.query<{ status: string; decision: string }>(
      'SELECT status, decision FROM reviews WHERE run_id = $1',
      [result._meta?.['tutti/run-id']],
    );
    expect(review?.status).toBe('approved');
    expect(JSON.parse(review?.decision ?? '')).toMatchObject({ data: { number: 'A-1', total: '13.00' } });
  });

  it('leaves a review open whose question was declined', async () => {
    const name = await applyWorkflow(api, MARKED);
    own = async ({ runId }) => {
      await openReview(api, { name, runId });
      await tellChange(api, runId, 'waiting');
    };
    const client = await connect(revision, { answer: { action: 'decline' } });
    const result = await call(client, toolOf(name), { amount: 1 });
    expect(result.isError).toBe(true);
    expect(result.content[0]?.text).toMatch(/still waits for its review: .*\/reviews\//);
  });

  it('cancels the run when the client cancels the call', async () => {
    const name = await applyWorkflow(api, MARKED);
    const cancelled: string[] = [];
    let accepted: string | undefined;
    own = ({ runId }) => {
      accepted = runId;
      return Promise.resolve();
    };
    commanded = async (runId, { kind }) => {
      if (kind === 'cancel') cancelled.push(runId);
      await endRunWith(api, runId, { status: 'cancelled' });
    };
    const client = await connect(revision);
    const abort = new AbortController();
    const asking = client.callTool(
      { name: toolOf(name), arguments: { amount: 1 } },
      { signal: abort.signal },
    );
    asking.catch(() => undefined);
    await eventually(() => accepted !== undefined);
    abort.abort();
    await expect(asking).rejects.toThrow();
    await eventually(() => cancelled.length === 1);
    expect(cancelled).toEqual([accepted]);
  });
});

it('gives the result of a run that was left before its end', async () => {
  const name = await applyWorkflow(api, MARKED);
  const first = await call(await connect(STATELESS), toolOf(name), { amount: 7 });
  const runId = first._meta?.['tutti/run-id'];
  const again = await call(await connect(STATELESS), 'tutti_run_result', { runId });
  expect(again.structuredContent).toEqual({ got: { amount: 7 } });
});

it('keeps workspaces apart', async () => {
  const name = await applyWorkflow(api, MARKED);
  const first = await call(await connect(STATELESS), toolOf(name), { amount: 7 });
  const token = await api.tokenOf('other');
  await applyWorkflow(api, { ...MARKED, token });
  const other = await connect(STATELESS, { of: { url: api.url, token } as ApiHarness });
  expect((await other.listTools()).tools.map((tool) => tool.name)).not.toContain(toolOf(name));
  const stolen = await call(other, 'tutti_run_result', { runId: first._meta?.['tutti/run-id'] });
  expect(stolen).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('There is no run') }],
  });
});

it('refuses callers without a token, and pages of other sites', async () => {
  const body = { jsonrpc: '2.0', id: 1, method: 'ping' };
  expect((await api.call('POST', '/mcp', { token: null, body })).status).toBe(401);
  const foreign = await api.call('POST', '/mcp', { body, headers: { origin: 'https://evil.example.com' } });
  expect(foreign.status).toBe(403);
});
