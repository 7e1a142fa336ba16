import type Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { LLMock } from '@copilotkit/aimock';
import type { ModelChatInput } from '@tutti/contracts';
import { PermanentError, verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import { MODEL_BEHAVIOURS, MODEL_STREAM_BEHAVIOURS } from '@tutti/plugin-sdk/testing/model';
import plugin from './index.js';
import { explained } from './refusals.js';
import { messagesAnswer, MessagesReply } from './reply.js';
import { messagesRequest } from './request.js';
import { Settings } from './settings.js';
import { strictSchema } from './strict-schema.js';

const mock = new LLMock({ port: 0 });
const MODEL = 'claude-haiku-4-5';
const SECRET = 'sk-ant-canary';
const PERSON = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const settings = Settings.parse({ apiKey: SECRET, model: MODEL });

beforeAll(() => mock.start());
afterAll(() => mock.stop());
beforeEach(() => {
  mock.clearFixtures();
  mock.clearRequests();
});

const bench = (more: object = {}) =>
  pluginBench(plugin, { baseUrl: mock.url, apiKey: SECRET, model: MODEL, ...more });
const user = (content: string) => ({ role: 'user' as const, content });

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it.each(MODEL_BEHAVIOURS)('$name', ({ holds }) =>
  holds({ server: mock, bench: bench(), model: MODEL, secret: SECRET }),
);

it.each([...MODEL_BEHAVIOURS, ...MODEL_STREAM_BEHAVIOURS])('streamed: $name', ({ holds }) =>
  holds({ server: mock, bench: bench({ stream: true }), model: MODEL, secret: SECRET }),
);

it('tells in its health how many models there are', async () => {
  await expect(bench().health()).resolves.toMatch(/^\d+ models/);
});

it('shows its key and the version of the API', async () => {
  mock.onMessage('hello', { content: 'Hi!' });
  await bench({ beta: ['one', 'two'] }).call('model.chat', { messages: [user('hello')] });
  expect(mock.getLastRequest()?.headers).toMatchObject({
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'one,two',
  });
});

it('takes JSON of a schema from a tool where the model knows no format', async () => {
  const call = { id: 'toolu_1', name: 'answer', arguments: '{"name":"Ann"}' };
  mock.onMessage('who', { toolCalls: [call] });
  const input = { messages: [user('who?')], output: { schema: PERSON } };
  expect(await bench({ structuredOutput: 'tool' }).call('model.chat', input)).toMatchObject({
    object: { name: 'Ann' },
    toolCalls: [],
    finishReason: 'stop',
  });
});

describe('the request', () => {
  const { files } = pluginBench(plugin, { apiKey: SECRET, model: MODEL });
  // The vendor's own types refuse a wrong shape when this file is checked.
  const requestOf = (input: ModelChatInput): Promise<Anthropic.MessageCreateParamsNonStreaming> =>
    messagesRequest(input, settings, files);

  it('gives the results of tools that were asked for together in one turn', async () => {
    const toolCalls = [
      { id: 'a', name: 'one', arguments: { x: 1 } },
      { id: 'b', name: 'two', arguments: 'no JSON' },
    ];
    const { messages, system } = await requestOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'system', content: 'Be kind.' },
        user('go'),
        { role: 'assistant', content: '', toolCalls },
        { role: 'tool', toolCallId: 'a', content: '1' },
        { role: 'tool', toolCallId: 'b', content: '2' },
      ],
    });
    expect(system).toBe('Be brief.\n\nBe kind.');
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'go' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 'one', input: { x: 1 } },
          { type: 'tool_use', id: 'b', name: 'two', input: { text: 'no JSON' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: '1' },
          { type: 'tool_result', tool_use_id: 'b', content: '2' },
        ],
      },
    ]);
  });

  it('holds pictures and documents with their bytes', async () => {
    const image = await files.write(new Uint8Array([1, 2, 3]), { mediaType: 'image/png' });
    const document = await files.write(new Uint8Array([4]), { mediaType: 'application/pdf', name: 'bill' });
    const content = [
      { type: 'text' as const, text: 'see' },
      { type: 'image' as const, image },
      { type: 'document' as const, document },
    ];
    const { messages } = await requestOf({ messages: [{ role: 'user', content }] });
    expect(messages[0]?.content).toEqual([
      { type: 'text', text: 'see' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AQID' } },
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'BA==' },
        title: 'bill',
      },
    ]);
  });

  it('names limits, tools and the format', async () => {
    const asked = await requestOf({
      messages: [user('u')],
      temperature: 1.5,
      outputTokensMax: 5,
      stop: ['END'],
      tools: [{ name: 'weather', parameters: {} }],
      toolChoice: 'required',
    });
    expect(asked).toMatchObject({
      max_tokens: 5,
      temperature: 1,
      stop_sequences: ['END'],
      tool_choice: { type: 'any' },
    });
    expect(asked.tools).toEqual([{ name: 'weather', input_schema: { type: 'object' } }]);
    const output = { schema: PERSON, name: 'answer' };
    expect((await requestOf({ messages: [user('u')], output })).output_config).toEqual({
      format: { type: 'json_schema', schema: { ...PERSON, additionalProperties: false } },
    });
  });

  it('closes every object of a schema, as the official client does', () => {
    const schema = {
      type: 'object',
      properties: { list: { type: 'array', items: PERSON }, one: { anyOf: [PERSON, { type: 'null' }] } },
      required: ['list'],
    };
    expect(strictSchema(schema)).toEqual(transformJSONSchema(schema as never));
  });
});

describe('the answer', () => {
  const answerOf = (reply: object) =>
    messagesAnswer(MessagesReply.parse({ model: 'm', content: [], ...reply }), { messages: [] }, settings);

  it('counts cached tokens among those of the input', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 20,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 5 },
    };
    expect(answerOf({ usage }).usage).toEqual({
      inputTokens: 130,
      cachedInputTokens: 100,
      outputTokens: 7,
      reasoningTokens: 5,
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool-calls'],
    ['refusal', 'content-filter'],
    ['pause_turn', 'other'],
  ])('knows the reason %s', (stop_reason, finishReason) =>
    expect(answerOf({ stop_reason })).toMatchObject({ finishReason }),
  );

  it('passes over thoughts and what is yet to come', () => {
    const content = [{ type: 'thinking', thinking: 'hm' }, { type: 'new' }, { type: 'text', text: 'Yes.' }];
    expect(answerOf({ content })).toMatchObject({ text: 'Yes.', toolCalls: [] });
  });

  it('tells why the model refused', () => {
    const stop_details = { type: 'refusal', explanation: 'Not this.' };
    expect(answerOf({ stop_reason: 'refusal', stop_details })).toMatchObject({ text: 'Not this.' });
  });
});

it.each([
  [400, { type: 'invalid_request_error', message: 'Your credit balance is too low to go on' }],
  [402, { type: 'billing_error', message: 'pay' }],
])('lets another provider take over when there is no credit: %i', (status, error) =>
  expect(explained(new PermanentError('no', { status, reply: { error } }))).toMatchObject({
    fate: 'permanent',
    reason: 'unavailable',
    status: 402,
  }),
);

it('prices what it used', () => {
  const usage = { inputTokens: 3, outputTokens: 4 };
  const used = plugin.capabilities['model.chat']?.cost?.({
    input: {},
    output: { model: MODEL, usage },
    settings,
  });
  expect(used).toEqual({ model: MODEL, provider: 'anthropic', ...usage });
});
