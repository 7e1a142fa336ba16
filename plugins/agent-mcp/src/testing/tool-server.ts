import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, fromJsonSchema, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

interface Asked {
  method: string | undefined;
  params?: { name?: string; _meta?: Record<string, unknown> };
}

/** A real MCP server, made with the protocol's own SDK: without sessions at `/new`, with them at `/old`. */
export class ToolServer {
  readonly asked: { headers: IncomingHttpHeaders; verb: string | undefined; body: Asked }[] = [];
  readonly sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  /** Answers in the place of the server when it says true. */
  intercept: (body: Asked, response: ServerResponse) => boolean = () => false;
  /** What the tool `add` says of itself. */
  description = 'Adds two numbers.';
  /** Answers with JSON where it may. */
  json = false;
  readonly #server: Server;
  readonly #new = toNodeHandler(createMcpHandler(() => this.#make(), { legacy: 'reject' }));

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const body = (text === '' ? {} : JSON.parse(text)) as Asked;
        const { headers, method: verb } = request;
        this.asked.push({ headers, verb, body });
        if (this.intercept(body, response)) return;
        const parsed = text === '' ? undefined : body;
        if (request.url === '/new') void this.#new(request, response, parsed);
        else
          void this.#session(headers['mcp-session-id']).then((transport) =>
            transport.handleRequest(request, response, parsed),
          );
      });
    });
  }

  static async start(): Promise<ToolServer> {
    const server = new ToolServer();
    await new Promise<void>((ready) => {
      server.#server.listen(0, '127.0.0.1', ready);
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const transport of this.sessions.values()) await transport.close();
    this.#server.closeAllConnections();
    await new Promise((done) => {
      this.#server.close(done);
    });
  }

  async #session(id: string | string[] | undefined): Promise<NodeStreamableHTTPServerTransport> {
    const known = this.sessions.get(String(id));
    if (known !== undefined) return known;
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: this.json,
      onsessioninitialized: (given) => {
        this.sessions.set(given, transport);
      },
      onsessionclosed: (given) => {
        this.sessions.delete(given);
      },
    });
    await this.#make().connect(transport as never);
    return transport;
  }

  #make(): McpServer {
    const server = new McpServer({ name: 'test', version: '1.0.0' });
    const text = (value: string) => ({ type: 'text' as const, text: value });
    const sum = z.object({ sum: z.number() });
    const numbers = z.object({ a: z.number(), b: z.number() });
    const reads = { annotations: { readOnlyHint: true } };
    const { description } = this;
    server.registerTool(
      'add',
      { description, inputSchema: numbers, outputSchema: sum, ...reads },
      ({ a, b }) => ({ content: [text(String(a + b))], structuredContent: { sum: a + b } }),
    );
    server.registerTool('send', { inputSchema: z.object({}) }, () => ({ content: [text('Sent.')] }));
    server.registerTool('fail', {}, () => ({
      content: [text('The printer is out of paper.')],
      isError: true,
    }));
    server.registerTool('draw', {}, () => ({
      content: [
        { type: 'image', data: Buffer.from('png').toString('base64'), mimeType: 'image/png' },
        { type: 'resource', resource: { uri: 'file:///notes/a.txt', text: 'Notes.' } },
      ],
    }));
    server.registerTool('ask', {}, ({ mcpReq }) => {
      const { who } = mcpReq.inputResponses ?? {};
      const { name } = (who as { content?: { name?: string } } | undefined)?.content ?? {};
      if (name !== undefined) return { content: [text(`For ${name}.`)] };
      const requestedSchema = {
        type: 'object',
        properties: { name: { type: 'string' } },
        required: ['name'],
      };
      const question = inputRequired.elicit({ mode: 'form', message: 'For whom?', requestedSchema } as never);
      return inputRequired({ inputRequests: { who: question }, requestState: 'asked once' });
    });
    // What its schema says and what it gives are two things.
    server.registerTool('lie', { outputSchema: fromJsonSchema({ type: 'object' }) }, () => ({
      content: [],
      structuredContent: { sum: 'five' },
    }));
    return server;
  }
}
