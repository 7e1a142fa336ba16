import {
  type CallToolResult,
  type InputRequest,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type ServerNotifier,
  type Tool,
} from '@modelcontextprotocol/server';
import type { McpToolCall } from '../mcp/mcp.types.js';
import type { TaskCreated } from '../mcp/tasks/task.types.js';
import { completed, FixtureTasks } from './conformance-tasks.js';

type Content = CallToolResult['content'][number];
type Run = (call: McpToolCall) => McpFixtureAnswer | Promise<McpFixtureAnswer>;
type McpFixtureAnswer = CallToolResult | InputRequiredResult | TaskCreated;

/** A PNG of one pixel, and a WAV file without a sound. */
export const IMAGE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const AUDIO = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';

const text = (value: string): Content => ({ type: 'text', text: value });
const image: Content = { type: 'image', data: IMAGE, mimeType: 'image/png' };
const resource = (uri: string, value: string, mimeType = 'text/plain'): Content => ({
  type: 'resource',
  resource: { uri, mimeType, text: value },
});
const says = (...content: Content[]): CallToolResult => ({ content });
const tell = (call: McpToolCall, method: string, params: Record<string, unknown>) =>
  call.context.mcpReq.notify({ method, params });

const choices = (word: string) => [1, 2, 3].map((n) => `${word}${n}`);
const titled = (word: string) =>
  choices('value').map((value, i) => ({ const: value, title: `${word} ${i + 1}` }));

/** Forms of every kind of single value with its default, and of every kind of choice. */
const DEFAULTS = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};
const ENUMS = {
  untitledSingle: { type: 'string', enum: choices('option') },
  titledSingle: { type: 'string', oneOf: titled('Option') },
  legacyEnum: { type: 'string', enum: choices('opt'), enumNames: ['One', 'Two', 'Three'] },
  untitledMulti: {
    type: 'array',
    minItems: 1,
    maxItems: 3,
    items: { type: 'string', enum: choices('option') },
  },
  titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: titled('Choice') } },
};

/** What is asked beside the stream of the call may be asked before there is another stream. */
const onItsStream = ({ context }: McpToolCall) => ({ relatedRequestId: context.mcpReq.id });

async function elicited(call: McpToolCall, form: object): Promise<CallToolResult> {
  const params = { message: String(call.args.message ?? 'Fill it in.'), requestedSchema: form };
  const answer = await call.context.mcpReq.elicitInput(params as never, onItsStream(call));
  return says(
    text(`Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`),
  );
}

const form = (properties: object, required: string[] = []) => ({ type: 'object', properties, required });

const asking = (message: string, properties: object) =>
  inputRequired.elicit({
    mode: 'form',
    message,
    requestedSchema: form(properties, Object.keys(properties)),
  } as never);
const sampling = (prompt: string) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
    maxTokens: 100,
  });

let changes: ServerNotifier;
export function tellChangesTo(notify: ServerNotifier): void {
  changes = notify;
}

/** What tools ask of the client. */
export const QUESTIONS = {
  user_name: asking('What is your name?', { name: { type: 'string' } }),
  confirm: asking('Please confirm', { ok: { type: 'boolean' } }),
  step1: asking('Step 1: What is your name?', { name: { type: 'string' } }),
  step2: asking('Step 2: What is your favorite color?', { color: { type: 'string' } }),
  user_context: asking('What context should the prompt use?', { context: { type: 'string' } }),
  capital_question: sampling('What is the capital of France?'),
  greeting: sampling('Generate a greeting'),
  client_roots: inputRequired.listRoots(),
};

export const asks = (
  inputRequests: Record<string, InputRequest>,
  requestState?: string,
): InputRequiredResult =>
  inputRequired({ inputRequests, ...(requestState !== undefined && { requestState }) });

/** A tool that asks until all of its questions are answered. */
function askedFor(names: (keyof typeof QUESTIONS)[], { state = false } = {}): Run {
  return async (call) => {
    const answers = call.context.mcpReq.inputResponses ?? {};
    const complete = names.every((name) => inputResponse(answers, name).kind !== 'missing');
    if (complete) return says(text(`state-ok ${JSON.stringify(answers)}`));
    const questions = Object.fromEntries(names.map((name) => [name, QUESTIONS[name]]));
    return asks(questions, state ? await call.mint({ names }) : undefined);
  };
}

/** The calls of these tools that are tasks. */
export const TASKS = new FixtureTasks();

/** What the tools of the conformance suite do, by their names; the suite says what it expects of them. */
export const RUNS: Record<string, Run> = {
  test_simple_text: () => says(text('This is a simple text response for testing.')),
  test_image_content: () => says(image),
  test_audio_content: () => says({ type: 'audio', data: AUDIO, mimeType: 'audio/wav' }),
  test_embedded_resource: () =>
    says(resource('test://embedded-resource', 'This is an embedded resource content.')),
  test_multiple_content_types: () =>
    says(
      text('Multiple content types test:'),
      image,
      resource('test://mixed-content-resource', '{"test":"data","value":123}', 'application/json'),
    ),
  test_error_handling: () => ({
    ...says(text('This tool intentionally returns an error for testing')),
    isError: true,
  }),
  test_tool_with_logging: async (call) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed'])
      await tell(call, 'notifications/message', { level: 'info', data });
    return says(text('Done.'));
  },
  test_tool_with_progress: async (call) => {
    const progressToken = call.context.mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100])
      await tell(call, 'notifications/progress', { progressToken, progress, total: 100 });
    return says(text(String(progressToken)));
  },
  test_sampling: async (call) => {
    const messages = [{ role: 'user', content: { type: 'text', text: String(call.args.prompt) } }];
    const answer = await call.context.mcpReq.requestSampling(
      { messages, maxTokens: 100 } as never,
      onItsStream(call),
    );
    return says(text(`LLM response: ${(answer.content as { text?: string }).text}`));
  },
  test_elicitation: (call) =>
    elicited(call, form({ username: { type: 'string' }, email: { type: 'string' } }, ['username', 'email'])),
  test_elicitation_sep1034_defaults: (call) => elicited(call, form(DEFAULTS)),
  test_elicitation_sep1330_enums: (call) => elicited(call, form(ENUMS)),
  json_schema_2020_12_tool: ({ args }) => says(text(JSON.stringify(args))),
  test_reconnection: (call) => {
    call.context.http?.closeSSE?.();
    return says(text('It was said after the stream had been closed.'));
  },
  test_logging_tool: async (call) => {
    await call.context.mcpReq.log('info', 'Who asks for logs hears this.');
    return says(text('Done.'));
  },
  test_streaming_elicitation: askedFor(['user_name']),
  test_trigger_tool_change: () => {
    changes.toolsChanged();
    return says(text('Done.'));
  },
  test_trigger_prompt_change: () => {
    changes.promptsChanged();
    return says(text('Done.'));
  },
  test_missing_capability: () => asks({ sample: QUESTIONS.greeting }),
  test_input_required_result_elicitation: askedFor(['user_name']),
  test_input_required_result_sampling: askedFor(['capital_question']),
  test_input_required_result_list_roots: askedFor(['client_roots']),
  test_input_required_result_request_state: askedFor(['confirm'], { state: true }),
  test_input_required_result_tampered_state: askedFor(['confirm'], { state: true }),
  test_input_required_result_multiple_inputs: askedFor(['user_name', 'greeting', 'client_roots'], {
    state: true,
  }),
  test_input_required_result_multi_round: async (call) => {
    const { inputResponses } = call.context.mcpReq;
    if (inputResponses?.step2) return says(text('Both steps are done.'));
    const step = inputResponses?.step1 ? 'step2' : 'step1';
    return asks({ [step]: QUESTIONS[step] }, await call.mint({ step }));
  },
  test_input_required_result_capabilities: ({ server }) => {
    const { elicitation, sampling } = server.getClientCapabilities() ?? {};
    return asks({
      ...(elicitation && { user_name: QUESTIONS.user_name }),
      ...(sampling && { greeting: QUESTIONS.greeting }),
    });
  },
  greet: ({ args }) => says(text(`Hello, ${String(args.name)}!`)),
  confirm_delete: () => TASKS.create(completed(says(text('Deleted.'))), { confirm: QUESTIONS.confirm }),
  multi_input: () =>
    TASKS.create(completed(says(text('Done.'))), { one: QUESTIONS.user_name, two: QUESTIONS.confirm }),
  protocol_error_job: () =>
    TASKS.create({ status: 'failed', error: { code: -32_603, message: 'It broke.' } }),
  test_tool_with_task: (call) => {
    const { user_name: answer } = call.context.mcpReq.inputResponses ?? {};
    return answer === undefined
      ? asks({ user_name: QUESTIONS.user_name })
      : TASKS.create(completed(says(text(`Hello, ${JSON.stringify(answer)}!`))));
  },
};

const SCHEMAS: Record<string, object> = {
  test_sampling: form({ prompt: { type: 'string' } }, ['prompt']),
  test_elicitation: form({ message: { type: 'string' } }, ['message']),
  json_schema_2020_12_tool: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  },
};

export const TOOLS: Tool[] = Object.keys(RUNS)
  .sort()
  .map((name) => ({
    name,
    description: `The fixture ${name} of the conformance suite.`,
    inputSchema: (SCHEMAS[name] ?? { type: 'object' }) as Tool['inputSchema'],
  }));
