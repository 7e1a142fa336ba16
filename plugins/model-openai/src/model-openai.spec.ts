import { LLMock } from '@copilotkit/aimock';
import type {
  ModelChatInput,
  ModelChatOutput,
  ModelClassifyOutput,
  ModelEmbedOutput,
} from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import { MODEL_BEHAVIOURS, MODEL_STREAM_BEHAVIOURS } from '@tutti/plugin-sdk/testing/model';
import type OpenAI from 'openai';
import type { z } from 'zod';
import { chatRequest } from './chat-completions.js';
import plugin from './index.js';
import { responsesAnswer, responsesRequest } from './responses.js';
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

/** A port that gives one reply, which the server of the tests cannot: it knows no probabilities. */
const answering = (reply: object) =>
  ({
    post: (_: string, { reply: schema }: { reply: z.ZodType }) => Promise.resolve(schema.parse(reply)),
  }) as never;

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it('tells in its health how many models there are, and whether its own is among them', async () => {
  await expect(bench().health()).resolves.toMatch(/^\d+ models/);
});

describe.each(['chat-completions', 'responses'])('model.chat over %s', (api) => {
  // The server of the tests does not tell over Responses that an answer was cut.
  const told = MODEL_BEHAVIOURS.filter(({ name }) => api === 'chat-completions' || !/is cut$/.test(name));
  it.each(told)('$name', ({ holds }) =>
    holds({ server: mock, bench: bench({ api }), model: 'gpt-5-mini', secret: 'sk-canary' }),
  );

  it.each([...told, ...MODEL_STREAM_BEHAVIOURS])('streamed: $name', ({ holds }) =>
    holds({ server: mock, bench: bench({ api, stream: true }), model: 'gpt-5-mini', secret: 'sk-canary' }),
  );

  it.each([
    [429, { message: 'pay', code: 'insufficient_quota' }, { fate: 'permanent', reason: 'unavailable' }],
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

  it('takes the confidence from the probabilities of the numbers', async () => {
    const alternatives = [
      { token: '2', logprob: Math.log(0.75) },
      { token: ' 2', logprob: Math.log(0.05) },
      { token: '1', logprob: Math.log(0.15) },
      { token: 'no', logprob: Math.log(0.05) },
    ];
    const content = [{ token: '2', logprob: Math.log(0.75), top_logprobs: alternatives }];
    const reply = { model: 'm', choices: [{ message: { content: '2' }, logprobs: { content } }] };
    const output = (await bench().call(
      'model.classify',
      { text: 'where is it', classes },
      { http: answering(reply) },
    )) as ModelClassifyOutput;
    expect(output).toMatchObject({ class: 'shipping', usage: null });
    expect(output.confidence).toBeCloseTo(0.8);
    expect(output.scores.map((one) => [one.class, Number(one.score.toFixed(2))])).toEqual([
      ['shipping', 0.8],
      ['billing', 0.15],
    ]);
  });

  it('asks for the probabilities', async () => {
    mock.onMessage('where is it', { content: '2' });
    await classify();
    expect(asked()).toMatchObject({ logprobs: true, top_logprobs: 20, temperature: 0 });
  });

  it('asks for no probabilities where the model tells none', async () => {
    mock.onMessage('where is it', { content: '1' });
    expect(await classify({ logprobs: false })).toMatchObject({ class: 'billing', scores: [] });
    expect(asked()).not.toHaveProperty('logprobs');
  });
});

it('knows from Responses that an answer is cut', () => {
  const reply = { model: 'm', output: [], incomplete_details: { reason: 'max_output_tokens' } };
  expect(responsesAnswer(reply)).toMatchObject({ text: '', finishReason: 'length', usage: null });
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
