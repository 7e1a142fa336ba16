import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { LIMITS } from '../limits.js';
import type { Deadlines, Deadline } from './deadlines.js';

/** One request on the wire. */
export interface ExchangeRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  timeoutMs: number;
  signal?: AbortSignal;
  /** Bytes of the reply as they are sent; without a word, the limit of all replies. */
  replyBytesMax?: number;
  /** Whether the same request sent twice has one effect; without a word, those that only read. */
  repeatable?: boolean;
}

export interface ExchangeReply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/**
 * Why there is no reply. `refused`: the hub's own rule; `unreachable`: nothing was sent; the rest: it may
 * have arrived.
 */
export type ExchangeFailure =
  'refused' | 'unreachable' | 'untrusted' | 'timeout' | 'lost' | 'too-large' | 'aborted' | 'invalid';

/** A request that got no complete reply. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly failure: ExchangeFailure;
  /** Whether the other side may have received the request. */
  readonly sent: boolean;

  constructor(message: string, about: { failure: ExchangeFailure; sent: boolean; cause?: unknown }) {
    super(message, { cause: about.cause });
    this.failure = about.failure;
    this.sent = about.sent;
  }
}

/**
 * Performs one request through a pool. It works on undici's dispatch, one level below `request`: no body
 * stream, and a handle to abort without a signal per call. An idle socket that the server had closed
 * meanwhile is replaced once for requests that may be repeated.
 */
export function exchange(
  pool: Dispatcher,
  request: ExchangeRequest,
  deadlines: Deadlines,
): Promise<ExchangeReply> {
  return new Promise((resolve, reject) => {
    new Exchange({ pool, request, deadlines, resolve, reject }).start();
  });
}

interface ExchangeParts {
  pool: Dispatcher;
  request: ExchangeRequest;
  deadlines: Deadlines;
  resolve: (reply: ExchangeReply) => void;
  reject: (error: ExchangeError) => void;
}

class Exchange implements Dispatcher.DispatchHandler, Deadline {
  readonly dueMs: number;
  readonly #parts: ExchangeParts;
  readonly #onAbort = () => {
    this.#fail(new ExchangeError('The call was aborted.', { failure: 'aborted', sent: this.#sent }));
  };
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  #sent = false;
  #over = false;
  #attempts = 0;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.dueMs = performance.now() + parts.request.timeoutMs;
  }

  get #bytesMax(): number {
    return this.#parts.request.replyBytesMax ?? LIMITS.replyBytesMax;
  }

  start(): void {
    const { signal } = this.#parts.request;
    if (signal?.aborted === true) return this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#parts.deadlines.add(this);
    this.#dispatch();
  }

  /** Called by the deadlines when the time is over. */
  expire(): void {
    const { timeoutMs } = this.#parts.request;
    this.#fail(
      new ExchangeError(`No complete reply within ${timeoutMs} ms.`, {
        failure: 'timeout',
        sent: this.#sent,
      }),
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The deadline came while the request waited for a socket: it is not sent any more.
    if (this.#over) controller.abort(new Error('over'));
    else this.#sent = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // An interim answer (103 Early Hints) is followed by the real one.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (Number(headers['content-length'] ?? 0) > this.#bytesMax) this.#tooLarge();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) this.#tooLarge();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.#finish()) return;
    const body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#parts.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    const failed = exchangeErrorOf(error, this.#sent);
    const { failure } = failed;
    const { method, repeatable = method === 'GET' || method === 'HEAD' } = this.#parts.request;
    if (failure === 'lost' && this.#status === 0 && this.#attempts < 2 && repeatable) return this.#dispatch();
    this.#fail(failed);
  }

  #dispatch(): void {
    this.#attempts += 1;
    const { method, path, headers, body, timeoutMs } = this.#parts.request;
    try {
      this.#parts.pool.dispatch(
        {
          method: method as Dispatcher.HttpMethod,
          path,
          headers,
          body: body as string | Buffer | null,
          headersTimeout: timeoutMs + 1_000,
          bodyTimeout: timeoutMs + 1_000,
        },
        this,
      );
    } catch (error) {
      this.#fail(new ExchangeError(messageOf(error), { failure: 'invalid', sent: false, cause: error }));
    }
  }

  #tooLarge(): void {
    const message = `The reply is larger than ${this.#bytesMax} bytes.`;
    this.#fail(new ExchangeError(message, { failure: 'too-large', sent: true }));
  }

  #fail(error: ExchangeError): void {
    if (!this.#finish()) return;
    if (this.#controller?.aborted === false) this.#controller.abort(error);
    this.#parts.reject(error);
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#parts.deadlines.delete(this);
    this.#parts.request.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNABORTED',
  'EADDRNOTAVAIL',
]);
const UNTRUSTED = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** What an error of undici or of the socket under it means. `sent`: whether a request had been sent. */
export function exchangeErrorOf(error: Error, sent: boolean): ExchangeError {
  const failure = failureOf(error, sent);
  return new ExchangeError(messageOf(error), {
    failure,
    sent: sent && failure !== 'unreachable',
    cause: error,
  });
}

function failureOf(error: Error, sent: boolean): ExchangeFailure {
  const code = codeOf(error);
  if (code === 'EADDRESSREFUSED') return 'refused';
  if (UNREACHABLE.has(code)) return 'unreachable';
  if (UNTRUSTED.test(code)) return 'untrusted';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'timeout';
  if (code === 'UND_ERR_INVALID_ARG') return 'invalid';
  return sent ? 'lost' : 'unreachable';
}

function codeOf(error: Error): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return inner instanceof Error && 'code' in inner ? String(inner.code) : '';
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error instanceof Error ? error.message : String(error);
}
