import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../program.js';

export interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Result {
  exitCode: number;
  out: string;
  err: string;
}

type Reply = { status?: number; body: unknown; headers?: Record<string, string> };

/**
 * The command line against an API at the network's edge: what it sends is recorded, what it gets is told by
 * the test.
 */
export class CliHarness {
  readonly folder = mkdtempSync(join(tmpdir(), 'tutti-cli-'));
  seen: Seen[] = [];
  /** Replies by `METHOD /path`, without the query. */
  replies: Record<string, Reply> = {};
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  private constructor() {}

  /** Listens while the tests around it run; each of them begins with nothing seen and no replies. */
  static forSuite(): CliHarness {
    const harness = new CliHarness();
    beforeAll(() => harness.listen());
    beforeEach(() => {
      harness.seen = [];
      harness.replies = {};
    });
    afterAll(() => harness.close());
    return harness;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.folder, name), text);
    return name;
  }

  async run(
    args: string[],
    more: { env?: Record<string, string>; stdin?: string; columns?: number } = {},
  ): Promise<Result> {
    const result: Result = { exitCode: -1, out: '', err: '' };
    result.exitCode = await runCli(args, {
      stdout: (text) => {
        result.out += text;
      },
      stderr: (text) => {
        result.err += text;
      },
      stdin: () => Promise.resolve(more.stdin ?? ''),
      env: { TUTTI_API_URL: this.url, TUTTI_TOKEN: 'secret', ...more.env },
      cwd: this.folder,
      columns: more.columns ?? null,
    });
    return result;
  }

  private listen(): Promise<void> {
    return new Promise((done) => this.server.listen(0, '127.0.0.1', done));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const { method = '', url = '', headers } = request;
        this.seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
        const reply = this.replies[`${method} ${url.split('?')[0]}`] ?? {
          status: 404,
          body: { type: 'https://tutti.dev/problems/not-found', title: 'Not found', status: 404 },
        };
        const { status = 200 } = reply;
        response.writeHead(status, {
          'content-type': status < 400 ? 'application/json' : 'application/problem+json',
          ...reply.headers,
        });
        response.end(status === 204 ? undefined : JSON.stringify(reply.body));
      });
  }

  private close(): void {
    this.server.closeAllConnections();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
