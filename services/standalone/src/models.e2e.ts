import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { eventually } from '@tutti/testing';
import { endLeftDatabase, HubProcess, temporaryFolder } from './testing/hub-process.js';

const WORKFLOW = `
document: { dsl: '1.0.3', namespace: models, name: ask, version: '1.0.0' }
do:
  - ask:
      call: model.chat:1@default
      with: { messages: [{ role: user, content: hello }] }
      export: { as: '\${ { chat: . } }' }
  - sort:
      call: model.classify:1@default
      with: { text: where is my parcel, classes: [{ name: billing }, { name: shipping }] }
      output: { as: '\${ { chat: $context.chat, classified: . } }' }`;

const policyOf = (capability: string, connection: string) => `
apiVersion: tutti/v1
kind: RoutingPolicy
metadata: { name: ${capability.replace('.', '-')}, summary: Who answers. }
spec:
  capability: ${capability}
  objective: ordered
  candidates: [{ connection: ${connection} }]
  exhausted: fail`;

/** Connections to all providers, which one server plays. */
function connectionsTo(url: string): Record<string, object> {
  const stream = true;
  return {
    openai: {
      provider: 'openai',
      baseUrl: `${url}/v1`,
      apiKey: 'sk-canary',
      model: 'gpt-5-mini',
      logprobs: false,
      stream,
    },
    anthropic: { baseUrl: url, apiKey: 'sk-canary', model: 'claude-haiku-4-5', stream },
    gemini: { baseUrl: `${url}/v1beta`, apiKey: 'sk-canary', model: 'gemini-2.5-flash', stream },
    bedrock: { region: 'eu-central-1', endpoint: url, apiKey: 'sk-canary', model: 'amazon.nova-lite-v1:0' },
  };
}

interface Run {
  id: string;
  status: string;
  output: { chat: Record<string, unknown>; classified: Record<string, unknown> };
}

describe('a workflow that asks a model', () => {
  const folder = temporaryFolder();
  const server = new LLMock({ port: 0 });
  let hub: HubProcess;

  beforeAll(async () => {
    await server.start();
    const usage = { prompt_tokens: 1_200, completion_tokens: 300, input_tokens: 1_200, output_tokens: 300 };
    server.onMessage('hello', { content: 'Hi there!', usage });
    server.onMessage('parcel', { content: '2', usage });
    hub = await HubProcess.start(join(folder.path, 'data'));
  }, 300_000);
  afterAll(async () => {
    await hub?.end('SIGTERM');
    await endLeftDatabase(join(folder.path, 'data'));
    await server.stop();
    folder.remove();
  });

  const put = async (path: string, options: { text?: string; body?: unknown }) => {
    const answer = await hub.call('PUT', path, options);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  };

  async function runOver(connection: string): Promise<{ run: Run; costMicros: number }> {
    for (const capability of ['model.chat', 'model.classify'])
      await put('/v1/policies', { text: policyOf(capability, connection) });
    const { body } = await hub.call('POST', '/v1/workflows/models/ask/runs', {
      body: {},
      headers: { prefer: 'wait=60' },
    });
    const run = body as unknown as Run;
    // The cost is counted a moment after the end.
    const costMicros = await eventually(async () => {
      const found = await hub.call('GET', `/v1/runs/${run.id}`);
      return Number(found.body?.costMicros) || undefined;
    }, 60_000);
    return { run, costMicros };
  }

  it('goes to another provider by a change of the policy alone', async () => {
    const connections = connectionsTo(server.url);
    for (const [name, settings] of Object.entries(connections))
      await put(`/v1/connections/${name}`, { body: { plugin: `model-${name}`, settings } });
    for (const capability of ['model.chat', 'model.classify'])
      await put('/v1/policies', { text: policyOf(capability, 'openai') });
    await put('/v1/workflows', { text: WORKFLOW });
    for (const name of Object.keys(connections)) {
      const { run, costMicros } = await runOver(name);
      expect([name, run.status]).toEqual([name, 'completed']);
      expect(run.output).toEqual({
        chat: {
          text: 'Hi there!',
          object: null,
          toolCalls: [],
          finishReason: 'stop',
          model: expect.any(String),
          usage: expect.objectContaining({ inputTokens: 1_200, outputTokens: 300 }),
        },
        classified: {
          class: 'shipping',
          scores: [],
          model: run.output.chat['model'],
          usage: expect.objectContaining({ inputTokens: 1_200 }),
        },
      });
      expect([name, costMicros > 0]).toEqual([name, true]);
    }
  }, 240_000);
});
