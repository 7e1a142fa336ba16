import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came by. */
export interface PassedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What is done instead of passing on an answer. */
export type Fault =
  /** The request is passed on and performed; its answer is lost. */
  | 'lose-answer'
  /** The answer is given in the server's stead. */
  | { status: number; body: string; type?: string; headers?: Record<string, string> };

/** Stands between a connector and a real server, and does what networks do. */
export class FaultyProxy {
  readonly seen: PassedRequest[] = [];
  readonly #server: Server;
  readonly #target: string;
  #faults: { of: (request: PassedRequest) => boolean; fault: Fault }[] = [];

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      this.#pass(request, response).catch(() => response.destroy());
    });
  }

  /** Starts on a port of its own; `target` is the server's address without a path. */
  static async before(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await new Promise<void>((done) => proxy.#server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next request that fits meets the fault; later ones pass. */
  once(of: (request: PassedRequest) => boolean, fault: Fault): void {
    this.#faults.push({ of, fault });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const { method = 'GET', url: path = '/', headers } = incoming;
    const request = { method, path, headers, body: bytes.toString() };
    this.seen.push(request);
    const fault = this.#faultOf(request);
    if (fault !== undefined && fault !== 'lose-answer') return answer(response, fault);
    const reply = await fetch(this.#target + path, {
      method,
      headers: passedOn(headers),
      redirect: 'manual',
      ...(bytes.length > 0 && { body: bytes }),
    });
    const body = Buffer.from(await reply.arrayBuffer());
    if (fault === 'lose-answer') return void response.destroy();
    const own = method === 'HEAD' ? [] : ['content-length'];
    const hidden = [...own, 'content-encoding', 'transfer-encoding', 'connection'];
    const told = [...reply.headers].filter(([name]) => !hidden.includes(name));
    // A connection that is kept may be closed just when the next request is sent.
    response.writeHead(reply.status, { ...Object.fromEntries(told), connection: 'close' }).end(body);
  }

  #faultOf(request: PassedRequest): Fault | undefined {
    const at = this.#faults.findIndex(({ of }) => of(request));
    return at < 0 ? undefined : this.#faults.splice(at, 1)[0]?.fault;
  }
}

function answer(response: ServerResponse, fault: Exclude<Fault, 'lose-answer'>): void {
  const type = fault.type ?? 'application/json';
  response
    .writeHead(fault.status, { 'content-type': type, connection: 'close', ...fault.headers })
    .end(fault.body);
}

function passedOn(headers: IncomingMessage['headers']): Record<string, string> {
  const own = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'];
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !own.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
}
