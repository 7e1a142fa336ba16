import { type TraceParent, leavesOpen, methodEffect } from '@tutti/contracts';
import {
  PermanentError,
  TransientError,
  matchesHost,
  sentBody,
  type FilesPort,
  type HttpDefaults,
  type HttpMethod,
  type HttpPort,
  type HttpRequest,
  type HttpRequestFor,
  type HttpStreamRequest,
  type StreamItem,
} from '@tutti/plugin-sdk';
import { awsSignatureHeaders, signedHeaders } from '@tutti/plugin-sdk/aws-signature';
import { streamItems } from '@tutti/plugin-sdk/streams';
import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import { LIMITS } from '../limits.js';
import { issuesOf, tellIssues } from '../validation/issues.js';
import { ExchangeError, type ExchangeReply } from './exchange.js';
import {
  COMMUNICATION,
  redirectOf,
  refusedBy,
  told,
  tooLarge,
  undeclared,
  withoutReply,
  type Hop,
} from './hop.js';
import { HttpSpan, type SpanSink } from './http-span.js';
import { openErrorOf, type OpenReply, type OriginPools } from './origin-pools.js';
import { decodedBody, isJson, isText, mediaTypeOf, replyExcerpt } from './reply-content.js';
import { flatHeaders, NO_FILES, withBody } from './referred-files.js';
import { encodeBody } from './request-body.js';
import { addHeaders, addQuery, basicHeaders } from './request-head.js';
import type { RequestAuthorization } from '../tokens/connection-tokens.js';
import { TokenError } from '../tokens/token-error.js';

/** What an attempt of a plugin may reach over HTTP, and under which span. */
export interface PluginHttpParts {
  pools: OriginPools;
  spans: SpanSink;
  parent: TraceParent;
  /** Hosts that may be called, as `URL.host` spells them, or `*.` and what they end with. */
  hosts: ReadonlySet<string>;
  defaults: HttpDefaults | undefined;
  /** Artifacts that bodies refer to, and that replies are stored as; absent: there are none. */
  files?: FilesPort;
  signal: AbortSignal;
  /** On the clock of `performance.now()`. */
  dueMs: number;
  /** Told when a request may have changed something on the other side. */
  onMayHaveHappened: () => void;
  /** Told of every reply. */
  replied?: ((status: number, headers: IncomingHttpHeaders) => void) | undefined;
  /** Tokens for the requests to the base address; undefined: the plugin's headers are all there is. */
  authorization?: RequestAuthorization | undefined;
  /** Whether a write whose token was refused is sent again with another one. */
  repeatsWrites: boolean;
}

const STREAMS = 'text/event-stream, application/x-ndjson, application/json;q=0.8';

/**
 * The HTTP port of one attempt: inside the declared hosts, with the connection's credentials, bounded,
 * traced, classified.
 */
export class PluginHttp implements HttpPort {
  readonly get = this.#method('GET');
  readonly head = this.#method('HEAD');
  readonly post = this.#method('POST');
  readonly put = this.#method('PUT');
  readonly patch = this.#method('PATCH');
  readonly delete = this.#method('DELETE');
  readonly #parts: PluginHttpParts;

  constructor(parts: PluginHttpParts) {
    this.#parts = parts;
  }

  async *stream(path: string, request: HttpStreamRequest = {}): AsyncGenerator<StreamItem> {
    const method = request.method ?? (request.body === undefined ? 'GET' : 'POST');
    const sent = await sentBody(request.body, this.#files);
    const whole = sent === null ? request : withBody(request, sent);
    const hop = this.#firstHop(method, path, {
      ...whole,
      headers: { accept: STREAMS, 'accept-encoding': 'identity', ...whole.headers },
    });
    const own = this.#parts.signal;
    const signal = request.signal === undefined ? own : AbortSignal.any([own, request.signal]);
    const reply = await this.#authorized(
      hop,
      () => this.#opened(hop, signal),
      (refused) => all(this.#chunks(hop, refused, signal)),
    );
    const chunks = this.#chunks(hop, reply, signal);
    if (reply.status < 200 || reply.status > 299) throw refusedBy(hop, { ...reply, body: await all(chunks) });
    yield* streamItems(chunks, mediaTypeOf(reply.headers));
  }

  async #opened(hop: Hop, signal: AbortSignal): Promise<OpenReply> {
    const { pools, dueMs } = this.#parts;
    const span = this.#spanOf(hop);
    try {
      const reply = await pools.open(hop.url, {
        method: hop.method,
        path: hop.url.pathname + hop.url.search,
        headers: { ...hop.headers, ...this.#signatureOf(hop), traceparent: span.traceparent },
        body: hop.body,
        timeoutMs: Math.max(1, Math.round(dueMs - performance.now())),
        signal,
      });
      this.#replied(hop, span, reply);
      return reply;
    } catch (error) {
      throw this.#lost(hop, span, error);
    }
  }

  /** The bytes of a reply as they come, no more of them than any reply may have. */
  async *#chunks(hop: Hop, { body }: OpenReply, signal: AbortSignal): AsyncGenerator<Buffer> {
    let bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > LIMITS.replyBytesMax) throw tooLarge();
        yield chunk;
      }
    } catch (error) {
      throw withoutReply(hop, openErrorOf(error as Error, signal));
    }
  }

  get #files(): FilesPort {
    return this.#parts.files ?? NO_FILES;
  }

  #method(method: string): HttpMethod {
    const send = (path: string, request: HttpRequest | HttpRequestFor<z.ZodType> = {}): Promise<unknown> =>
      this.#send(method, path, request);
    return send as HttpMethod;
  }

  async #send(
    method: string,
    path: string,
    request: HttpRequest | HttpRequestFor<z.ZodType>,
  ): Promise<unknown> {
    const sent = await sentBody(request.body, this.#files);
    let hop = this.#firstHop(method, path, sent === null ? request : withBody(request, sent));
    for (let redirects = 0; ; redirects++) {
      const current = hop;
      const reply = await this.#authorized(current, () => this.#exchange(current));
      const next = redirects < LIMITS.redirectsMax ? redirectOf(hop, reply) : null;
      if (next === null) return this.#read(hop, reply, request);
      hop = next;
    }
  }

  #firstHop(method: string, path: string, request: HttpRequest): Hop {
    const { defaults } = this.#parts;
    const url = urlOf(path, defaults?.baseUrl);
    const headers: Record<string, string> = { accept: 'application/json, */*;q=0.8' };
    // The connection's credentials are for its own origin only, even among the declared hosts.
    if (defaults !== undefined && url.origin === new URL(defaults.baseUrl).origin) {
      addHeaders(headers, { ...basicHeaders(defaults.basicAuth), ...defaults.headers });
      addQuery(url, defaults.query);
    }
    addHeaders(headers, request.headers);
    addQuery(url, request.query);
    const { body, contentType } = encodeBody(request.body, headers['content-type']);
    if (contentType !== null) headers['content-type'] = contentType;
    return { method, url, headers, body };
  }

  /** With an access token where the connection has one; a token that is refused is replaced once. */
  async #authorized<Reply extends { status: number }>(
    hop: Hop,
    send: () => Promise<Reply>,
    discard: (refused: Reply) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Reply> {
    const { authorization, defaults, repeatsWrites } = this.#parts;
    const isOwn = defaults !== undefined && hop.url.origin === new URL(defaults.baseUrl).origin;
    if (authorization === undefined || !isOwn) return send();
    const sendWith = (token: string) => {
      hop.headers.authorization = `Bearer ${token}`;
      return send();
    };
    const token = await tokenOf(authorization, []);
    const reply = await sendWith(token);
    if (reply.status !== 401) return reply;
    await discard(reply);
    const another = await tokenOf(authorization, [token]);
    if (reads(hop) || repeatsWrites) return sendWith(another);
    const message = `${told(hop)} answered 401: the next attempt has another token.`;
    throw new TransientError(message, { type: COMMUNICATION, status: 401, reason: 'unavailable' });
  }

  async #exchange(hop: Hop): Promise<ExchangeReply> {
    const { pools, signal, dueMs } = this.#parts;
    const { method, url, body } = hop;
    const span = this.#spanOf(hop);
    try {
      const reply = await pools.exchange(url, {
        method,
        path: url.pathname + url.search,
        headers: { ...hop.headers, ...this.#signatureOf(hop), traceparent: span.traceparent },
        body,
        timeoutMs: Math.max(1, Math.round(dueMs - performance.now())),
        signal,
      });
      this.#replied(hop, span, reply);
      return { ...reply, body: await decodedBody(reply) };
    } catch (error) {
      throw this.#lost(hop, span, error);
    }
  }

  /** Made for every hop of its own: it holds the time and the address. */
  #signatureOf({ method, url, headers, body }: Hop): Record<string, string> {
    const { defaults, pools } = this.#parts;
    if (defaults?.sign === undefined || url.origin !== new URL(defaults.baseUrl).origin) return {};
    const signed = {
      method,
      host: pools.addressOf(url).host,
      path: url.pathname,
      query: url.searchParams,
      headers: signedHeaders(headers),
      body,
    };
    return awsSignatureHeaders(defaults.sign, signed, new Date());
  }

  #spanOf({ method, url }: Hop): HttpSpan {
    const { hosts, pools, spans, parent } = this.#parts;
    if (!matchesHost(hosts, url.host)) throw undeclared(url);
    return new HttpSpan(spans, parent, { method, url: pools.addressOf(url) });
  }

  #replied(
    hop: Hop,
    span: HttpSpan,
    { status, headers }: Pick<ExchangeReply, 'status' | 'headers'>,
  ): void {
    span.replied(status);
    this.#parts.replied?.(status, headers);
    if (!reads(hop) && (status < 400 || leavesOpen(status))) this.#parts.onMayHaveHappened();
  }

  #lost(hop: Hop, span: HttpSpan, error: unknown): unknown {
    if (!(error instanceof ExchangeError)) return error;
    span.failed(error.failure, error.message);
    if (!reads(hop) && error.sent) this.#parts.onMayHaveHappened();
    return withoutReply(hop, error);
  }

  async #read(
    hop: Hop,
    reply: ExchangeReply,
    request: HttpRequest | HttpRequestFor<z.ZodType>,
  ): Promise<unknown> {
    const mediaType = mediaTypeOf(reply.headers);
    if (reply.status < 200 || reply.status > 299) throw refusedBy(hop, reply);
    request.answered?.({ status: reply.status, headers: flatHeaders(reply.headers), url: hop.url.href });
    const value =
      request.into === 'file'
        ? await this.#files.write(reply.body, { mediaType: mediaType || 'application/octet-stream' })
        : parsed(hop, reply.body, mediaType);
    if (!('reply' in request)) return value;
    const checked = request.reply.safeParse(value);
    if (checked.success) return checked.data;
    const message =
      `${told(hop)} answered ${reply.status} with a reply that breaks its schema: ` +
      `${tellIssues(issuesOf(checked.error))}`;
    const details = { type: COMMUNICATION, status: 502, reply: replyExcerpt(reply.body, mediaType) };
    throw new PermanentError(message, { ...details, reason: 'invalid-output' });
  }
}

function reads({ method }: Hop): boolean {
  return methodEffect(method) === 'read';
}

/** The body of a refusal. */
async function all(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function tokenOf(authorization: RequestAuthorization, refused: readonly string[]): Promise<string> {
  try {
    return await authorization.token(refused);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const { fate, error: said, retryAfterMs } = error.outcome;
    const { type, status, reason, detail } = said;
    const message = detail === undefined ? said.title : `${said.title}. ${detail}`;
    const details = { type, status, ...(reason === undefined ? {} : { reason }) };
    if (fate !== 'transient') throw new PermanentError(message, details);
    throw new TransientError(message, retryAfterMs === undefined ? details : { ...details, retryAfterMs });
  }
}

function urlOf(path: string, baseUrl: string | undefined): URL {
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(path);
  if (!absolute && baseUrl === undefined) {
    throw new Error(`"${path}" is no absolute URL, and the plugin declares no http({...}) => ({ baseUrl }).`);
  }
  const url = new URL(absolute ? path : `${baseUrl?.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
  if (url.username !== '' || url.password !== '')
    throw new Error('An address must not hold a user and password.');
  return url;
}

function parsed(hop: Hop, body: Buffer, mediaType: string): unknown {
  if (body.length === 0) return null;
  if (isJson(mediaType)) {
    try {
      return JSON.parse(body.toString('utf8')) as unknown;
    } catch (error) {
      const message = `${told(hop)} answered with broken JSON: ${(error as Error).message}`;
      throw new PermanentError(message, { type: COMMUNICATION, status: 502, reason: 'invalid-output' });
    }
  }
  return isText(mediaType) ? body.toString('utf8') : new Uint8Array(body);
}
