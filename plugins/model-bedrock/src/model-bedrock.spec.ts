import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { LLMock } from '@copilotkit/aimock';
import type { ModelChatInput } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { awsSignatureHeaders } from '@tutti/plugin-sdk/aws-signature';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import { MODEL_BEHAVIOURS } from '@tutti/plugin-sdk/testing/model';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import plugin from './index.js';
import { converseAnswer, ConverseReply } from './reply.js';

const mock = new LLMock({ port: 0 });
const MODEL = 'anthropic.claude-haiku-4-5-20251001-v1:0';
const SECRET = 'aws-canary-secret';
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
const PERSON = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };

beforeAll(() => mock.start());
afterAll(() => mock.stop());
beforeEach(() => {
  mock.clearFixtures();
  mock.clearRequests();
});

const benchAt = (endpoint: string, more: object = KEYS) =>
  pluginBench(plugin, { region: 'eu-central-1', endpoint, model: MODEL, ...more });
const user = (content: string) => ({ role: 'user' as const, content });

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it.each(MODEL_BEHAVIOURS)('$name', ({ holds }) =>
  holds({ server: mock, bench: benchAt(mock.url), model: MODEL, secret: SECRET }),
);

it('takes JSON of a schema from a tool', async () => {
  mock.onMessage('who', { toolCalls: [{ id: 't1', name: 'answer', arguments: '{"name":"Ann"}' }] });
  const output = await benchAt(mock.url).call('model.chat', {
    messages: [user('who?')],
    output: { schema: PERSON },
  });
  expect(output).toMatchObject({ object: { name: 'Ann' }, toolCalls: [], finishReason: 'stop' });
});

it('needs the keys of an account or one of Bedrock', async () => {
  await expect(benchAt(mock.url, {}).health()).rejects.toThrow('apiKey');
  mock.onMessage('hello', { content: 'Hi!' });
  await benchAt(mock.url, { apiKey: 'bedrock-canary' }).call('model.chat', { messages: [user('hello')] });
  expect(mock.getLastRequest()?.headers['authorization']).toMatch(/^(Bearer bedrock-canary|\[REDACTED\])$/);
});

describe('beside the official client', () => {
  interface Asked {
    url: string;
    body: string;
    headers: IncomingHttpHeaders;
  }
  let server: Server;
  let asked: Asked[] = [];
  let status = 200;
  const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = {
    output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } },
    stopReason: 'end_turn',
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url = '', headers } = request;
        asked.push({ url, headers, body: Buffer.concat(chunks).toString('utf8') });
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    asked = [];
    status = 200;
  });

  const chat: ModelChatInput = {
    messages: [
      { role: 'system', content: 'Be brief.' },
      user('weather?'),
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'c1', name: 'weather', arguments: { city: 'Bern' } }],
      },
      { role: 'tool', toolCallId: 'c1', content: 'sunny' },
    ],
    tools: [{ name: 'weather', description: 'w', parameters: { type: 'object' } }],
    toolChoice: 'required',
    temperature: 0.5,
    outputTokensMax: 9,
    stop: ['END'],
  };
  const theirs: ConverseCommandInput = {
    modelId: MODEL,
    system: [{ text: 'Be brief.' }],
    messages: [
      { role: 'user', content: [{ text: 'weather?' }] },
      {
        role: 'assistant',
        content: [{ toolUse: { toolUseId: 'c1', name: 'weather', input: { city: 'Bern' } } }],
      },
      { role: 'user', content: [{ toolResult: { toolUseId: 'c1', content: [{ text: 'sunny' }] } }] },
    ],
    inferenceConfig: { maxTokens: 9, temperature: 0.5, stopSequences: ['END'] },
    toolConfig: {
      tools: [{ toolSpec: { name: 'weather', description: 'w', inputSchema: { json: { type: 'object' } } } }],
      toolChoice: { any: {} },
    },
  };
  async function official(): Promise<Asked> {
    const client = new BedrockRuntimeClient({
      region: 'eu-central-1',
      endpoint: endpoint(),
      credentials: KEYS,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(),
    });
    await client.send(new ConverseCommand(theirs));
    client.destroy();
    return asked.at(-1) as Asked;
  }

  it('asks the same, of the same address', async () => {
    const told = await official();
    await benchAt(endpoint()).call('model.chat', chat);
    const ours = asked.at(-1);
    expect(ours?.url).toBe(told.url);
    expect(JSON.parse(ours?.body ?? '')).toEqual(JSON.parse(told.body));
  });

  it('signs as the client does', async () => {
    const { url, body, headers } = await official();
    const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
    const given = names.filter((name) => name !== 'host' && name !== 'x-amz-date');
    const at = String(headers['x-amz-date']).replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      '$1-$2-$3T$4:$5:$6Z',
    );
    const signed = awsSignatureHeaders(
      { kind: 'aws-sig-v4', region: 'eu-central-1', service: 'bedrock', ...KEYS },
      {
        method: 'POST',
        host: String(headers.host),
        path: url,
        query: new URLSearchParams(),
        headers: Object.fromEntries(given.map((name) => [name, String(headers[name])])),
        body,
      },
      new Date(at),
    );
    expect(signed['authorization']).toBe(headers.authorization);
  });

  it('knows that it may call its model when that is told an empty conversation is not valid', async () => {
    status = 400;
    await expect(benchAt(endpoint()).health()).resolves.toBe(`${MODEL} may be called`);
    status = 403;
    await expect(benchAt(endpoint()).health()).rejects.toMatchObject({ fate: 'permanent', status: 403 });
  });

  it('tries again when the model itself failed', async () => {
    status = 424;
    await expect(benchAt(endpoint()).call('model.chat', chat)).rejects.toMatchObject({
      fate: 'transient',
      reason: 'unavailable',
    });
  });

  it('sends pictures and documents with their bytes', async () => {
    const bench = benchAt(endpoint());
    const image = await bench.files.write(new Uint8Array([1, 2, 3]), { mediaType: 'image/png' });
    const document = await bench.files.write(new Uint8Array([4]), {
      mediaType: 'application/pdf',
      name: 'bill_7.pdf',
    });
    const content = [
      { type: 'image' as const, image },
      { type: 'document' as const, document },
    ];
    await bench.call('model.chat', { messages: [{ role: 'user', content }] });
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toMatchObject({
      messages: [
        {
          content: [
            { image: { format: 'png', source: { bytes: 'AQID' } } },
            { document: { format: 'pdf', name: 'bill-7-pdf', source: { bytes: 'BA==' } } },
          ],
        },
      ],
    });
  });
});

it.each([
  ['end_turn', 'stop'],
  ['max_tokens', 'length'],
  ['tool_use', 'tool-calls'],
  ['guardrail_intervened', 'content-filter'],
  ['malformed_model_output', 'other'],
])('knows the reason %s', (stopReason, finishReason) => {
  const reply = ConverseReply.parse({
    output: { message: { content: [{ text: 'x' }, { reasoningContent: {} }] } },
    stopReason,
    usage: { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheWriteInputTokens: 4 },
  });
  expect(converseAnswer(reply, { messages: [] }, MODEL)).toMatchObject({
    text: 'x',
    finishReason,
    usage: { inputTokens: 8, cachedInputTokens: 3, outputTokens: 2 },
  });
});
