import { fallbackReasonOf, isTransientStatus, retryAfterMsOf } from '@tutti/contracts';
import { z } from 'zod';
import { PermanentError, TransientError } from '../errors.js';
import { matchesHost } from '../hosts.js';
import { awsSignatureHeaders, signedHeaders } from '../aws-signature.js';
import { sentBody } from '../bodies.js';
import type { AwsSignature, HttpDefaults } from '../plugin.js';
import type { FilesPort, HttpMethod, HttpPort, HttpQuery, HttpRequest, HttpRequestFor } from '../ports.js';
import { streamItems } from '../streams.js';

/** Performs one request: the network's, or that of a stand-in for the other system. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** What the requests of one attempt may reach. */
export interface HttpReach {
  /** As a plugin declares them; see `matchesHost`. */
  hosts: readonly string[];
  defaults: HttpDefaults | undefined;
  signal: AbortSignal;
  fetch: Fetch;
  /** Where the bytes of files come from and go to. */
  files: FilesPort;
  /** Told of a request to a host that is none of `hosts`. */
  undeclared?: (host: string) => void;
}

/**
 * The HTTP port for tests of a plugin: inside the declared hosts, the connection's credentials to its own
 * origin only, classified by the rules of the host. It follows no redirects and writes no spans.
 */
export function testHttp(reach: HttpReach): HttpPort {
  const method = (name: string): HttpMethod =>
    (async (path: string, request?: HttpRequest | HttpRequestFor<z.ZodType>) => {
      const reply = await exchanged(reach, { ...request, method: name, path });
      request?.answered?.({
        status: reply.status,
        headers: Object.fromEntries(reply.headers),
        url: reply.url,
      });
      const value = request?.into === 'file' ? await stored(reply, reach.files) : await read(reply);
      return request !== undefined && 'reply' in request ? checked(request.reply, value) : value;
    }) as HttpMethod;
  return {
    get: method('GET'),
    head: method('HEAD'),
    post: method('POST'),
    put: method('PUT'),
    patch: method('PATCH'),
    delete: method('DELETE'),
    async *stream(path, request = {}) {
      const name = request.method ?? (request.body === undefined ? 'GET' : 'POST');
      const signal =
        request.signal === undefined ? reach.signal : AbortSignal.any([reach.signal, request.signal]);
      const reply = await exchanged({ ...reach, signal }, { ...request, method: name, path });
      const [mediaType = ''] = (reply.headers.get('content-type') ?? '').split(';');
      yield* streamItems(chunksOf(reply), mediaType.trim().toLowerCase());
    },
  };
}

async function exchanged(
  { hosts, defaults, signal, fetch, files, undeclared }: HttpReach,
  request: HttpRequest & { method: string; path: string },
): Promise<Response> {
  const { method, path } = request;
  const url = urlOf(path, defaults);
  if (!matchesHost(hosts, url.host)) {
    undeclared?.(url.host);
    throw new PermanentError(`The host "${url.host}" is not one of the plugin's declared hosts.`, {
      status: 403,
    });
  }
  const own =
    defaults !== undefined && url.origin === new URL(defaults.baseUrl).origin ? defaults : undefined;
  const headers = new Headers({ ...basicHeaders(own?.basicAuth), ...own?.headers, ...request.headers });
  addQuery(url, own?.query);
  addQuery(url, request.query);
  const sent = await sentBody(request.body, files);
  if (sent !== null && !headers.has('content-type')) headers.set('content-type', sent.contentType);
  const body = encoded(sent?.bytes ?? request.body, headers);
  if (own?.sign !== undefined) sign(own.sign, { method, url, headers, body: body.body });
  return answered(url, { method, headers, signal, redirect: 'manual', ...body }, fetch);
}

/** Adds the signature that the host would add. */
function sign(
  by: AwsSignature,
  { method, url, headers, body }: { method: string; url: URL; headers: Headers; body: unknown },
): void {
  const signed = {
    method,
    host: url.host,
    path: url.pathname,
    query: url.searchParams,
    headers: signedHeaders(Object.fromEntries(headers)),
    body: body instanceof URLSearchParams ? body.toString() : ((body as string | Uint8Array) ?? null),
  };
  for (const [name, value] of Object.entries(awsSignatureHeaders(by, signed, new Date())))
    headers.set(name, value);
}

function urlOf(path: string, defaults: HttpDefaults | undefined): URL {
  if (URL.canParse(path)) return new URL(path);
  return new URL(`${defaults?.baseUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
}

function basicHeaders(basicAuth: HttpDefaults['basicAuth']): Record<string, string> {
  if (basicAuth === undefined) return {};
  const bytes = new TextEncoder().encode(`${basicAuth.user}:${basicAuth.password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function addQuery(url: URL, query: HttpQuery = {}): void {
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat())
      if (one !== null && one !== undefined) url.searchParams.append(name, String(one));
}

function encoded(body: unknown, headers: Headers): Pick<RequestInit, 'body'> {
  if (body === undefined) return {};
  if (typeof body === 'string' || body instanceof URLSearchParams) return { body };
  if (body instanceof Uint8Array) return { body: new Uint8Array(body) };
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return { body: JSON.stringify(body) };
}

async function answered(url: URL, init: RequestInit, fetch: Fetch): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(url, init);
  } catch (error) {
    throw withoutReply(`${init.method} ${url.origin}${url.pathname}`, error as Error);
  }
  if (reply.ok) return reply;
  const { status } = reply;
  const details = { status, reason: fallbackReasonOf(status), reply: await read(reply) };
  const message = `${init.method} ${url.origin}${url.pathname} answered ${status}.`;
  if (!isTransientStatus(status)) throw new PermanentError(message, details);
  const retryAfterMs = retryAfterMsOf({ 'retry-after': reply.headers.get('retry-after') ?? undefined });
  throw new TransientError(message, { ...details, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

function withoutReply(told: string, cause: Error): TransientError {
  const message = `${told}: ${cause.message}`;
  const late = cause.name === 'TimeoutError' || cause.name === 'AbortError';
  const details = late
    ? ({ status: 408, reason: 'timeout' } as const)
    : ({ status: 503, reason: 'unavailable' } as const);
  return new TransientError(message, { ...details, cause });
}

async function* chunksOf(reply: Response): AsyncGenerator<Uint8Array> {
  try {
    yield* (reply.body ?? []) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw cut(error);
  }
}

function cut(error: unknown): TransientError {
  return new TransientError(`The reply was cut: ${(error as Error).message}`, { reason: 'unavailable' });
}

async function stored(reply: Response, files: FilesPort): Promise<unknown> {
  const mediaType = reply.headers.get('content-type')?.split(';')[0] ?? 'application/octet-stream';
  return files.write(await bytesOf(reply), { mediaType });
}

async function bytesOf(reply: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await reply.arrayBuffer());
  } catch (error) {
    throw cut(error);
  }
}

async function read(reply: Response): Promise<unknown> {
  const type = reply.headers.get('content-type') ?? '';
  const bytes = await bytesOf(reply);
  if (bytes.length === 0) return null;
  const text = new TextDecoder().decode(bytes);
  if (!/json/.test(type)) return /^text|xml/.test(type) ? text : bytes;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (!reply.ok) return text;
    throw new PermanentError('The reply is broken JSON.', { status: 502, reason: 'invalid-output' });
  }
}

function checked(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const message = `The reply breaks its schema: ${z.prettifyError(result.error)}`;
  throw new PermanentError(message, { status: 502, reason: 'invalid-output' });
}
