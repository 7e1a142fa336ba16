import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** A real MCP server, made with the protocol's own SDK. */
export class TestMcpServer {
  /** What tools were called with. */
  readonly calls: { args: unknown; meta: Record<string, unknown> | undefined }[] = [];
  readonly requests: { method: string; headers: IncomingMessage['headers']; body: string }[] = [];
  /** Sessions that are open. */
  readonly sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  /** Answers in the place of the server when it says true. */
  intercept: (request: IncomingMessage, body: string, response: ServerResponse) => boolean = () => false;
  readonly #server: Server;
  readonly #stateless = toNodeHandler(createMcpHandler(() => this.#make(), { legacy: 'reject' }));
  readonly #json: boolean;

  private constructor(json: boolean) {
    this.#json = json;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  /** `json`: it answers with JSON in the place of SSE. */
  static async start({ json = false } = {}): Promise<TestMcpServer> {
    const server = new TestMcpServer(json);
    await new Promise<void>((ready) => server.#server.listen(0, '127.0.0.1', ready));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const transport of this.sessions.values()) await transport.close();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    this.requests.push({ method: request.method ?? '', headers: request.headers, body });
    if (this.intercept(request, body, response)) return;
    const parsed: unknown = body === '' ? undefined : JSON.parse(body);
    if (request.url === '/stateless') {
      await this.#stateless(request, response, parsed);
      return;
    }
    const transport = this.sessions.get(String(request.headers['mcp-session-id'])) ?? (await this.#open());
    await transport.handleRequest(request, response, parsed);
  }

  async #open(): Promise<NodeStreamableHTTPServerTransport> {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: this.#json,
      onsessioninitialized: (id) => {
        this.sessions.set(id, transport);
      },
      onsessionclosed: (id) => {
        this.sessions.delete(id);
      },
    });
    await this.#make().connect(transport as never);
    return transport;
  }

  #make(): McpServer {
    const server = new McpServer({ name: 'test', version: '1.0.0' });
    const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
    server.registerTool(
      'add',
      { inputSchema: z.object({ a: z.number(), b: z.number() }) },
      (args, context) => {
        this.calls.push({ args, meta: context.mcpReq._meta });
        return { ...text(String(args.a + args.b)) };
      },
    );
    server.registerTool('fail', {}, () => ({ ...text('The printer is out of paper.'), isError: true }));
    server.registerTool('large', {}, () => text('x'.repeat(2 * 1024 * 1024)));
    server.registerTool('hang', {}, () => new Promise<never>(() => undefined));
    server.registerPrompt('greet', { argsSchema: z.object({ name: z.string() }) }, ({ name }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name}.` } }],
    }));
    server.registerResource('readme', 'test://readme', {}, (uri) => ({
      contents: [{ uri: uri.href, text: 'Read me.' }],
    }));
    return server;
  }
}
