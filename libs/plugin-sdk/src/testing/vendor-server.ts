import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a simulated system gets it. */
export interface VendorRequest {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  /** JSON is parsed, anything else stays text; undefined when there is none. */
  body: unknown;
}

/** What it answers; a body that is no text is sent as JSON. */
export interface VendorReply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/**
 * What goes wrong with one request: it is refused with a reply, or never answered (`silent`); or it is
 * performed, and its answer is cut (`cut`) or no JSON (`malformed`).
 */
export type VendorFault = VendorReply | 'silent' | 'cut' | 'malformed';

/** What a simulated system does with a request. */
export type VendorAnswer = (request: VendorRequest) => VendorReply;

/** Thrown by a simulated system to answer with an error. */
export class VendorRefusal extends Error {
  constructor(readonly reply: VendorReply) {
    super(`refused with ${reply.status}`);
  }
}

/** Longer than any test: a client must not meet a connection that closes just then. */
const KEEP_ALIVE_MS = 600_000;

/**
 * A simulated system on a free port, for tests of a connector: it really listens, and fails as it is told.
 */
export class VendorServer {
  readonly seen: VendorRequest[] = [];
  readonly #faults: VendorFault[] = [];
  readonly #writes: (request: VendorRequest) => boolean;
  #losesWrite = false;
  readonly #server: Server;

  private constructor(answer: VendorAnswer, writes: (request: VendorRequest) => boolean) {
    this.#writes = writes;
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', headers } = request;
        const url = new URL(request.url ?? '/', this.origin);
        const text = Buffer.concat(chunks).toString('utf8');
        const asked = { method, url, headers, body: bodyOf(text, headers['content-type']) };
        this.seen.push(asked);
        this.#respond(response, asked, () => performed(answer, asked));
      });
    });
  }

  /** `writes` tells which requests change something; default: all but GET. */
  static async start(
    answer: VendorAnswer,
    writes: (request: VendorRequest) => boolean = ({ method }) => method !== 'GET',
  ): Promise<VendorServer> {
    const server = new VendorServer(answer, writes);
    await new Promise<void>((ready) => server.#server.listen(0, '127.0.0.1', ready));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next requests that come meet these faults, one each; null: none. */
  failNext(...faults: (VendorFault | null)[]): void {
    this.#faults.push(...faults.map((fault) => fault ?? {}));
  }

  /** The next request that changes something is performed, and its answer cut. */
  loseNextWrite(): void {
    this.#losesWrite = true;
  }

  /** Forgets what was asked, and faults that nobody met. */
  reset(): void {
    this.seen.length = 0;
    this.#faults.length = 0;
    this.#losesWrite = false;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #respond(response: ServerResponse, request: VendorRequest, perform: () => VendorReply): void {
    const fault = this.#faultOf(request);
    if (fault === 'silent') return;
    if (typeof fault === 'object' && fault.status !== undefined) return send(response, fault);
    const reply = perform();
    if (fault === 'cut') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"id":', () => response.destroy());
    } else if (fault === 'malformed') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":');
    } else send(response, reply);
  }

  #faultOf(request: VendorRequest): VendorFault | undefined {
    if (!this.#losesWrite || !this.#writes(request)) return this.#faults.shift();
    this.#losesWrite = false;
    return 'cut';
  }
}

function bodyOf(text: string, contentType = ''): unknown {
  if (text === '') return undefined;
  return /json/.test(contentType) ? (JSON.parse(text) as unknown) : text;
}

function performed(answer: VendorAnswer, request: VendorRequest): VendorReply {
  try {
    return answer(request);
  } catch (error) {
    if (error instanceof VendorRefusal) return error.reply;
    return { status: 500, body: { message: `The simulation failed: ${String(error)}` } };
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: VendorReply): void {
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, body === undefined ? headers : { 'content-type': type, ...headers });
  response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
}
