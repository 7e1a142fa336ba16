import assert from 'node:assert/strict';
import type {
  ModelChatInput,
  ModelChatOutput,
  ModelClassifyOutput,
  ModelExtractOutput,
} from '@tutti/contracts';
import type { AttemptPorts } from '../attempt.js';
import { CLASSIFIED_STATUSES, fails, includes, tellsNot } from './failures.js';
import type { PluginBench } from './plugin-bench.js';

/** What is asked of the server that plays the provider; `LLMock` of @copilotkit/aimock is one. */
export interface ModelServer {
  onMessage(
    pattern: string,
    response: ScriptedAnswer,
    options?: { chaos?: object; chunkSize?: number; truncateAfterChunks?: number },
  ): unknown;
  on(match: object, response: ScriptedAnswer): unknown;
  nextRequestError(status: number, error?: { message?: string; type?: string; code?: string }): unknown;
  getRequests(): readonly { body: unknown }[];
}

interface ScriptedAnswer {
  content?: string;
  toolCalls?: { id: string; name: string; arguments: string }[];
  finishReason?: string;
  usage?: Record<string, number>;
}

/** A model plugin with the server behind it. */
export interface ModelSubject {
  server: ModelServer;
  bench: PluginBench;
  /** The model that its settings name. */
  model: string;
  /** The key that its settings hold. */
  secret: string;
}

/** Something that holds for every model plugin. */
export interface ModelBehaviour {
  name: string;
  holds(subject: ModelSubject): Promise<void>;
}

const PERSON = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const TOOL = {
  name: 'weather',
  description: 'The weather of a place',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};
const CLASSES = [{ name: 'billing', examples: ['my invoice'] }, { name: 'shipping' }];

const user = (content: string) => ({ role: 'user' as const, content });
const chat = ({ bench }: ModelSubject, input: Partial<ModelChatInput>, ports?: AttemptPorts) =>
  bench.call('model.chat', input, ports) as Promise<ModelChatOutput>;

const CHATS: readonly ModelBehaviour[] = [
  {
    name: 'gives the text with model, reason and tokens',
    async holds(subject) {
      const usage = { prompt_tokens: 12, completion_tokens: 3, input_tokens: 12, output_tokens: 3 };
      subject.server.onMessage('hello', { content: 'Hi there!', usage });
      const output = await chat(subject, { messages: [user('hello')] });
      includes(output, { text: 'Hi there!', object: null, toolCalls: [], finishReason: 'stop' });
      includes(output, { model: subject.model, usage: { inputTokens: 12, outputTokens: 3 } });
    },
  },
  {
    name: 'tells the model what the system says',
    async holds(subject) {
      subject.server.on({ systemMessage: 'Be brief.' }, { content: 'Yes.' });
      const messages = [{ role: 'system' as const, content: 'Be brief.' }, user('really?')];
      includes(await chat(subject, { messages }), { text: 'Yes.' });
    },
  },
  {
    name: 'gives calls of tools, and takes their results',
    async holds(subject) {
      const call = { id: 'call_1', name: 'weather', arguments: '{"city":"Bern"}' };
      subject.server.on({ userMessage: 'weather', hasToolResult: false }, { toolCalls: [call] });
      subject.server.on({ toolResultContains: 'sunny' }, { content: 'It is sunny.' });
      const messages = [user('weather in Bern?')];
      const first = await chat(subject, { messages, tools: [TOOL], toolChoice: 'required' });
      includes(first, { text: '', finishReason: 'tool-calls', object: null });
      includes(first.toolCalls, [{ name: 'weather', arguments: { city: 'Bern' } }]);
      const id = first.toolCalls[0]?.id ?? '';
      const answered = [
        ...messages,
        { role: 'assistant' as const, content: '', toolCalls: first.toolCalls },
        { role: 'tool' as const, toolCallId: id, content: 'sunny' },
      ];
      const second = await chat(subject, { messages: answered, tools: [TOOL] });
      includes(second, { text: 'It is sunny.', toolCalls: [], finishReason: 'stop' });
    },
  },
  {
    name: 'gives JSON of a schema',
    async holds(subject) {
      subject.server.onMessage('who', { content: '{"name":"Ann"}' });
      const output = { schema: PERSON, name: 'answer' };
      assert.deepEqual((await chat(subject, { messages: [user('who?')], output })).object, { name: 'Ann' });
    },
  },
  {
    name: 'refuses an answer that is no JSON where JSON was asked for',
    async holds(subject) {
      subject.server.onMessage('who', { content: 'Ann' });
      const asked = chat(subject, {
        messages: [user('who?')],
        output: { schema: PERSON, name: 'answer' },
      });
      await fails(asked, { fate: 'permanent', reason: 'invalid-output' });
    },
  },
  {
    name: 'says that an answer at the limit of tokens is cut',
    async holds(subject) {
      subject.server.onMessage('who', { content: '{"name":', finishReason: 'length' });
      const messages = [user('who?')];
      includes(await chat(subject, { messages }), { text: '{"name":', finishReason: 'length' });
      const asked = chat(subject, { messages, output: { schema: PERSON, name: 'answer' } });
      const { message } = await fails(asked, { fate: 'permanent', reason: 'invalid-output' });
      assert.match(message, /cut/);
    },
  },
];

const OTHERS: readonly ModelBehaviour[] = [
  {
    name: 'gives the class that the model names',
    async holds({ server, bench, model }) {
      server.onMessage('where is it', { content: '2' });
      const output = await bench.call('model.classify', { text: 'where is it', classes: CLASSES });
      includes(output as ModelClassifyOutput, { class: 'shipping', model });
    },
  },
  {
    name: 'refuses an answer that is none of the classes',
    async holds({ server, bench }) {
      server.onMessage('where is it', { content: 'no idea' });
      const asked = bench.call('model.classify', { text: 'where is it', classes: CLASSES });
      await fails(asked, { fate: 'permanent', reason: 'invalid-output' });
    },
  },
  {
    name: 'reads a text into JSON of a schema',
    async holds({ server, bench, model }) {
      server.onMessage('I am Ann', { content: '{"name":"Ann"}' });
      const output = await bench.call('model.extract', { content: 'I am Ann', schema: PERSON });
      includes(output as ModelExtractOutput, { value: { name: 'Ann' }, model });
    },
  },
  {
    name: 'refuses a picture of a type that no model looks at',
    async holds(subject) {
      const image = await subject.bench.files.write(new Uint8Array([1]), { mediaType: 'image/tiff' });
      const content = [{ type: 'image' as const, image }];
      await fails(chat(subject, { messages: [{ role: 'user', content }] }), { fate: 'permanent' });
    },
  },
];

const FAILURES: readonly ModelBehaviour[] = [
  ...CLASSIFIED_STATUSES.map(([status, expected]) => ({
    name: `classifies ${status}, and tells no key`,
    async holds(subject: ModelSubject) {
      subject.server.nextRequestError(status, { message: 'not now' });
      const error = await fails(chat(subject, { messages: [user('x')] }), expected);
      tellsNot(subject.secret, error);
    },
  })),
  {
    name: 'takes a broken reply for the fault of the provider',
    async holds(subject) {
      subject.server.onMessage('x', { content: 'y' }, { chaos: { malformedRate: 1 } });
      const asked = chat(subject, { messages: [user('x')] });
      await fails(asked, { fate: 'permanent', reason: 'invalid-output' });
    },
  },
  {
    name: 'tries again later when the connection is cut',
    async holds(subject) {
      subject.server.onMessage('x', { content: 'y' }, { chaos: { disconnectRate: 1 } });
      await fails(chat(subject, { messages: [user('x')] }), { fate: 'transient', reason: 'unavailable' });
    },
  },
  {
    name: 'stops when the call is cancelled',
    async holds(subject) {
      subject.server.onMessage('x', { content: 'y' }, { chaos: { latencyMs: 30_000 } });
      const controller = new AbortController();
      const asked = chat(subject, { messages: [user('x')] }, { signal: controller.signal });
      controller.abort();
      await fails(asked, { fate: 'transient' });
    },
  },
];

/** What holds besides when the settings say that chats are streamed. */
export const MODEL_STREAM_BEHAVIOURS: readonly ModelBehaviour[] = [
  {
    name: 'tells the text as it comes',
    async holds(subject) {
      const content = 'Once upon a time there was a text that came in many parts.';
      subject.server.onMessage('tell', { content }, { chunkSize: 5 });
      const told: string[] = [];
      const output = await chat(
        subject,
        { messages: [user('tell me')] },
        { partial: (text) => told.push(text) },
      );
      assert.equal(output.text, content);
      assert.equal(told.join(''), content);
      assert.ok(told.length > 1);
    },
  },
  {
    name: 'tries again later when the answer is cut off',
    async holds(subject) {
      const content = 'Once upon a time there was a text that never came to its end.';
      subject.server.onMessage('tell', { content }, { chunkSize: 5, truncateAfterChunks: 4 });
      const asked = chat(subject, { messages: [user('tell me')] });
      await fails(asked, { fate: 'transient', reason: 'unavailable' });
    },
  },
];

/** Behaviours that a model plugin shares with all others: run each as a test of its own. */
export const MODEL_BEHAVIOURS: readonly ModelBehaviour[] = [...CHATS, ...OTHERS, ...FAILURES];
