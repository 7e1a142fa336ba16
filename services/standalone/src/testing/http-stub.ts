import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that the stub saw. */
export interface Seen {
  key: string;
  path: string;
  body: string;
}

/** A system that workflows call over HTTP: it remembers every request and answers with what it was sent. */
export class HttpStub {
  readonly seen: Seen[] = [];
  /** How long an answer takes, so that calls are under way when something dies. */
  answerMs = 5;
  private server: Server | null = null;
  url = '';

  static async start(): Promise<HttpStub> {
    const stub = new HttpStub();
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const key = String(request.headers['idempotency-key']);
        stub.seen.push({ key, path: request.url ?? '', body });
        setTimeout(
          () => response.setHeader('content-type', 'application/json').end(body || '{}'),
          stub.answerMs,
        );
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    stub.server = server;
    stub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return stub;
  }

  /** Requests by their key: a repeat has the key of the first try, and two steps never share one. */
  byKey(): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    for (const { key, path, body } of this.seen)
      found.set(key, (found.get(key) ?? new Set()).add(`${path} ${body}`));
    return found;
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}
