import {
  type GetPromptResult,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  type Server,
} from '@modelcontextprotocol/server';
import type { McpContribution } from '../mcp/mcp.types.js';
import { asks, IMAGE, QUESTIONS, RUNS, TASKS, tellChangesTo, TOOLS } from './conformance-tools.js';

type Message = GetPromptResult['messages'][number];
type Args = Record<string, string>;

const user = (content: Message['content']): Message => ({ role: 'user', content });
const saying = (text: string): Message => user({ type: 'text', text });
const PROMPTS: Record<string, { takes?: string[]; messages: (args: Args) => Message[] }> = {
  test_simple_prompt: { messages: () => [saying('This is a simple prompt for testing.')] },
  test_prompt_with_arguments: {
    takes: ['arg1', 'arg2'],
    messages: ({ arg1, arg2 }) => [saying(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    takes: ['resourceUri'],
    messages: ({ resourceUri = '' }) => [
      user({
        type: 'resource',
        resource: {
          uri: resourceUri,
          mimeType: 'text/plain',
          text: 'Embedded resource content for testing.',
        },
      }),
      saying('Please process the embedded resource above.'),
    ],
  },
  test_prompt_with_image: {
    messages: () => [
      user({ type: 'image', data: IMAGE, mimeType: 'image/png' }),
      saying('Please analyze the image above.'),
    ],
  },
  test_input_required_result_prompt: { messages: () => [saying('The context is known.')] },
};

const RESOURCES: Record<string, { mimeType: string; text: string } | { mimeType: string; blob: string }> = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: IMAGE },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
};
const TEMPLATE = /^test:\/\/template\/([^/]+)\/data$/;

/** The tools, prompts and resources that the conformance suite of the protocol asks a server for. */
export const CONFORMANCE: McpContribution = {
  capabilities: {
    logging: {},
    completions: {},
    prompts: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
  },
  tasks: TASKS,
  tools: () => Promise.resolve(TOOLS),
  call: async (call) => (await RUNS[call.name]?.(call)) ?? null,
  connect: tellChangesTo,
  extend(server) {
    extendPrompts(server);
    extendResources(server);
    server.setRequestHandler('completion/complete', () => ({
      completion: { values: [], total: 0, hasMore: false },
    }));
  },
};

function extendPrompts(server: Server): void {
  server.setRequestHandler('prompts/list', () => ({
    prompts: Object.entries(PROMPTS).map(([name, { takes = [] }]) => ({
      name,
      description: `The fixture ${name}.`,
      arguments: takes.map((one) => ({ name: one, description: one, required: true })),
    })),
  }));
  server.setRequestHandler('prompts/get', ({ params: { name, arguments: args = {} } }, context) => {
    const prompt = PROMPTS[name];
    if (prompt === undefined) throw notFound(`There is no prompt "${name}".`);
    const asking =
      name === 'test_input_required_result_prompt' && !context.mcpReq.inputResponses?.user_context;
    return asking ? asks({ user_context: QUESTIONS.user_context }) : { messages: prompt.messages(args) };
  });
}

function extendResources(server: Server): void {
  server.setRequestHandler('resources/list', () => ({
    resources: Object.entries(RESOURCES).map(([uri, { mimeType }]) => ({ uri, name: uri, mimeType })),
  }));
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template' }],
  }));
  server.setRequestHandler('resources/read', ({ params: { uri } }): ReadResourceResult => {
    const found = RESOURCES[uri];
    if (found !== undefined) return { contents: [{ uri, ...found }] };
    const id = TEMPLATE.exec(uri)?.[1];
    if (id === undefined) throw notFound('There is no such resource.', { uri });
    const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
    return { contents: [{ uri, mimeType: 'application/json', text }] };
  });
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
}

function notFound(message: string, data?: unknown): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message, data);
}
