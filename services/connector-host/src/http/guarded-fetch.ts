import { Readable } from 'node:stream';
import type { CallAuthentication, TraceParent } from '@tutti/contracts';
import type { FinishedSpan } from '@tutti/telemetry';
import type { Dispatcher } from 'undici';
import { LIMITS } from '../limits.js';
import { digestAuthorization } from './digest.js';
import { ExchangeError, exchangeErrorOf } from './exchange.js';
import { HttpSpan, type SpanSink } from './http-span.js';
import type { OriginPools } from './origin-pools.js';
import { certificateIn, wireAuthentication, type WireAuthentication } from './wire-authentication.js';

export interface GuardedFetchParts {
  pools: OriginPools;
  spans: SpanSink;
  /** Under which the exchanges are recorded. */
  trace: TraceParent;
  attributes: FinishedSpan['attributes'];
  /** Ends everything that is under way; its reason is an ExchangeError. */
  signal: AbortSignal;
  timeoutMs: number;
}

/** A reply that said no. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
}

/**
 * `fetch` for the client libraries of other protocols, over the hub's own pools: with its address guard and
 * egress map, its limit of bytes and its spans. It follows no redirects. It remembers what went wrong,
 * because libraries tell of it in their own words.
 */
export class GuardedFetch {
  readonly #parts: GuardedFetchParts;
  readonly #authentication: WireAuthentication | undefined;
  readonly #broken = new AbortController();
  #failure: ExchangeError | null = null;
  #refusal: Refusal | null = null;
  #bytes = 0;

  constructor(parts: GuardedFetchParts, authentication?: CallAuthentication) {
    this.#parts = parts;
    this.#authentication = wireAuthentication(authentication);
  }

  /** The last exchange that gave no complete reply. */
  get failure(): ExchangeError | null {
    return this.#failure;
  }

  /** The last reply with a status of 400 or more. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Aborted when a reply broke off, and with the signal of the call. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.#parts.signal, this.#broken.signal]);
  }

  /** Rejects with ExchangeError only. */
  readonly fetch = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    try {
      const url = new URL(input);
      const headers = Object.fromEntries(new Headers(init.headers));
      const reply = await this.#authenticated(url, init, headers);
      return this.#responseOf(reply);
    } catch (error) {
      throw this.#failed(error);
    }
  };

  async #authenticated(
    url: URL,
    init: RequestInit,
    headers: Record<string, string>,
  ): Promise<Dispatcher.ResponseData> {
    const reply = await this.#exchange(url, init, headers);
    const challenge = String(reply.headers['www-authenticate'] ?? '');
    if (reply.statusCode !== 401 || this.#authentication?.scheme !== 'digest') return reply;
    const { method = 'GET' } = init;
    const uri = url.pathname + url.search;
    const authorization = digestAuthorization(challenge, { ...this.#authentication, method, uri });
    if (authorization === null) return reply;
    await reply.body.dump();
    return this.#exchange(url, init, { ...headers, authorization });
  }

  async #exchange(
    url: URL,
    init: RequestInit,
    headers: Record<string, string>,
  ): Promise<Dispatcher.ResponseData> {
    const { method = 'GET', body, signal } = init;
    const { pools, spans, trace, attributes, timeoutMs } = this.#parts;
    const span = new HttpSpan(spans, trace, { method, url: pools.addressOf(url), attributes });
    try {
      const reply = await pools.poolOf(url, certificateIn(this.#authentication)).request({
        method: method as Dispatcher.HttpMethod,
        path: url.pathname + url.search,
        headers: { ...headers, traceparent: span.traceparent },
        body: (body ?? null) as string | null,
        signal: signal ? AbortSignal.any([signal, this.signal]) : this.signal,
        headersTimeout: timeoutMs + 1_000,
        bodyTimeout: timeoutMs + 1_000,
      });
      span.replied(reply.statusCode);
      return reply;
    } catch (error) {
      const failed = this.#errorOf(error);
      span.failed(failed.failure, failed.message);
      throw failed;
    }
  }

  #responseOf({ statusCode, headers, body }: Dispatcher.ResponseData): Response {
    const flat = Object.entries(headers).map(([name, value]): [string, string] => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]);
    if (statusCode >= 400) this.#refusal = { status: statusCode, headers: Object.fromEntries(flat) };
    const empty = statusCode === 204 || statusCode === 205 || statusCode === 304;
    if (empty) void body.dump().catch(() => undefined);
    const content = empty ? null : (Readable.toWeb(Readable.from(this.#bounded(body))) as ReadableStream);
    return new Response(content, { status: statusCode, headers: flat });
  }

  async *#bounded(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of body) {
        this.#bytes += chunk.length;
        if (this.#bytes > LIMITS.replyBytesMax) throw tooLarge();
        yield chunk;
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): ExchangeError {
    const failure = this.#errorOf(error);
    this.#failure ??= failure;
    this.#broken.abort(failure);
    return failure;
  }

  #errorOf(error: unknown): ExchangeError {
    if (error instanceof ExchangeError) return error;
    const { reason } = this.#parts.signal as { reason: unknown };
    return reason instanceof ExchangeError ? reason : exchangeErrorOf(error as Error, true);
  }
}

function tooLarge(): ExchangeError {
  const message = `The replies are larger than ${LIMITS.replyBytesMax} bytes.`;
  return new ExchangeError(message, { failure: 'too-large', sent: true });
}
