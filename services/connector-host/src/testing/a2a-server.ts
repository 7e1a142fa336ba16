import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TaskState } from '@a2a-js/sdk';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
  type AgentExecutor,
  type ExecutionEventBus,
  type RequestContext,
} from '@a2a-js/sdk/server';

/** An agent that works on a task, gives back what it was told, and is done. */
class EchoAgent implements AgentExecutor {
  async execute(context: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const { taskId, contextId, userMessage } = context;
    const status = (state: TaskState) => ({ state, message: undefined, timestamp: undefined });
    const task = { id: taskId, contextId, metadata: undefined, artifacts: [], history: [userMessage] };
    bus.publish(AgentEvent.task({ ...task, status: status(TaskState.TASK_STATE_WORKING) }));
    const [part] = userMessage.parts;
    const said = part?.content?.$case === 'text' ? part.content.value : 'nothing';
    const content = { $case: 'text', value: `Echo: ${said}` } as const;
    const reply = { content, metadata: undefined, filename: '', mediaType: '' };
    const artifact = {
      artifactId: 'a1',
      name: 'echo',
      description: '',
      parts: [reply],
      metadata: undefined,
      extensions: [],
    };
    const update = { taskId, contextId, metadata: undefined };
    bus.publish(AgentEvent.artifactUpdate({ ...update, artifact, append: false, lastChunk: true }));
    bus.publish(AgentEvent.statusUpdate({ ...update, status: status(TaskState.TASK_STATE_COMPLETED) }));
    bus.finished();
  }

  async cancelTask(): Promise<void> {}
}

/** What an agent was sent. */
interface AgentRequest {
  method?: string;
  params?: { message?: Record<string, unknown> };
}

/** A real agent, made with the protocol's own SDK: A2A 1.0 at `/v1`, 0.3 at `/v0`, and a card of each. */
export class TestA2aServer {
  readonly seen: { url: string; headers: IncomingMessage['headers']; body: AgentRequest }[] = [];
  /** Answers in the place of the agent when it says true. */
  intercept: (url: string, response: ServerResponse) => boolean = () => false;
  readonly #server: Server;
  readonly #handlers: Record<string, JsonRpcTransportHandler | LegacyJsonRpcTransportHandler>;

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
    const card = {
      ...cardOf(''),
      supportedInterfaces: ['1.0', '0.3'].map((protocolVersion) => ({
        url: '/',
        protocolBinding: 'JSONRPC',
        protocolVersion,
        tenant: '',
      })),
    };
    const handler = new DefaultRequestHandler(card as never, new InMemoryTaskStore(), new EchoAgent());
    this.#handlers = {
      '/v1': new JsonRpcTransportHandler(handler),
      '/v0': new LegacyJsonRpcTransportHandler(handler),
    };
  }

  static async start(): Promise<TestA2aServer> {
    const server = new TestA2aServer();
    await new Promise<void>((ready) => server.#server.listen(0, '127.0.0.1', ready));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What agents were asked, without the fetches of cards. */
  get asked(): TestA2aServer['seen'] {
    return this.seen.filter(({ url }) => url.startsWith('/v'));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = request.url ?? '';
    const text = Buffer.concat(chunks).toString('utf8');
    const body = text === '' ? {} : (JSON.parse(text) as AgentRequest);
    this.seen.push({ url, headers: request.headers, body });
    if (this.intercept(url, response)) return;
    const handler = this.#handlers[url];
    if (handler === undefined) return json(response, this.#card(url));
    const requestedVersion = url === '/v1' ? '1.0' : '0.3';
    const answer = await handler.handle({ ...body }, new ServerCallContext({ requestedVersion }));
    if (!(Symbol.asyncIterator in answer)) return json(response, answer);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for await (const event of answer) response.write(`data: ${JSON.stringify(event)}\n\n`);
    response.end();
  }

  #card(url: string): unknown {
    if (url === '/new-card.json')
      return {
        ...cardOf('new'),
        supportedInterfaces: [
          { url: 'grpc.example.com:443', protocolBinding: 'GRPC', protocolVersion: '1.0' },
          { url: `${this.origin}/v1`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
        ],
      };
    return { ...cardOf('old'), protocolVersion: '0.3.0', url: '/v0', preferredTransport: 'JSONRPC' };
  }
}

function cardOf(name: string): Record<string, unknown> {
  const modes = { defaultInputModes: ['text'], defaultOutputModes: ['text'] };
  const capabilities = { streaming: true, pushNotifications: false, extensions: [] };
  return {
    name,
    description: 'Echoes.',
    version: '1',
    capabilities,
    ...modes,
    skills: [],
    securitySchemes: {},
  };
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
