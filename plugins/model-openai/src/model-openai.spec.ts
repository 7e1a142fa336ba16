import { LLMock } from '@copilotkit/aimock';
import type {
  ModelChatInput,
  ModelChatOutput,
  ModelClassifyOutput,
  ModelEmbedOutput,
  ModelExtractOutput,
} from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import type OpenAI from 'openai';
import { chatRequest } from './chat-completions.js';
import { classified } from './classify.js';
import plugin from './index.js';
import { responsesRequest } from './responses.js';
import { providerOf, Settings } from './settings.js';

const mock = new LLMock({ port: 0 });
const PERSON = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const TOOL = {
  name: 'weather',
  description: 'The weather of a place',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

beforeAll(() => mock.start());
afterAll(() => mock.stop());
beforeEach(() => {
  mock.clearFixtures();
  mock.clearRequests();
});

const bench = (more: object = {}) =>
  pluginBench(plugin, { baseUrl: `${mock.url}/v1`, apiKey: 'sk-canary', model: 'gpt-5-mini', ...more });
const chat = (input: object, more: object = {}) =>
  bench(more).call('model.chat', input) as Promise<ModelChatOutput>;
const asked = () => mock.getRequests().at(-1)?.body as unknown as Record<string, unknown>;
const user = (content: string) => ({ role: 'user' as const, content });

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it('tells in its health how many models there are, and whether its own is among them', async () => {
  await expect(bench().health()).resolves.toMatch(/^\d+ models/);
});

describe.each(['chat-completions', 'responses'])('model.chat over %s', (api) => {
  it('gives the text with model, reason and tokens', async () => {
    mock.onMessage('hello', {
      content: 'Hi there!',
      usage: { prompt_tokens: 12, completion_tokens: 3, input_tokens: 12, output_tokens: 3 },
    });
    expect(await chat({ messages: [user('hello')] }, { api })).toEqual({
      text: 'Hi there!',
      object: null,
      toolCalls: [],
      finishReason: 'stop',
      model: 'gpt-5-mini',
      usage: expect.objectContaining({ inputTokens: 12, outputTokens: 3 }),
    });
  });

  it('gives calls of tools, and takes their results', async () => {
    mock.on(
      { userMessage: 'weather', hasToolResult: false },
      { toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Bern"}' }] },
    );
    mock.on({ toolCallId: 'call_1' }, { content: 'It is sunny.' });
    const messages = [user('weather in Bern?')];
    const first = await chat({ messages, tools: [TOOL], toolChoice: 'required' }, { api });
    const toolCalls = [{ id: 'call_1', name: 'weather', arguments: { city: 'Bern' } }];
    expect(first).toMatchObject({ text: '', toolCalls, finishReason: 'tool-calls' });
    const second = await chat(
      {
        messages: [
          ...messages,
          { role: 'assistant', content: '', toolCalls: first.toolCalls },
          { role: 'tool', toolCallId: 'call_1', content: 'sunny' },
        ],
        tools: [TOOL],
      },
      { api },
    );
    expect(second).toMatchObject({ text: 'It is sunny.', toolCalls: [], finishReason: 'stop' });
  });

  it('gives JSON of a schema', async () => {
    mock.onMessage('who', { content: '{"name":"Ann"}' });
    const output = await chat({ messages: [user('who?')], output: { schema: PERSON } }, { api });
    expect(output.object).toEqual({ name: 'Ann' });
  });

  it('refuses an answer that is no JSON where JSON was asked for', async () => {
    mock.onMessage('who', { content: 'Ann' });
    await expect(
      chat({ messages: [user('who?')], output: { schema: PERSON } }, { api }),
    ).rejects.toMatchObject({
      fate: 'permanent',
      reason: 'invalid-output',
    });
  });

  it.each([
    [429, { message: 'slow down' }, { fate: 'transient', reason: 'throttled', status: 429 }],
    [429, { message: 'pay', code: 'insufficient_quota' }, { fate: 'permanent', reason: 'unavailable' }],
    [401, { message: 'no key' }, { fate: 'permanent', reason: 'rejected', status: 401 }],
    [404, { message: 'no model' }, { fate: 'permanent', reason: 'rejected', status: 404 }],
    [500, { message: 'down' }, { fate: 'transient', reason: 'unavailable', status: 500 }],
  ])('classifies %i %j', async (status, error, expected) => {
    mock.nextRequestError(status, error);
    await expect(chat({ messages: [user('x')] }, { api })).rejects.toMatchObject(expected);
  });
});

it('sends an image with its bytes', async () => {
  mock.onMessage('see', { content: 'a dot' });
  const one = bench();
  const image = await one.files.write(new Uint8Array([1, 2, 3]), { mediaType: 'image/png' });
  const content = [
    { type: 'text' as const, text: 'see' },
    { type: 'image' as const, image },
  ];
  const input = { messages: [{ role: 'user' as const, content }] };
  await one.call('model.chat', input);
  const url = 'data:image/png;base64,AQID';
  expect(asked()).toMatchObject({
    messages: [{ content: [{ type: 'text' }, { type: 'image_url', image_url: { url } }] }],
  });
  // The server keeps no pictures of this API in what it was asked.
  expect(await responsesRequest(input, Settings.parse({ model: 'm' }), one.files)).toMatchObject({
    input: [{ content: [{ type: 'input_text' }, { type: 'input_image', image_url: url }] }],
  });
});

it('says that an answer at the limit of tokens is cut', async () => {
  mock.onMessage('who', { content: '{"name":', finishReason: 'length' });
  await expect(chat({ messages: [user('who?')], output: { schema: PERSON } })).rejects.toMatchObject({
    fate: 'permanent',
    message: expect.stringContaining('cut'),
  });
});

it('gives a vector for each text, in their order', async () => {
  mock.onEmbedding('one', { embedding: [1, 0] });
  mock.onEmbedding('two', { embedding: [0, 1] });
  const output = (await bench({ embeddingModel: 'text-embedding-3-small' }).call('model.embed', {
    texts: ['one'],
  })) as ModelEmbedOutput;
  expect(output).toMatchObject({ embeddings: [[1, 0]], model: 'text-embedding-3-small' });
});

describe('model.classify', () => {
  const classes = [{ name: 'billing', examples: ['my invoice'] }, { name: 'shipping' }];
  const classify = (more: object = {}) =>
    bench(more).call('model.classify', { text: 'where is it', classes }) as Promise<ModelClassifyOutput>;

  it('gives the class that the model names', async () => {
    mock.onMessage('where is it', { content: '2' });
    expect(await classify()).toMatchObject({ class: 'shipping', model: 'gpt-5-mini' });
    expect(asked()).toMatchObject({ logprobs: true, top_logprobs: 20, temperature: 0 });
  });

  it('takes the confidence from the probabilities of the numbers', () => {
    const alternatives = [
      { token: '2', logprob: Math.log(0.75) },
      { token: ' 2', logprob: Math.log(0.05) },
      { token: '1', logprob: Math.log(0.15) },
      { token: 'no', logprob: Math.log(0.05) },
    ];
    const content = [{ token: '2', logprob: Math.log(0.75), top_logprobs: alternatives }];
    const message = { content: '2' };
    const reply = { model: 'm', choices: [{ message, logprobs: { content } }] };
    const output = classified(reply, { text: 'where is it', classes });
    expect(output).toMatchObject({ class: 'shipping', usage: null });
    expect(output.confidence).toBeCloseTo(0.8);
    expect(output.scores.map((one) => [one.class, Number(one.score.toFixed(2))])).toEqual([
      ['shipping', 0.8],
      ['billing', 0.15],
    ]);
  });

  it('asks for no probabilities where the model tells none', async () => {
    mock.onMessage('where is it', { content: '1' });
    expect(await classify({ logprobs: false })).toMatchObject({ class: 'billing', scores: [] });
    expect(asked()).not.toHaveProperty('logprobs');
  });

  it('refuses an answer that is none of the classes', async () => {
    mock.onMessage('where is it', { content: 'no idea' });
    await expect(classify()).rejects.toMatchObject({ fate: 'permanent', reason: 'invalid-output' });
  });
});

it('reads a text into JSON of a schema', async () => {
  mock.onMessage('I am Ann', { content: '{"name":"Ann"}' });
  const output = (await bench().call('model.extract', {
    content: 'I am Ann',
    schema: PERSON,
  })) as ModelExtractOutput;
  expect(output).toMatchObject({ value: { name: 'Ann' }, model: 'gpt-5-mini' });
});

it.each([
  ['https://api.openai.com/v1', 'openai'],
  ['https://mine.openai.azure.com/openai/v1', 'azure.ai.openai'],
  ['https://api.groq.com/openai/v1', 'groq'],
  ['https://api.mistral.ai/v1', 'mistral_ai'],
  ['http://127.0.0.1:11434/v1', 'local'],
  ['https://notopenai.com/v1', 'local'],
])('knows who runs %s', (baseUrl, provider) =>
  expect(providerOf({ baseUrl, provider: undefined })).toBe(provider),
);

it.each([
  [{ baseUrl: 'https://api.openai.com/v1' }, { provider: 'openai' }],
  [{ baseUrl: 'http://127.0.0.1:1/v1' }, { provider: 'local', costMicros: 0, currency: 'USD' }],
])('tells of %j what it used', (settings, expected) => {
  const usage = { inputTokens: 3, outputTokens: 4 };
  const used = plugin.capabilities['model.chat']?.cost?.({
    input: {},
    output: { model: 'm', usage },
    settings: Settings.parse({ model: 'm', ...settings }),
  });
  expect(used).toEqual({ model: 'm', ...usage, ...expected });
});

describe('the requests', () => {
  const input: ModelChatInput = {
    messages: [{ role: 'system', content: 's' }, user('u')],
    tools: [TOOL],
    toolChoice: { name: 'weather' },
    output: { schema: PERSON, name: 'answer' },
    outputTokensMax: 5,
  };
  const settings = Settings.parse({ model: 'gpt-5-mini' });
  const { files } = pluginBench(plugin, { model: 'gpt-5-mini' });

  // The vendor's own types refuse a wrong shape when this file is checked.
  it('are those of the official client', async () => {
    const chats: OpenAI.Chat.ChatCompletionCreateParamsNonStreaming = await chatRequest(
      input,
      settings,
      files,
    );
    expect(chats).toMatchObject({ max_completion_tokens: 5, response_format: { type: 'json_schema' } });
    const responses: OpenAI.Responses.ResponseCreateParamsNonStreaming = await responsesRequest(
      input,
      settings,
      files,
    );
    expect(responses).toMatchObject({ store: false, max_output_tokens: 5 });
  });

  it('name the limit of tokens as other servers know it', async () => {
    const other = Settings.parse({ model: 'llama', baseUrl: 'http://127.0.0.1:1/v1' });
    expect(await chatRequest(input, other, files)).toMatchObject({ max_tokens: 5 });
  });
});
