import { LLMock } from '@copilotkit/aimock';
import { GoogleGenAI } from '@google/genai';
import type { ModelChatInput } from '@tutti/contracts';
import { PermanentError, TransientError, verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import { MODEL_BEHAVIOURS, MODEL_STREAM_BEHAVIOURS } from '@tutti/plugin-sdk/testing/model';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import plugin from './index.js';
import { explained } from './refusals.js';
import { generateAnswer, GenerateReply } from './reply.js';
import { generateRequest } from './request.js';

const mock = new LLMock({ port: 0 });
const MODEL = 'gemini-2.5-flash';
const SECRET = 'AIza-canary';
const PERSON = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };

beforeAll(() => mock.start());
afterAll(() => mock.stop());
beforeEach(() => {
  mock.clearFixtures();
  mock.clearRequests();
});

const benchAt = (baseUrl: string, more: object = {}) =>
  pluginBench(plugin, { baseUrl: `${baseUrl}/v1beta`, apiKey: SECRET, model: MODEL, ...more });
const user = (content: string) => ({ role: 'user' as const, content });

/** The client looks for what Node's fetch keeps in its own realm; jest runs tests in another one. */
function lendDispatcher(): void {
  const kept = Symbol.for('undici.globalDispatcher.1');
  const realmOfFetch = new (fetch.constructor as FunctionConstructor)(
    'return globalThis',
  )() as typeof globalThis;
  Reflect.set(globalThis, kept, Reflect.get(realmOfFetch, kept));
}

it('keeps the rules for plugins', () => expect(verifyPlugin(plugin)).toEqual([]));

it.each(MODEL_BEHAVIOURS)('$name', ({ holds }) =>
  holds({ server: mock, bench: benchAt(mock.url), model: MODEL, secret: SECRET }),
);

it.each([...MODEL_BEHAVIOURS, ...MODEL_STREAM_BEHAVIOURS])('streamed: $name', ({ holds }) =>
  holds({ server: mock, bench: benchAt(mock.url, { stream: true }), model: MODEL, secret: SECRET }),
);

it('gives the vector of a text', async () => {
  mock.onEmbedding('one', { embedding: [1, 0] });
  const output = await benchAt(mock.url).call('model.embed', { texts: ['one'] });
  expect(output).toEqual({ embeddings: [[1, 0]], model: 'gemini-embedding-001', usage: null });
});

describe('beside the official client', () => {
  /** A server that keeps what it is asked; it answers what a test says. */
  let server: Server;
  let asked: { url: string; body: unknown; key: unknown }[] = [];
  let answer: object = {};
  const baseUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeAll(async () => {
    lendDispatcher();
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const body = text === '' ? null : (JSON.parse(text) as unknown);
        asked.push({ url: request.url ?? '', body, key: request.headers['x-goog-api-key'] });
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => (asked = []));

  /** The client gives a role to what the system says and to texts of vectors; the API passes it over. */
  const plain = (request: (typeof asked)[number] | undefined): unknown =>
    JSON.parse(JSON.stringify(request?.body), (name, value: unknown) =>
      name === 'role' && value === 'user' ? undefined : value,
    );
  const client = () =>
    new GoogleGenAI({ apiKey: SECRET, httpOptions: { baseUrl: baseUrl(), apiVersion: 'v1beta' } });

  it('asks the same', async () => {
    answer = { candidates: [{ content: { parts: [{ text: '{}' }] }, finishReason: 'STOP' }] };
    await benchAt(baseUrl()).call('model.chat', {
      messages: [
        { role: 'system', content: 'Be brief.' },
        user('weather?'),
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'c1', name: 'weather', arguments: { city: 'Bern' }, signature: 'c2ln' }],
        },
        { role: 'tool', toolCallId: 'c1', content: 'sunny' },
      ],
      tools: [{ name: 'weather', description: 'w', parameters: { type: 'object' } }],
      toolChoice: { name: 'weather' },
      output: { schema: PERSON },
      temperature: 0.5,
      outputTokensMax: 9,
      stop: ['END'],
      seed: 7,
    });
    await client().models.generateContent({
      model: MODEL,
      contents: [
        { role: 'user', parts: [{ text: 'weather?' }] },
        {
          role: 'model',
          parts: [
            {
              functionCall: { id: 'c1', name: 'weather', args: { city: 'Bern' } },
              thoughtSignature: 'c2ln',
            },
          ],
        },
        {
          role: 'user',
          parts: [{ functionResponse: { id: 'c1', name: 'weather', response: { result: 'sunny' } } }],
        },
      ],
      config: {
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        tools: [
          {
            functionDeclarations: [
              { name: 'weather', description: 'w', parametersJsonSchema: { type: 'object' } },
            ],
          },
        ],
        toolConfig: { functionCallingConfig: { mode: 'ANY' as never, allowedFunctionNames: ['weather'] } },
        responseMimeType: 'application/json',
        responseJsonSchema: PERSON,
        temperature: 0.5,
        maxOutputTokens: 9,
        stopSequences: ['END'],
        seed: 7,
      },
    });
    const [ours, theirs] = asked;
    expect(ours?.url).toBe(theirs?.url.split('?')[0]);
    expect(ours?.key).toBe(theirs?.key);
    expect(plain(ours)).toEqual(plain(theirs));
  });

  it('asks for many vectors at once, in order', async () => {
    answer = { embeddings: [{ values: [1] }, { values: [2] }] };
    const output = await benchAt(baseUrl()).call('model.embed', { texts: ['a', 'b'], dimensions: 1 });
    expect(output).toMatchObject({ embeddings: [[1], [2]] });
    await client().models.embedContent({
      model: 'gemini-embedding-001',
      contents: ['a', 'b'],
      config: { outputDimensionality: 1 },
    });
    const [ours, theirs] = asked;
    expect(ours?.url).toBe(theirs?.url.split('?')[0]);
    expect(plain(ours)).toEqual(plain(theirs));
  });

  it('tells in its health whether its model is among those of the account', async () => {
    answer = { models: [{ name: `models/${MODEL}` }, { name: 'models/other' }] };
    await expect(benchAt(baseUrl()).health()).resolves.toBe('2 models');
    await expect(benchAt(baseUrl(), { model: 'x' }).health()).resolves.toMatch(/"x" is not among them/);
  });

  it('takes confidence from the probabilities, where they are told', async () => {
    const top = [
      { token: '2', logProbability: Math.log(0.8) },
      { token: '1', logProbability: Math.log(0.2) },
    ];
    answer = {
      candidates: [
        {
          content: { parts: [{ text: '2' }] },
          finishReason: 'STOP',
          logprobsResult: { chosenCandidates: [top[0]], topCandidates: [{ candidates: top }] },
        },
      ],
    };
    const classes = [{ name: 'billing' }, { name: 'shipping' }];
    const output = await benchAt(baseUrl(), { logprobs: true }).call('model.classify', {
      text: 't',
      classes,
    });
    expect(output).toMatchObject({ class: 'shipping', confidence: expect.closeTo(0.8) });
    expect(asked[0]?.body).toMatchObject({
      generationConfig: { responseLogprobs: true, logprobs: 20, temperature: 0 },
    });
  });
});

describe('the answer', () => {
  const asked = { model: MODEL, messages: 3 };
  const answerOf = (reply: object) => generateAnswer(GenerateReply.parse(reply), asked);
  const saying = (parts: object[], finishReason = 'STOP') =>
    answerOf({ candidates: [{ content: { parts }, finishReason }] });

  it('keeps thoughts out of the text, and the proof of them with the call', () => {
    const parts = [
      { text: 'hm', thought: true },
      { functionCall: { name: 'weather', args: { city: 'Bern' } }, thoughtSignature: 'c2ln' },
    ];
    expect(saying(parts)).toMatchObject({
      text: '',
      finishReason: 'tool-calls',
      toolCalls: [{ id: 'call-3-1', name: 'weather', arguments: { city: 'Bern' }, signature: 'c2ln' }],
    });
  });

  it('counts thoughts among the tokens that it gave', () => {
    const usageMetadata = {
      promptTokenCount: 10,
      cachedContentTokenCount: 4,
      candidatesTokenCount: 3,
      thoughtsTokenCount: 20,
    };
    const candidates = [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }];
    expect(answerOf({ candidates, usageMetadata, modelVersion: 'gemini-2.5-flash-001' })).toMatchObject({
      model: 'gemini-2.5-flash-001',
      usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 23, reasoningTokens: 20 },
    });
  });

  it('says why a prompt was blocked', () => {
    expect(() => answerOf({ promptFeedback: { blockReason: 'SAFETY' } })).toThrow(
      expect.objectContaining({
        fate: 'permanent',
        status: 422,
        reason: 'rejected',
        message: expect.stringContaining('SAFETY'),
      }),
    );
  });

  it.each([
    ['SAFETY', { status: 422, reason: 'rejected' }],
    ['RECITATION', { status: 422, reason: 'rejected' }],
    ['MALFORMED_FUNCTION_CALL', { status: 502, reason: 'invalid-output' }],
  ])('says why there is no answer: %s', (reason, expected) => {
    expect(() => saying([], reason)).toThrow(
      expect.objectContaining({ ...expected, message: expect.stringContaining(reason) }),
    );
  });

  it('gives what there was before the filter came', () => {
    expect(saying([{ text: 'Once' }], 'SAFETY')).toMatchObject({
      text: 'Once',
      finishReason: 'content-filter',
    });
  });
});

describe('the request', () => {
  const { files } = pluginBench(plugin, { apiKey: SECRET, model: MODEL });
  const requestOf = (messages: ModelChatInput['messages']) => generateRequest({ messages }, files);

  it('holds pictures and documents with their bytes', async () => {
    const image = await files.write(new Uint8Array([1, 2, 3]), { mediaType: 'image/png' });
    const document = await files.write(new Uint8Array([4]), { mediaType: 'application/pdf' });
    const content = [
      { type: 'image' as const, image },
      { type: 'document' as const, document },
    ];
    expect((await requestOf([{ role: 'user', content }])).contents).toEqual([
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/png', data: 'AQID' } },
          { inlineData: { mimeType: 'application/pdf', data: 'BA==' } },
        ],
      },
    ]);
  });

  it('takes calls of tools that another model asked for', async () => {
    const toolCalls = [
      { id: 'a', name: 'one', arguments: 'no JSON' },
      { id: 'b', name: 'two', arguments: {} },
    ];
    const { contents } = await requestOf([
      { role: 'assistant', content: '', toolCalls },
      { role: 'tool', toolCallId: 'b', content: '{"ok":true}' },
      { role: 'tool', toolCallId: 'a', content: 'done' },
    ]);
    expect(contents).toEqual([
      {
        role: 'model',
        parts: [
          {
            functionCall: { id: 'a', name: 'one', args: { result: 'no JSON' } },
            thoughtSignature: 'skip_thought_signature_validator',
          },
          { functionCall: { id: 'b', name: 'two', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'b', name: 'two', response: { ok: true } } },
          { functionResponse: { id: 'a', name: 'one', response: { result: 'done' } } },
        ],
      },
    ]);
  });

  it('refuses the result of a call that nobody asked for', async () => {
    await expect(requestOf([{ role: 'tool', toolCallId: 'x', content: '1' }])).rejects.toMatchObject({
      fate: 'permanent',
    });
  });
});

describe('a refusal', () => {
  const refusal = (details: object[]) => ({ error: { message: 'no', details } });

  it('waits as long as the provider says', () => {
    const reply = refusal([{ retryDelay: '34.5s' }]);
    expect(explained(new TransientError('busy', { status: 429, reply }))).toMatchObject({
      fate: 'transient',
      reason: 'throttled',
      retryAfterMs: 34_500,
    });
  });

  it('does not wait for the next day', () => {
    const quotaId = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
    const reply = refusal([{ violations: [{ quotaId }] }, { retryDelay: '9s' }]);
    expect(explained(new TransientError('busy', { status: 429, reply }))).toMatchObject({
      fate: 'permanent',
      reason: 'unavailable',
    });
  });

  it('of a key is one of rights', () => {
    const reply = refusal([{ reason: 'API_KEY_INVALID' }]);
    expect(explained(new PermanentError('bad', { status: 400, reply }))).toMatchObject({
      status: 401,
      reason: 'rejected',
    });
  });
});
