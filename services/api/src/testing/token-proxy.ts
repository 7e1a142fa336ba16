import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Hands requests on with a token, for programs that cannot send one. */
export class TokenProxy {
  private constructor(private readonly server: Server) {}

  static async start(target: string, token: string): Promise<TokenProxy> {
    const server = createServer((request, response) => {
      const headers = { ...request.headers, authorization: `Bearer ${token}` };
      // A connection of its own: one that is used again may be closed just then, and a request is lost.
      const passed = ask(
        new URL(request.url ?? '/', target),
        { method: request.method, headers, agent: false },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          // An SSE stream is of use only when its head arrives before its first event.
          response.flushHeaders();
          answer.pipe(response);
        },
      );
      passed.on('error', () => response.destroy());
      response.on('close', () => passed.destroy());
      request.pipe(passed);
    });
    await new Promise<void>((ready) => {
      server.listen(0, '127.0.0.1', ready);
    });
    return new TokenProxy(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => {
      this.server.close(done);
    });
  }
}
