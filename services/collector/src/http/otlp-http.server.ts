import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import type { CollectorConfig } from '../collector.config.js';
import { IngestUnavailable } from '../ingest/ingest.types.js';
import { maySend } from '../intake/bearer-token.js';
import type { TelemetryIntake } from '../intake/otlp-intake.js';
import { type Encoding, encodeStatus, encodeSuccess, RPC_CODES, type Signal } from '../otlp/answers.js';
import { MalformedRequest } from '../otlp/wire-reader.js';
import { decompress, discardBody, HttpRefusal, readBody } from './http-body.js';

const SIGNALS: Readonly<Record<string, Signal>> = {
  '/v1/traces': 'traces',
  '/v1/metrics': 'metrics',
  '/v1/logs': 'logs',
};
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'application/x-protobuf': 'protobuf',
  'application/json': 'json',
};
const CONTENT_TYPES: Record<Encoding, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};
/** The gRPC code that goes into the body with each status (google.rpc.Code). */
const CODES: Readonly<Record<number, number>> = {
  400: RPC_CODES.invalidArgument,
  401: RPC_CODES.unauthenticated,
  404: RPC_CODES.notFound,
  405: RPC_CODES.unimplemented,
  413: RPC_CODES.invalidArgument,
  415: RPC_CODES.invalidArgument,
  429: RPC_CODES.resourceExhausted,
  503: RPC_CODES.unavailable,
};
/** Bytes of bodies that are being received, all requests together. */
const RECEIVING_BYTES_MAX = 128 * 1024 ** 2;
const REQUEST_TIMEOUT_MS = 60_000;
const RETRY_AFTER_MS = 1_000;

interface Answer {
  status: number;
  body: Buffer;
  retryAfterMs?: number | undefined;
}

/**
 * Receives OTLP over HTTP on a port of its own. Plain node:http, because every byte of the answers is laid
 * down by the specification.
 */
export class OtlpHttpServer {
  readonly #logger = new Logger(OtlpHttpServer.name);
  readonly #server: Server;
  #receivingBytes = 0;

  constructor(
    private readonly intake: TelemetryIntake,
    private readonly config: CollectorConfig,
  ) {
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
      void this.#handle(request, response);
    });
  }

  /** Listens, and returns the port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.config.httpPort, this.config.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers what is under way, then ends. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding =
      ENCODINGS[(request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''];
    let answer: Answer;
    try {
      answer = { status: 200, body: await this.#accept(request, encoding) };
    } catch (error) {
      answer = this.#refusal(error, encoding ?? 'json');
    }
    this.#send(request, response, { ...answer, contentType: CONTENT_TYPES[encoding ?? 'json'] });
  }

  async #accept(request: IncomingMessage, encoding: Encoding | undefined): Promise<Buffer> {
    const signal = SIGNALS[(request.url ?? '').split('?', 1)[0] ?? ''];
    if (signal === undefined)
      throw new HttpRefusal(404, 'There is no such path here; send to /v1/traces, /v1/metrics or /v1/logs.');
    if (request.method !== 'POST')
      throw new HttpRefusal(405, `${request.method} is not allowed here; OTLP is sent by POST.`);
    if (!maySend(request.headers.authorization, this.config.token)) {
      throw new HttpRefusal(401, 'A valid token is required: send "authorization: Bearer <token>".');
    }
    if (encoding === undefined)
      throw new HttpRefusal(
        415,
        'The content type is not supported; send application/x-protobuf or application/json.',
      );
    const body = await this.#receive(request);
    return encodeSuccess(encoding, signal, await this.intake.accept(signal, encoding, body));
  }

  async #receive(request: IncomingMessage): Promise<Buffer> {
    let mine = 0;
    try {
      const body = await readBody(request, this.config.requestBytesMax, (count) => {
        mine += count;
        this.#receivingBytes += count;
        if (this.#receivingBytes > RECEIVING_BYTES_MAX) {
          throw new IngestUnavailable(
            'overloaded',
            RETRY_AFTER_MS,
            'Too many large requests at once; send again later.',
          );
        }
      });
      return await decompress(body, request.headers['content-encoding'], this.config.requestBytesMax);
    } finally {
      this.#receivingBytes -= mine;
    }
  }

  #refusal(error: unknown, encoding: Encoding): Answer {
    const message = (error as Error).message;
    if (error instanceof HttpRefusal) return this.#answer(error.status, message, encoding);
    if (error instanceof MalformedRequest) return this.#answer(400, message, encoding);
    if (error instanceof IngestUnavailable) {
      return this.#answer(error.reason === 'overloaded' ? 429 : 503, message, encoding, error.retryAfterMs);
    }
    this.#logger.error(`An OTLP request failed: ${(error as Error).stack ?? message}`);
    return this.#answer(
      503,
      'The collector cannot take this now; send it again later.',
      encoding,
      RETRY_AFTER_MS,
    );
  }

  #answer(status: number, message: string, encoding: Encoding, ...[retryAfterMs]: [number?]): Answer {
    return {
      status,
      body: encodeStatus(encoding, { code: CODES[status] ?? RPC_CODES.internal, message, retryAfterMs }),
      retryAfterMs,
    };
  }

  #send(request: IncomingMessage, response: ServerResponse, answer: Answer & { contentType: string }): void {
    if (response.destroyed) return;
    response.statusCode = answer.status;
    response.setHeader('content-type', answer.contentType);
    response.setHeader('content-length', answer.body.length);
    if (answer.status === 405) response.setHeader('allow', 'POST');
    if (answer.status === 401) response.setHeader('www-authenticate', 'Bearer');
    if (answer.retryAfterMs !== undefined)
      response.setHeader('retry-after', Math.max(1, Math.ceil(answer.retryAfterMs / 1000)));
    if (answer.status === 413 && !request.complete) discardBody(request);
    // The rest of a body that nobody will read must not keep the connection.
    else if (!request.complete) response.setHeader('connection', 'close');
    response.end(answer.body);
  }
}
