import { eventually } from '@tutti/testing';
import type { Client } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { ApiHarness } from '../../testing/api-harness.js';
import { endRunWith, ownRuns, tellChange } from '../../testing/ended-runs.js';
import { applyWorkflow, openReview } from '../../testing/fixtures.js';
import { McpClients, STATELESS } from '../../testing/mcp-clients.js';

const WITH_TASKS = '2025-11-25';
const EXTENSION = 'io.modelcontextprotocol/tasks';
const MARKED = { metadata: '{ tutti: { mcp: true } }' };
const ONLY_TASKS = { metadata: '{ tutti: { mcp: { task: required } } }' };
const NO_TASKS = { metadata: '{ tutti: { mcp: { task: forbidden } } }' };
const APPROVED = { action: 'accept', content: { decision: 'approve' } };

type Said = Record<string, unknown> & { taskId: string; status: string };
interface Reply {
  result?: Said;
  error?: { code: number; data?: unknown };
}

let api: ApiHarness;
/** Another process of the same hub. */
let other: ApiHarness;
const clients = new McpClients();

beforeAll(async () => {
  api = await ApiHarness.start({ config: { mcpTaskAfterMs: 0 } });
  other = await ApiHarness.start({ beside: api });
  for (const process of [api, other])
    ownRuns(process, async (message) => {
      if (message.kind !== 'run.commanded') return;
      const cancelled = message.command.kind === 'cancel';
      await endRunWith(
        process,
        message.runId,
        cancelled ? { status: 'cancelled' } : { output: { decided: 1 } },
      );
    });
});
afterEach(() => clients.close());
afterAll(async () => {
  await other.close();
  await api.close();
});

/** A request of the revision 2026-07-28. */
async function ask(
  method: string,
  params: Record<string, unknown>,
  { of = api, token = api.token, capabilities = {} as object } = {},
): Promise<Reply> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': STATELESS,
    'io.modelcontextprotocol/clientInfo': { name: 'desk', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {
      elicitation: { form: {} },
      extensions: { [EXTENSION]: {} },
      ...capabilities,
    },
  };
  const { body } = await of.call<Reply>('POST', '/mcp', {
    token,
    body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    headers: {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': STATELESS,
      'mcp-method': method,
      'mcp-name': String(params.name ?? params.taskId),
    },
  });
  const text = (body as { text?: string }).text;
  const data = text === undefined ? undefined : /^data: (\{.*"id":1.*\})$/m.exec(text)?.[1];
  return data === undefined ? (body as Reply) : (JSON.parse(data) as Reply);
}

const WITHOUT = { capabilities: { extensions: {} } };
const toolCall = (name: string) => ({ name: `test_${name}`, arguments: { amount: 1 } });
const started = async (name: string) => (await ask('tools/call', toolCall(name))).result as Said;

async function askReview(name: string, runId: string): Promise<string> {
  const { id } = await openReview(api, { name, runId });
  await tellChange(api, runId, 'waiting');
  return id;
}

describe('tasks of the revision 2026-07-28', () => {
  it('are runs, which every process of the hub knows', async () => {
    const task = await started(await applyWorkflow(api, MARKED));
    expect(task).toMatchObject({ resultType: 'task', status: 'working', ttlMs: null, pollIntervalMs: 1000 });
    const { taskId } = task;
    expect((await ask('tasks/get', { taskId }, { of: other })).result).toMatchObject({ status: 'working' });
    await endRunWith(api, taskId, { output: { paid: true } });
    expect((await ask('tasks/get', { taskId }, { of: other })).result).toMatchObject({
      resultType: 'complete',
      status: 'completed',
      result: { structuredContent: { paid: true }, _meta: { 'tutti/run-id': taskId } },
    });
  });

  it('require input while their run waits for a person, and go on with the decision', async () => {
    const name = await applyWorkflow(api, MARKED);
    const { taskId } = await started(name);
    const reviewId = await askReview(name, taskId);
    const waiting = (await ask('tasks/get', { taskId })).result;
    expect(waiting).toMatchObject({
      status: 'input_required',
      inputRequests: { [reviewId]: { method: 'elicitation/create' } },
    });
    const declined = { taskId, inputResponses: { [reviewId]: { action: 'decline' } } };
    expect((await ask('tasks/update', declined)).result).toMatchObject({ resultType: 'complete' });
    expect((await ask('tasks/get', { taskId })).result).toMatchObject({ status: 'input_required' });
    await ask('tasks/update', { taskId, inputResponses: { [reviewId]: APPROVED } }, { of: other });
    await eventually(async () => (await ask('tasks/get', { taskId })).result?.status === 'completed');
    const [review] = await api.query<{ status: string }>('SELECT status FROM reviews WHERE id = $1', [
      reviewId,
    ]);
    expect(review?.status).toBe('approved');
  });

  it('take no answer to the review of another run', async () => {
    const name = await applyWorkflow(api, MARKED);
    const [mine, foreign] = [await started(name), await started(name)];
    const reviewId = await askReview(name, foreign.taskId);
    await ask('tasks/update', { taskId: mine.taskId, inputResponses: { [reviewId]: APPROVED } });
    expect((await ask('tasks/get', { taskId: foreign.taskId })).result?.status).toBe('input_required');
  });

  it('are of one workspace, and for clients that know them', async () => {
    const { taskId } = await started(await applyWorkflow(api, MARKED));
    const token = await api.tokenOf('elsewhere');
    expect((await ask('tasks/get', { taskId }, { token })).error?.code).toBe(-32_602);
    expect((await ask('tasks/get', { taskId }, WITHOUT)).error?.code).toBe(-32_021);
    expect((await ask('tasks/get', { taskId: 'nothing' })).error?.code).toBe(-32_602);
  });

  it('are made as the workflow says', async () => {
    const only = await applyWorkflow(api, ONLY_TASKS);
    expect((await ask('tools/call', toolCall(only), WITHOUT)).error?.code).toBe(-32_021);
    expect((await started(only)).status).toBe('working');
    const count = await api.query(
      'SELECT 1 FROM runs r JOIN workflows w ON w.id = r.workflow_id WHERE w.name = $1',
      [only],
    );
    expect(count).toHaveLength(1);
  });
});

describe('tasks of the revision 2025-11-25', () => {
  const Any = z.looseObject({});
  const request = (client: Client, method: string, params: object) =>
    client.request({ method, params } as never, Any) as Promise<Said & { task: Said; tasks: Said[] }>;
  const begun = async (client: Client, name: string) =>
    (await request(client, 'tools/call', { ...toolCall(name), task: { ttl: 60_000 } })).task;

  it('are begun when the client says so, listed, and told with their result', async () => {
    const client = await clients.connect(WITH_TASKS, { of: api });
    const name = await applyWorkflow(api, MARKED);
    const { taskId, ...task } = await begun(client, name);
    expect(task).toMatchObject({ status: 'working', ttl: null });
    const { tasks } = await request(client, 'tasks/list', {});
    expect(tasks[0]).toMatchObject({ taskId });
    await endRunWith(api, taskId, { error: { type: 'x', title: 'No paper', status: 500 } });
    expect(await request(client, 'tasks/get', { taskId })).toMatchObject({ status: 'completed' });
    expect(await request(client, 'tasks/result', { taskId })).toMatchObject({
      isError: true,
      content: [{ text: 'No paper' }],
      _meta: { 'io.modelcontextprotocol/related-task': { taskId } },
    });
  });

  it('are cancelled once', async () => {
    const client = await clients.connect(WITH_TASKS, { of: api });
    const { taskId } = await begun(client, await applyWorkflow(api, MARKED));
    expect(await request(client, 'tasks/cancel', { taskId })).toMatchObject({ status: 'cancelled' });
    await expect(request(client, 'tasks/cancel', { taskId })).rejects.toMatchObject({ code: -32_602 });
  });

  it('ask the person in front of the client when their result is awaited', async () => {
    const client = await clients.connect(WITH_TASKS, { of: api, answer: APPROVED });
    const name = await applyWorkflow(api, MARKED);
    const { taskId } = await begun(client, name);
    await askReview(name, taskId);
    expect(await request(client, 'tasks/get', { taskId })).toMatchObject({ status: 'input_required' });
    expect(await request(client, 'tasks/result', { taskId })).toMatchObject({
      structuredContent: { decided: 1 },
    });
    expect(clients.asked.at(-1)?.message).toContain('Check the invoice');
  });

  it('are listed in pages', async () => {
    const name = await applyWorkflow(api, MARKED);
    const token = await api.tokenOf('many');
    await api.query(
      `INSERT INTO runs (id, workspace_id, workflow_id, workflow_version_id, status, trigger, trace_id, root_span_id, started_at, input)
       SELECT gen_random_uuid(), 'many', w.id, w.current_version_id, 'running', 'mcp', '0', '0', clock_timestamp(), '{}'
         FROM workflows w, generate_series(1, 60) WHERE w.name = $1`,
      [name],
    );
    const client = await clients.connect(WITH_TASKS, { of: { url: api.url, token } });
    const first = await request(client, 'tasks/list', {});
    const second = await request(client, 'tasks/list', { cursor: first.nextCursor });
    expect([first.tasks.length, second.tasks.length, second.nextCursor]).toEqual([50, 10, undefined]);
    expect(new Set([...first.tasks, ...second.tasks].map(({ taskId }) => taskId)).size).toBe(60);
  });

  it('are not made by tools that say so', async () => {
    const client = await clients.connect(WITH_TASKS, { of: api });
    const [none, only] = [await applyWorkflow(api, NO_TASKS), await applyWorkflow(api, ONLY_TASKS)];
    await expect(begun(client, none)).rejects.toMatchObject({ code: -32_601 });
    await expect(request(client, 'tools/call', toolCall(only))).rejects.toMatchObject({ code: -32_601 });
  });
});
