import { createMcpHandler, isLegacyRequest, type McpHttpHandler } from '@modelcontextprotocol/server';
import { Bus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import type { McpCaller } from './mcp-caller.types.js';
import { McpServerFactory } from './mcp-server.factory.js';
import { McpSessions } from './mcp-sessions.js';
import { RunFollower } from './run-follower.js';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** The hub as an MCP server: revision 2026-07-28 without sessions, older ones with them. */
@Injectable()
export class McpEndpoint implements OnApplicationShutdown {
  private readonly logger = new Logger(McpEndpoint.name);
  private readonly handler: McpHttpHandler;
  private readonly origins: ReadonlySet<string>;
  private readonly stopListening: () => void;

  constructor(
    @Inject(McpServerFactory) factory: McpServerFactory,
    @Inject(McpSessions) private readonly sessions: McpSessions,
    @Inject(RunFollower) private readonly follower: RunFollower,
    @Inject(API_CONFIG) config: ApiConfig,
    @Inject(Bus) bus: Bus,
  ) {
    this.handler = createMcpHandler(({ authInfo }) => factory.make(authInfo?.extra?.by as McpCaller), {
      legacy: 'reject',
      keepAliveMs: config.heartbeatMs,
      onerror: (error) => this.logger.debug(error.message),
    });
    factory.connect(this.handler.notify);
    this.origins = new Set([...LOOPBACK, new URL(config.dashboardUrl).hostname, ...config.mcpOrigins]);
    this.stopListening = bus.subscribe(TOPICS.control, (messages) => {
      if (messages.some(({ what }) => what === 'workflow')) this.toolsChanged();
    });
  }

  async serve(request: Request, by: McpCaller, body: unknown): Promise<Response> {
    this.checkOrigin(request.headers.get('origin'));
    if (await isLegacyRequest(request, body)) return this.sessions.serve(request, by, body);
    const authInfo = { token: '', clientId: by.caller.tokenId, scopes: [], extra: { by } };
    return this.handler.fetch(request, { authInfo, parsedBody: body });
  }

  /** Before the process ends: calls that wait are answered, and streams end. */
  async release(): Promise<void> {
    this.follower.release();
    await this.sessions.close();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopListening();
    await this.release();
    await this.handler.close();
  }

  /** A page of another site must not reach the hub through the browser of somebody who is signed in. */
  private checkOrigin(origin: string | null): void {
    if (origin === null) return;
    const host = URL.canParse(origin) ? new URL(origin).hostname : '';
    if (this.origins.has(host)) return;
    throw new ProblemError(
      'forbidden',
      'Pages of this origin may not call the MCP endpoint. The operator allows one with TUTTI_MCP_ORIGINS.',
    );
  }

  private toolsChanged(): void {
    this.handler.notify.toolsChanged();
    this.sessions.toolsChanged();
  }
}
