import { randomUUID } from 'node:crypto';
import { type Server, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import { EventMemory } from './event-memory.js';
import type { McpCaller } from './mcp-caller.types.js';
import { McpServerFactory } from './mcp-server.factory.js';

interface Session {
  server: Server;
  transport: WebStandardStreamableHTTPServerTransport;
  tokenId: string;
  usedAtMs: number;
}

const RETRY_MS = 1_000;

/**
 * Sessions of clients that speak a revision before 2026-07-28, in the memory of this process. One that is not
 * known is answered with 404, upon which a client opens a new one; the runs that it started go on.
 */
@Injectable()
export class McpSessions {
  private readonly sessions = new Map<string, Session>();

  constructor(
    @Inject(McpServerFactory) private readonly factory: McpServerFactory,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  async serve(request: Request, by: McpCaller, body: unknown): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    if (id === null) return (await this.open(by)).handleRequest(request, { parsedBody: body });
    const session = this.sessions.get(id);
    if (session === undefined || session.tokenId !== by.caller.tokenId) return unknownSession();
    session.usedAtMs = Date.now();
    return session.transport.handleRequest(request, { parsedBody: body });
  }

  /** Tells all clients that the list of tools is another one. */
  toolsChanged(): void {
    for (const { server } of this.sessions.values())
      void server.notification({ method: 'notifications/tools/list_changed' }).catch(() => undefined);
  }

  async close(): Promise<void> {
    const all = [...this.sessions.values()];
    this.sessions.clear();
    await Promise.all(all.map(({ server }) => server.close()));
  }

  private async open(by: McpCaller): Promise<WebStandardStreamableHTTPServerTransport> {
    await this.makeRoom();
    const server = this.factory.make(by);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new EventMemory(),
      retryInterval: RETRY_MS,
      keepAliveMs: this.config.heartbeatMs,
      onsessioninitialized: (id) => {
        const session = { server, transport, tokenId: by.caller.tokenId, usedAtMs: Date.now() };
        this.sessions.set(id, session);
      },
      onsessionclosed: (id) => {
        this.sessions.delete(id);
      },
    });
    await server.connect(transport);
    return transport;
  }

  /** The sessions that nobody used for long are closed when others come. */
  private async makeRoom(): Promise<void> {
    const before = Date.now() - this.config.mcpSessionIdleSeconds * 1000;
    for (const [id, { server, usedAtMs }] of this.sessions) {
      if (usedAtMs >= before) continue;
      this.sessions.delete(id);
      await server.close();
    }
    if (this.sessions.size < this.config.mcpSessionsMax) return;
    throw new ProblemError(
      'too-many-requests',
      `More than ${this.config.mcpSessionsMax} MCP sessions are open. Try again later.`,
      { headers: { 'retry-after': '60' } },
    );
  }
}

function unknownSession(): Response {
  const error = { code: -32_001, message: 'Session not found. Initialize again.' };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 });
}
