import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AgentTaskRunOutput } from '@tutti/contracts';
import { type PluginBench, pluginBench } from '@tutti/plugin-sdk/testing';
import { tellsNot } from '@tutti/plugin-sdk/testing/vendor';
import { eventually } from '@tutti/testing';
import plugin from './index.js';
import { type LangGraphServer, startLangGraph } from './testing/langgraph-server.js';

/** What is used of the vendor's own client. */
interface Client {
  runs: { list(thread: string): Promise<{ run_id: string; status: string; assistant_id: string }[]> };
  threads: { getState(thread: string): Promise<{ values: { steps?: number }; next: string[] }> };
}

const SECRET = 'canary-langgraph-key';
let server: LangGraphServer;
let client: Client;
let bench: PluginBench;

beforeAll(async () => {
  server = await startLangGraph();
  const sdk = join(server.packages, 'node_modules/@langchain/langgraph-sdk/dist/index.js');
  const { Client: Vendor } = (await import(pathToFileURL(sdk).href)) as {
    Client: new (of: { apiUrl: string }) => Client;
  };
  client = new Vendor({ apiUrl: server.url });
  bench = benchOf();
}, 240_000);
afterAll(() => server?.stop());

const benchOf = (more: object = {}) =>
  pluginBench(plugin, { baseUrl: server.url, assistant: 'agent', apiKey: SECRET, ...more });
const run = async (input: unknown, ports?: object) =>
  (await bench.call('agent.task.run', input, ports)) as AgentTaskRunOutput;

it('runs a graph to its end, and tells state, tokens and what the vendor knows of it', async () => {
  const said: string[] = [];
  const ports = { idempotencyKey: 'key-dance', partial: (text: string) => said.push(text) };
  const output = await run({ text: 'dance', data: { steps: 3 } }, ports);
  expect(output).toEqual({
    status: 'completed',
    text: 'Did: dance',
    data: [{ steps: 4, answer: null }],
    files: [],
    links: [],
    task: expect.any(String),
    conversation: expect.any(String),
    usage: { inputTokens: 3, outputTokens: 2 },
  });
  const runs = await client.runs.list(output.conversation as string);
  expect(runs).toMatchObject([{ run_id: output.task, status: 'success' }]);
  const read = await bench.call('agent.conversation.read', { conversation: output.conversation });
  expect(read).toMatchObject({ values: { steps: 4 }, next: [], questions: [] });
});

it('goes on with a conversation', async () => {
  const { conversation } = await run({ text: 'begin', data: { steps: 7 } }, { idempotencyKey: 'key-begin' });
  await run({ text: 'go on', conversation }, { idempotencyKey: 'key-go-on' });
  expect((await client.threads.getState(conversation as string)).values.steps).toBe(9);
});

it('asks something, and goes on with the answer', async () => {
  const asked = await run({ text: 'ask' }, { idempotencyKey: 'key-ask' });
  expect(asked).toMatchObject({ status: 'input-required', text: 'For whom?', data: ['For whom?'] });
  const { task, conversation } = asked;
  const done = await run({ text: 'Ann', task, conversation }, { idempotencyKey: 'key-answer' });
  expect(done).toMatchObject({ status: 'completed', text: 'Did it for Ann', conversation });
});

it('finds a run again whose answer was lost, and none that never was', async () => {
  const ports = { idempotencyKey: 'key-lost' };
  const output = await run({ text: 'dance' }, ports);
  const found = await bench.reconcile('agent.task.run', { text: 'dance' }, ports);
  expect(found).toEqual({ happened: true, output });
  const never = await bench.reconcile('agent.task.run', { text: 'dance' }, { idempotencyKey: 'key-never' });
  expect(never).toEqual({ happened: false });
});

it('fails, and says why', async () => {
  const error = await run({ text: 'fail' }, { idempotencyKey: 'key-fail' }).catch((caught: Error) => caught);
  expect(error).toMatchObject({ fate: 'permanent', status: 422 });
  expect((error as Error).message).toContain('The printer is out of paper.');
});

it('is stopped from outside', async () => {
  const ports = { idempotencyKey: 'key-wait' };
  const call = run({ text: 'wait' }, ports).catch((caught: unknown) => caught);
  const found = await eventually(async () => {
    const search = await fetch(`${server.url}/threads/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'busy' }),
    });
    const [thread] = (await search.json()) as { thread_id: string }[];
    const [busy] = await client.runs.list(thread?.thread_id as string);
    expect(busy).toMatchObject({ status: 'running' });
    return { conversation: thread?.thread_id, task: busy?.run_id };
  });
  expect(await bench.call('agent.task.cancel', found)).toEqual({ cancelled: true });
  expect(await call).toMatchObject({ fate: 'permanent', status: 422 });
});

it('says what the server refuses', async () => {
  const conversation = '00000000-0000-4000-8000-00000000dead';
  await expect(run({ text: 'dance', conversation })).rejects.toMatchObject({ status: 404 });
  const other = benchOf({ assistant: 'nobody' });
  await expect(other.call('agent.task.run', { text: 'dance' })).rejects.toMatchObject({ fate: 'permanent' });
  await expect(other.health()).rejects.toThrow('no assistant "nobody"');
});

it('refuses files, and text for a graph without messages', async () => {
  const files = [await bench.files.write(new Uint8Array(1), { mediaType: 'text/plain' })];
  await expect(run({ files })).rejects.toMatchObject({ status: 400 });
  const call = benchOf({ messagesKey: '' }).call('agent.task.run', { text: 'dance' });
  await expect(call).rejects.toMatchObject({ status: 400 });
});

it('tells its health, and no secret', async () => {
  expect(await bench.health()).toBe('The server runs the graph agent.');
  const closed = pluginBench(plugin, { baseUrl: 'http://127.0.0.1:9', assistant: 'agent', apiKey: SECRET });
  const error = await closed.call('agent.task.run', { text: 'dance' }).catch((caught: Error) => caught);
  expect(error).toMatchObject({ fate: 'transient' });
  tellsNot(SECRET, error as Error);
});
