import { type ArtifactRef, fallbackReasonOf, isTransientStatus, retryAfterMsOf } from '@tutti/contracts';
import { z } from 'zod';
import { attemptCapability, type AttemptPorts } from '../attempt.js';
import { PermanentError, TransientError } from '../errors.js';
import { hostsOf, matchesHost } from '../hosts.js';
import type { HealthContext, HttpDefaults, Plugin } from '../plugin.js';
import type { FilesPort, HttpMethod, HttpPort, HttpRequest, HttpRequestFor } from '../ports.js';

/**
 * The HTTP port for tests of a plugin: over the network, inside the declared hosts, classified by the rules
 * of the host. It follows no redirects and writes no spans.
 */
function httpPort(
  hosts: readonly string[],
  defaults: HttpDefaults | undefined,
  signal: AbortSignal,
): HttpPort {
  const method = (name: string): HttpMethod =>
    (async (path: string, given?: HttpRequest | HttpRequestFor<z.ZodType>) => {
      const request = given ?? {};
      const url = urlOf(path, defaults, request);
      if (!matchesHost(hosts, url.host))
        throw new PermanentError(`The host "${url.host}" is not one of the plugin's declared hosts.`, {
          status: 403,
        });
      const headers = new Headers({ ...defaults?.headers, ...request.headers });
      const reply = await exchanged(url, {
        method: name,
        headers,
        signal,
        redirect: 'manual',
        ...encoded(request.body, headers),
      });
      const value = await read(reply);
      return 'reply' in request ? checked(request.reply as z.ZodType, value) : value;
    }) as HttpMethod;
  return {
    get: method('GET'),
    post: method('POST'),
    put: method('PUT'),
    patch: method('PATCH'),
    delete: method('DELETE'),
  };
}

function urlOf(path: string, defaults: HttpDefaults | undefined, { query }: HttpRequest): URL {
  const url = URL.canParse(path)
    ? new URL(path)
    : new URL(`${defaults?.baseUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
  for (const [name, value] of Object.entries({ ...defaults?.query, ...query }))
    for (const one of [value].flat())
      if (one !== null && one !== undefined) url.searchParams.append(name, `${one}`);
  return url;
}

function encoded(body: unknown, headers: Headers): Pick<RequestInit, 'body'> {
  if (body === undefined) return {};
  if (typeof body === 'string' || body instanceof URLSearchParams) return { body };
  if (body instanceof Uint8Array) return { body: new Uint8Array(body) };
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return { body: JSON.stringify(body) };
}

async function exchanged(url: URL, init: RequestInit): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(url, init);
  } catch (error) {
    throw new TransientError(`${init.method} ${url.origin}${url.pathname}: ${(error as Error).message}`, {
      reason: 'unavailable',
      cause: error,
    });
  }
  if (reply.ok) return reply;
  const { status } = reply;
  const details = { status, reason: fallbackReasonOf(status), reply: await read(reply) };
  const message = `${init.method} ${url.origin}${url.pathname} answered ${status}.`;
  if (!isTransientStatus(status)) throw new PermanentError(message, details);
  const retryAfterMs = retryAfterMsOf({ 'retry-after': reply.headers.get('retry-after') ?? undefined });
  throw new TransientError(message, { ...details, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

async function read(reply: Response): Promise<unknown> {
  const type = reply.headers.get('content-type') ?? '';
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await reply.arrayBuffer());
  } catch (error) {
    throw new TransientError(`The reply was cut: ${(error as Error).message}`, { reason: 'unavailable' });
  }
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

/** Artifacts in memory. */
function memoryFiles(): FilesPort {
  const kept = new Map<string, Uint8Array>();
  return {
    read: ({ $artifact }) => {
      const bytes = kept.get($artifact);
      if (bytes === undefined)
        return Promise.reject(new PermanentError(`There is no artifact ${$artifact}.`, { status: 404 }));
      return Promise.resolve(bytes);
    },
    write: (bytes, { mediaType, name }) => {
      const $artifact = crypto.randomUUID();
      kept.set($artifact, bytes);
      const ref = { $artifact, mediaType, bytes: bytes.length, ...(name !== undefined && { name }) };
      return Promise.resolve(ref as ArtifactRef);
    },
  };
}

/** A plugin with settings, as a test calls it. */
export interface PluginBench {
  files: FilesPort;
  /** One attempt, as `attemptCapability`. */
  call(capability: string, input: unknown, ports?: AttemptPorts): Promise<unknown>;
  /** What the health check tells; throws when it does. */
  health(): Promise<string | void>;
}

/**
 * For a plugin's own tests: performs its calls against a server, over the network, with files in memory. A
 * plugin with a database gives its port with each call.
 */
export function pluginBench(plugin: Plugin, values: Record<string, unknown>): PluginBench {
  const settings = plugin.settings.parse(values) as Record<string, unknown>;
  const files = memoryFiles();
  const portsFor = (signal: AbortSignal) => ({
    files,
    signal,
    http: httpPort(hostsOf(plugin, settings), plugin.http?.(settings), signal),
  });
  return {
    files,
    call: (capability, input, ports = {}) =>
      attemptCapability(plugin, capability, {
        input,
        settings: values,
        ...portsFor(ports.signal ?? new AbortController().signal),
        ...ports,
      }),
    async health() {
      const silent = () => undefined;
      const log = { debug: silent, info: silent, warn: silent, error: silent };
      const context = { settings, database: undefined, log, ...portsFor(new AbortController().signal) };
      return plugin.health?.(context as HealthContext<Record<string, unknown>, undefined>);
    },
  };
}
