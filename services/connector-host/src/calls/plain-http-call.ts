import type { CallOutcome, CallRequest, HttpCall } from '@tutti/contracts';
import { ATTR } from '@tutti/telemetry';
import type { DataSource } from 'typeorm';
import { ArtifactFiles } from '../files/artifact-files.js';
import { digestAuthorization } from '../http/digest.js';
import { ExchangeError, type ExchangeReply } from '../http/exchange.js';
import { fallbackReasonOf, isTransientStatus, leavesOpen, retryAfterMsOf } from '@tutti/contracts';
import { HttpSpan, visibleUrl, type SpanSink } from '../http/http-span.js';
import type { OriginPools } from '../http/origin-pools.js';
import { decodedBody, isJson, isText, mediaTypeOf, replyExcerpt } from '../http/reply-content.js';
import { encodeBody } from '../http/request-body.js';
import { certificateIn, wireAuthentication, type WireAuthentication } from '../http/wire-authentication.js';
import { LIMITS } from '../limits.js';
import type { SecretRedactor } from '../redaction/secret-redactor.js';
import { exchangeFailure } from './exchange-outcomes.js';
import { failure, unknownOutcome, type Failure } from './outcomes.js';

export interface PlainHttpParts {
  pools: OriginPools;
  spans: SpanSink;
  database: Pick<DataSource, 'query'>;
}

/** One hop: where to, and with what. */
export interface Hop {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  authentication?: WireAuthentication;
}

/** The last hop of a request and its redirects, and the reply to it. */
export interface Followed {
  hop: Hop;
  reply: ExchangeReply;
}

/** Performs `call: http`. This is the hottest path of the hub, so it allocates little and decides early. */
export class PlainHttpCalls {
  readonly #parts: PlainHttpParts;

  constructor(parts: PlainHttpParts) {
    this.#parts = parts;
  }

  /** Never rejects: whatever goes wrong is a failed outcome. */
  async perform(request: CallRequest): Promise<CallOutcome> {
    if (request.redelivered && request.effect === 'write') return alreadySent(request);
    const call = request.input as HttpCall;
    let hop: Hop;
    try {
      hop = firstHop(call, request.idempotencyKey);
    } catch (error) {
      return invalidCall((error as Error).message);
    }
    try {
      const { redirect } = call;
      const followed = await this.follow(request, hop, { redirect, timeoutMs: request.timeoutMs });
      return await this.#settle({ request, call, ...followed });
    } catch (error) {
      return this.#withoutReply(request, hop, error);
    }
  }

  /** Sends a request and follows its redirects when it may. Rejects with ExchangeError. */
  async follow(
    request: CallRequest,
    first: Hop,
    { redirect, timeoutMs }: { redirect: boolean; timeoutMs: number },
  ): Promise<Followed> {
    let hop = first;
    const endMs = performance.now() + timeoutMs;
    for (let redirects = 0; ; redirects++) {
      const reply = await this.#authenticated(request, hop, endMs);
      const next = redirect && redirects < LIMITS.redirectsMax ? redirectOf(hop, reply) : null;
      if (next === null) return { hop, reply };
      hop = next;
    }
  }

  /** A server that asks for a digest gets the request once more, with the answer: it did nothing before. */
  async #authenticated(request: CallRequest, hop: Hop, endMs: number): Promise<ExchangeReply> {
    const reply = await this.#exchange(request, hop, endMs - performance.now());
    if (reply.status !== 401 || hop.authentication?.scheme !== 'digest') return reply;
    const challenge = String(reply.headers['www-authenticate'] ?? '');
    const { method, url, authentication } = hop;
    const uri = url.pathname + url.search;
    const authorization = digestAuthorization(challenge, { ...authentication, method, uri });
    if (authorization === null) return reply;
    const answered = { ...hop, headers: { ...hop.headers, authorization } };
    return this.#exchange(request, answered, endMs - performance.now());
  }

  async #exchange(request: CallRequest, hop: Hop, remainingMs: number): Promise<ExchangeReply> {
    const span = new HttpSpan(this.#parts.spans, request.trace, {
      method: hop.method,
      url: this.#parts.pools.addressOf(hop.url),
      attributes: spanAttributes(request),
    });
    const headers =
      hop.headers['traceparent'] === undefined
        ? { ...hop.headers, traceparent: span.traceparent }
        : hop.headers;
    const { method, url, body } = hop;
    const sent = {
      method,
      path: url.pathname + url.search,
      headers,
      body,
      timeoutMs: Math.max(1, Math.round(remainingMs)),
      repeatable: request.effect !== 'write',
    };
    try {
      const reply = await this.#parts.pools.exchange(url, sent, certificateIn(hop.authentication));
      span.replied(reply.status);
      return reply;
    } catch (error) {
      span.failed(error instanceof ExchangeError ? error.failure : 'defect', (error as Error).message);
      throw error;
    }
  }

  async #settle(done: {
    request: CallRequest;
    call: HttpCall;
    hop: Hop;
    reply: ExchangeReply;
  }): Promise<CallOutcome> {
    const { request, call, hop, reply } = done;
    const body = redacted(await decodedBody(reply), { request, reply });
    if (reply.status < 200 || reply.status > (call.redirect ? 399 : 299))
      return refusedBy(request, hop, { ...reply, body });
    const mediaType = mediaTypeOf(reply.headers);
    if (call.output === 'raw')
      return succeeded(await this.#kept(request, body.toString('base64'), { body, mediaType }));
    const content = contentOf(body, mediaType);
    if ('problem' in content) return unreadable(hop, content.problem);
    const output = await this.#kept(request, content.value, { body, mediaType });
    return succeeded(call.output === 'response' ? responseOf(hop, reply, output) : output);
  }

  /**
   * A large reply becomes an artifact, because messages and rows carry references to large things (claim
   * check).
   */
  async #kept(
    request: CallRequest,
    value: unknown,
    of: { body: Buffer; mediaType: string },
  ): Promise<unknown> {
    if (of.body.length <= LIMITS.outputBytesMax) return value;
    const files = new ArtifactFiles(this.#parts.database, request.workspaceId);
    return files.write(of.body, { mediaType: of.mediaType || 'application/octet-stream' });
  }

  #withoutReply(request: CallRequest, hop: Hop, error: unknown): Failure {
    const where = `${hop.method} ${visibleUrl(hop.url)}`;
    if (!(error instanceof ExchangeError)) return defect(where, error);
    const outcome = exchangeFailure(where, error);
    if (request.effect !== 'write' || !error.sent) return outcome;
    return unknownOutcome(
      outcome,
      'The request was sent, but its answer did not come: it may have taken effect.',
    );
  }
}

/** A reply must not bring back a secret that went out: it goes into the run's state, or an artifact. */
function redacted(body: Buffer, { request, reply }: { request: CallRequest; reply: ExchangeReply }): Buffer {
  const { redactor } = request as { redactor?: SecretRedactor };
  if (redactor === undefined) return body;
  const mediaType = mediaTypeOf(reply.headers);
  const json = isJson(mediaType) ? parsed(body) : undefined;
  if (json !== undefined) {
    const clean = redactor.value(json);
    return clean === json ? body : Buffer.from(JSON.stringify(clean));
  }
  const encoding = isJson(mediaType) || isText(mediaType) ? 'utf8' : 'latin1';
  const text = body.toString(encoding);
  const clean = redactor.text(text);
  return clean === text ? body : Buffer.from(clean, encoding);
}

/** Undefined: it is no JSON, whatever the server calls it. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

const SUCCEEDED_EMPTY: CallOutcome = { status: 'succeeded', output: null };

function succeeded(output: unknown): CallOutcome {
  return output === null ? SUCCEEDED_EMPTY : { status: 'succeeded', output };
}

function firstHop(call: HttpCall, idempotencyKey: string): Hop {
  const url = new URL(call.uri);
  if (url.username !== '' || url.password !== '') {
    throw new Error('An address must not hold a user and password: use the authentication of the endpoint.');
  }
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.append(name, value);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers ?? {})) headers[name.toLowerCase()] = value;
  // The length is that of the body which is really sent.
  delete headers['content-length'];
  const method = call.method.toUpperCase();
  const authentication = wireAuthentication(call.authentication);
  const { body, contentType } = encodeBody(call.body ?? undefined, headers['content-type']);
  if (contentType !== null) headers['content-type'] = contentType;
  if (method !== 'GET' && method !== 'HEAD') headers['idempotency-key'] ??= idempotencyKey;
  return { method, url, headers, body, ...(authentication && { authentication }) };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization', 'idempotency-key'];
/** What any server may see. A header of another name may hold a key, whatever it is called. */
const HARMLESS = [
  'accept',
  'accept-language',
  'content-type',
  'content-encoding',
  'user-agent',
  'traceparent',
  'tracestate',
];

/**
 * The next hop of a reading request; a redirect of a write is an answer, because following it could make the
 * write twice.
 */
function redirectOf(hop: Hop, reply: ExchangeReply): Hop | null {
  const { location } = reply.headers;
  if (
    location === undefined ||
    !REDIRECTS.has(reply.status) ||
    (hop.method !== 'GET' && hop.method !== 'HEAD')
  )
    return null;
  if (!URL.canParse(location, hop.url.href)) return null;
  const url = new URL(location, hop.url);
  if (url.origin === hop.url.origin) return { ...hop, url };
  // Credentials were meant for the first origin only.
  const { authentication: _theirs, ...next } = hop;
  return { ...next, url, headers: harmless(hop.headers) };
}

function harmless(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.includes(name)));
}

function contentOf(body: Buffer, mediaType: string): { value: unknown } | { problem: string } {
  if (body.length === 0) return { value: null };
  if (isJson(mediaType)) {
    try {
      return { value: JSON.parse(body.toString('utf8')) as unknown };
    } catch (error) {
      return { problem: (error as Error).message };
    }
  }
  return { value: body.toString(isText(mediaType) ? 'utf8' : 'base64') };
}

function responseOf(hop: Hop, reply: ExchangeReply, content: unknown): Record<string, unknown> {
  const request = { method: hop.method, uri: visibleUrl(hop.url), headers: withoutCredentials(hop.headers) };
  return { request, statusCode: reply.status, headers: flatHeaders(reply), content };
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.includes(name)));
}

function flatHeaders(reply: ExchangeReply): Record<string, string> {
  const entries = Object.entries(reply.headers).filter(([name]) => name !== 'set-cookie');
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function refusedBy(request: CallRequest, hop: Hop, reply: ExchangeReply): Failure {
  const { status, headers, body } = reply;
  const retryAfterMs = retryAfterMsOf(headers);
  const outcome = failure({
    fate: isTransientStatus(status) ? 'transient' : 'permanent',
    kind: 'communication',
    status,
    title: `The server answered ${status}`,
    detail: `${hop.method} ${visibleUrl(hop.url)} answered ${status}.`,
    reason: fallbackReasonOf(status),
    reply: replyExcerpt(body, mediaTypeOf(headers)),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  // A gateway's timeout says nothing about what happened behind it.
  const open = request.effect === 'write' && leavesOpen(status) && status !== 500;
  return open ? unknownOutcome(outcome, 'It may have taken effect.') : outcome;
}

function unreadable(hop: Hop, problem: string): Failure {
  return failure({
    fate: 'permanent',
    kind: 'communication',
    status: 502,
    title: 'The reply cannot be read',
    detail: `${hop.method} ${visibleUrl(hop.url)} answered with broken JSON: ${problem}`,
    reason: 'invalid-output',
  });
}

function invalidCall(detail: string): Failure {
  return failure({
    fate: 'permanent',
    kind: 'configuration',
    status: 400,
    title: 'The HTTP call is not valid',
    detail,
  });
}

/** The outcome of a repeated `write`: it is not sent again. */
export function alreadySent(request: CallRequest, protocol = 'plain HTTP'): Failure {
  return failure({
    fate: 'unknown',
    kind: 'communication',
    status: 500,
    title: 'The call may have taken effect before',
    detail:
      `The hub stopped while "${request.taskName}" was under way, and ${protocol} cannot be asked ` +
      `whether it took effect.`,
  });
}

export function defect(where: string, error: unknown): Failure {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return failure({
    fate: 'defect',
    kind: 'runtime',
    status: 500,
    title: `${where} failed unexpectedly`,
    detail,
    reason: 'defect',
  });
}

function spanAttributes(request: CallRequest): Record<string, string | number> {
  return {
    [ATTR.workspaceId]: request.workspaceId,
    [ATTR.runId]: request.runId,
    [ATTR.taskPosition]: request.task,
    [ATTR.taskName]: request.taskName,
    [ATTR.attempt]: request.attempt,
  };
}
