import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What the stub does with a request; the request is recorded before. */
export type Behaviour = (request: SeenRequest, response: ServerResponse) => void;

/** A real HTTP server on a free port, the only thing that tests replace by a stand-in. */
export class HttpStub {
  readonly seen: SeenRequest[] = [];
  behaviour: Behaviour = (_request, response) => json(response, 200, { ok: true });
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
        this.seen.push(seen);
        this.behaviour(seen, response);
      });
    });
  }

  static async start(): Promise<HttpStub> {
    const stub = new HttpStub();
    await new Promise<void>((ready) => stub.#server.listen(0, '127.0.0.1', ready));
    return stub;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  get last(): SeenRequest {
    const last = this.seen.at(-1);
    if (last === undefined) throw new Error('No request came.');
    return last;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
