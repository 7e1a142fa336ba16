import { PermanentError, TransientError } from '@tutti/plugin-sdk';
import { type PluginBench, pluginBench } from '@tutti/plugin-sdk/testing';
import type { AgentTaskRunOutput } from '@tutti/contracts';
import plugin from './index.js';
import { TestAgent } from './testing/test-agent.js';

let agent: TestAgent;
beforeEach(async () => {
  agent = await TestAgent.start();
});
afterEach(() => agent.stop());

const CARDS = { '1.0': '/.well-known/agent-card.json', '0.3': '/old-card.json' };
const SECRET = 'canary-token';
const benchOf = (version: keyof typeof CARDS, more: object = {}): PluginBench =>
  pluginBench(plugin, { baseUrl: agent.url, cardPath: CARDS[version], token: SECRET, ...more });
const run = async (bench: PluginBench, input: unknown, ports?: object) =>
  (await bench.call('agent.task.run', input, ports)) as AgentTaskRunOutput;

describe.each(['1.0', '0.3'] as const)('an agent that speaks A2A %s', (version) => {
  it('does what it is told, and its artifacts become text, values, files and links', async () => {
    const bench = benchOf(version);
    const file = await bench.files.write(new TextEncoder().encode('in'), { mediaType: 'text/plain' });
    const output = await run(bench, { text: 'dance', data: { steps: 3 }, files: [file] });
    expect(output).toEqual({
      status: 'completed',
      text: 'Did: dance',
      data: [{ parts: 3 }],
      files: [expect.objectContaining({ mediaType: 'application/x-test', name: 'a.bin', bytes: 5 })],
      links: [{ url: 'https://files.example.com/b.pdf', mediaType: 'application/pdf', name: 'b.pdf' }],
      task: expect.any(String),
      conversation: expect.any(String),
      usage: null,
    });
    expect(new TextDecoder().decode(await bench.files.read(output.files[0] as never))).toBe('bytes');
    expect(agent.asked[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);
  });

  it('is asked for the end of a task that it began', async () => {
    agent.hasty = true;
    expect(await run(benchOf(version), { text: 'dance' })).toMatchObject({ text: 'Did: dance' });
  });

  it('asks something, and goes on with the answer', async () => {
    const bench = benchOf(version);
    const asked = await run(bench, { text: 'ask' });
    expect(asked).toMatchObject({ status: 'input-required', text: 'For whom?' });
    const { task, conversation } = asked;
    const done = await run(bench, { text: 'for Ann', task, conversation }, { idempotencyKey: 'second' });
    expect(done).toMatchObject({ status: 'completed', text: 'Did: for Ann', task });
  });

  it('fails, and says why', async () => {
    const error = await run(benchOf(version), { text: 'fail' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({
      status: 422,
      message: expect.stringContaining('failed: The printer is out of paper.'),
    });
  });

  it('gets the same id of the message in all attempts', async () => {
    const bench = benchOf(version);
    for (let attempt = 0; attempt < 2; attempt += 1)
      await run(bench, { text: 'dance' }, { idempotencyKey: 'key-1' });
    expect(agent.asked.map(({ body }) => body.params?.message?.messageId)).toEqual(['key-1', 'key-1']);
  });

  it.each([
    [401, PermanentError],
    [403, PermanentError],
    [404, PermanentError],
    [409, PermanentError],
    [422, PermanentError],
    [429, TransientError],
    [503, TransientError],
  ])('that answers %i is classified, and the token is in no error', async (status, kind) => {
    agent.intercept = (method, response) => {
      if (method === undefined) return false;
      response.writeHead(status).end('no');
      return true;
    };
    const error = (await run(benchOf(version), { text: 'dance' }).catch(
      (caught: unknown) => caught,
    )) as Error;
    expect(error).toBeInstanceOf(kind);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain(SECRET);
  });

  it('that answers what is no JSON, or no answer, is a defect of the agent', async () => {
    for (const answer of ['{', '{"jsonrpc":"2.0","id":1,"result":{}}']) {
      agent.intercept = (method, response) => {
        if (method === undefined) return false;
        response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
        return true;
      };
      await expect(run(benchOf(version), { text: 'dance' })).rejects.toMatchObject({ status: 502 });
    }
  });

  it('that refuses a task it does not know is a permanent error', async () => {
    const call = run(benchOf(version), { text: 'dance', task: 'nobody' });
    await expect(call).rejects.toMatchObject({ status: 404, message: expect.stringContaining('-32001') });
  });
});

it('waits on while an agent is away that has begun the task', async () => {
  agent.hasty = true;
  let away = 2;
  agent.intercept = (method, response) => {
    if (method !== 'GetTask' || away === 0) return false;
    away -= 1;
    response.writeHead(503).end();
    return true;
  };
  expect(await run(benchOf('1.0'), { text: 'dance' })).toMatchObject({ status: 'completed' });
  expect(agent.asked.filter(({ body }) => body.method === 'SendMessage')).toHaveLength(1);
});

it('stops to wait when the call is given up', async () => {
  const end = new AbortController();
  agent.hasty = true;
  agent.intercept = (method, response) => {
    if (method !== 'GetTask') return false;
    end.abort();
    response.writeHead(503).end();
    return true;
  };
  await expect(run(benchOf('1.0'), { text: 'dance' }, { signal: end.signal })).rejects.toBeInstanceOf(
    TransientError,
  );
});

it('finds a task again whose answer was lost, where the agent lists tasks', async () => {
  const ports = { idempotencyKey: 'lost-1' };
  const bench = benchOf('1.0');
  const output = await run(bench, { text: 'dance' }, ports);
  const found = await bench.reconcile('agent.task.run', { text: 'dance' }, ports);
  expect(found).toMatchObject({ happened: true, output: { task: output.task, text: 'Did: dance' } });
  const never = await bench.reconcile('agent.task.run', { text: 'dance' }, { idempotencyKey: 'never' });
  expect(never).toEqual({ happened: 'unknown' });
  expect(await benchOf('0.3').reconcile('agent.task.run', { text: 'dance' }, ports)).toEqual({
    happened: 'unknown',
  });
});

it('refuses to say nothing', async () => {
  await expect(run(benchOf('1.0'), {})).rejects.toThrow('Say something to the agent');
});

it('tells its health by the card', async () => {
  expect(await benchOf('1.0').health()).toBe('new speaks A2A 1.0.');
  await expect(benchOf('1.0', { cardPath: '/nothing' }).health()).rejects.toThrow();
});
