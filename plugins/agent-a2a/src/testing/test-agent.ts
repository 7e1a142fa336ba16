import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Part, TaskState } from '@a2a-js/sdk';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  type RequestContext,
  ServerCallContext,
} from '@a2a-js/sdk/server';

type Content = NonNullable<Part['content']>;

const part = (content: Content, filename = '', mediaType = ''): Part => ({
  content,
  metadata: undefined,
  filename,
  mediaType,
});

/** Does what it is told: asks for a name, fails, or gives back what it got in every kind of part. */
class ObedientAgent implements AgentExecutor {
  async execute(context: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const { taskId, contextId, userMessage, task: known } = context;
    const of = { taskId, contextId, metadata: undefined };
    const say = (state: TaskState, text?: string) => {
      const parts = [part({ $case: 'text', value: text ?? '' })];
      const message = { ...userMessage, messageId: `m-${state}`, role: 2, parts };
      return { state, message: text === undefined ? undefined : message, timestamp: undefined };
    };
    const end = (state: TaskState, text?: string) => {
      bus.publish(AgentEvent.statusUpdate({ ...of, status: say(state, text) }));
      bus.finished();
    };
    const status = say(TaskState.TASK_STATE_WORKING);
    if (known === undefined)
      bus.publish(
        AgentEvent.task({
          id: taskId,
          contextId,
          metadata: undefined,
          artifacts: [],
          history: [userMessage],
          status,
        }),
      );
    const [first] = userMessage.parts;
    const told = first?.content?.$case === 'text' ? first.content.value : '';
    if (told === 'ask') return end(TaskState.TASK_STATE_INPUT_REQUIRED, 'For whom?');
    if (told === 'fail') return end(TaskState.TASK_STATE_FAILED, 'The printer is out of paper.');
    const parts = [
      part({ $case: 'text', value: `Did: ${told}` }),
      part({ $case: 'data', value: { parts: userMessage.parts.length } }),
      part({ $case: 'raw', value: Buffer.from('bytes') }, 'a.bin', 'application/x-test'),
      part({ $case: 'url', value: 'https://files.example.com/b.pdf' }, 'b.pdf', 'application/pdf'),
    ];
    const artifact = {
      artifactId: 'a1',
      name: 'a',
      description: '',
      parts,
      metadata: undefined,
      extensions: [],
    };
    bus.publish(AgentEvent.artifactUpdate({ ...of, artifact, append: false, lastChunk: true }));
    end(TaskState.TASK_STATE_COMPLETED);
  }

  async cancelTask(): Promise<void> {}
}

interface Asked {
  method?: string;
  params?: { message?: Record<string, unknown>; configuration?: Record<string, unknown> };
}

/** A real agent, made with the protocol's own SDK, of both generations. */
export class TestAgent {
  readonly asked: { headers: IncomingHttpHeaders; body: Asked }[] = [];
  /** Answers in the place of the agent when it says true. */
  intercept: (method: string | undefined, response: ServerResponse) => boolean = () => false;
  /** True: the agent does not wait for the end of a task before it answers. */
  hasty = false;
  readonly #server: Server;
  readonly #old: LegacyJsonRpcTransportHandler;
  readonly #new: JsonRpcTransportHandler;

  private constructor() {
    const handler = new DefaultRequestHandler(
      {
        ...card(''),
        supportedInterfaces: ['1.0', '0.3'].map((protocolVersion) => ({
          url: '/',
          protocolBinding: 'JSONRPC',
          protocolVersion,
          tenant: '',
        })),
      } as never,
      new InMemoryTaskStore(),
      new ObedientAgent(),
    );
    this.#old = new LegacyJsonRpcTransportHandler(handler);
    this.#new = new JsonRpcTransportHandler(handler);
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const body = (text === '' ? {} : JSON.parse(text)) as Asked;
        if (text !== '') this.asked.push({ headers: request.headers, body });
        void this.#answer(request.url ?? '', body, response);
      });
    });
  }

  static async start(): Promise<TestAgent> {
    const agent = new TestAgent();
    await new Promise<void>((ready) => {
      agent.#server.listen(0, '127.0.0.1', ready);
    });
    return agent;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => {
      this.#server.close(done);
    });
  }

  async #answer(url: string, body: Asked, response: ServerResponse): Promise<void> {
    if (this.intercept(body.method, response)) return;
    if (url.endsWith('card.json')) return json(response, this.#cardAt(url));
    const { configuration } = body.params ?? {};
    if (this.hasty && configuration)
      Object.assign(configuration, { blocking: false, returnImmediately: true });
    const context = new ServerCallContext({ requestedVersion: url === '/v1' ? '1.0' : '0.3' });
    json(response, await (url === '/v1' ? this.#new : this.#old).handle({ ...body } as never, context));
  }

  #cardAt(url: string): unknown {
    if (url === '/old-card.json')
      return { ...card('old'), protocolVersion: '0.3.0', url: '/v0', preferredTransport: 'JSONRPC' };
    const supportedInterfaces = [
      { url: 'grpc.example.com:443', protocolBinding: 'GRPC', protocolVersion: '1.0' },
      { url: `${this.url}/v1`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
    ];
    return { ...card('new'), supportedInterfaces };
  }
}

function card(name: string): Record<string, unknown> {
  return {
    name,
    description: 'Obeys.',
    version: '1',
    capabilities: { streaming: true, pushNotifications: false, extensions: [] },
    defaultInputModes: ['text'],
    defaultOutputModes: ['text'],
    skills: [],
    securitySchemes: {},
  };
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
