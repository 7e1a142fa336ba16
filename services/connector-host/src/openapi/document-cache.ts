import { createHash } from 'node:crypto';
import type { CallRequest, OpenApiCall } from '@tutti/contracts';
import { exchangeFailure } from '../calls/exchange-outcomes.js';
import { failure, type Failure } from '../calls/outcomes.js';
import type { Followed, Hop } from '../calls/plain-http-call.js';
import { ExchangeError } from '../http/exchange.js';
import { fallbackReasonOf, isTransientStatus, retryAfterMsOf } from '../http/http-failures.js';
import { visibleUrl } from '../http/http-span.js';
import { decodedBody } from '../http/reply-content.js';
import { LIMITS } from '../limits.js';
import { freshForMs } from './freshness.js';
import { readDocument, type OpenApiDocument } from './openapi-document.js';
import { OpenApiError } from './openapi-error.js';

/** Performs a request with its redirects, under a span. Rejects with ExchangeError. */
export type Follow = (
  request: CallRequest,
  first: Hop,
  about: { redirect: boolean; timeoutMs: number },
) => Promise<Followed>;

interface Entry {
  document: OpenApiDocument;
  bytes: number;
  etag: string | undefined;
  lastModified: string | undefined;
  /** On the clock of `performance.now()`, as all times here. */
  freshUntilMs: number;
  confirmedAtMs: number;
}

const ACCEPT = 'application/json, application/yaml, text/yaml, */*;q=0.5';

/**
 * The OpenAPI documents that calls of this process use, parsed. A document is asked for anew when its age
 * (`Cache-Control`, else five minutes) is over, with its ETag; when its server is away then, the last one
 * serves on for a while.
 */
export class DocumentCache {
  readonly #follow: Follow;
  readonly #entries = new Map<string, Entry>();
  readonly #fetches = new Map<string, Promise<OpenApiDocument | Failure>>();
  #bytes = 0;

  constructor(follow: Follow) {
    this.#follow = follow;
  }

  /** The document of a call. Never rejects but for a defect. */
  find(request: CallRequest, { document }: OpenApiCall): Promise<OpenApiDocument | Failure> {
    const key = keyOf(request.workspaceId, document);
    const known = this.#entries.get(key);
    if (known !== undefined && known.freshUntilMs > performance.now()) {
      this.#keep(key, known);
      return Promise.resolve(known.document);
    }
    const running = this.#fetches.get(key);
    if (running !== undefined) return running;
    const fetching = this.#fetch({ request, document, key, known }).finally(() => this.#fetches.delete(key));
    this.#fetches.set(key, fetching);
    return fetching;
  }

  async #fetch(of: Wanted): Promise<OpenApiDocument | Failure> {
    const { request, document, key, known } = of;
    let hop: Hop;
    try {
      hop = hopOf(document, known);
    } catch (error) {
      return unusable(document.uri, (error as Error).message);
    }
    const where = visibleUrl(hop.url);
    try {
      const timeoutMs = LIMITS.openApiDocumentTimeoutMs;
      const followed = await this.#follow(request, hop, { redirect: true, timeoutMs });
      const { status, headers } = followed.reply;
      if (status === 304 && known !== undefined) return this.#confirm(key, known, freshForMs(headers));
      if (status < 200 || status > 299) return this.#without(of, refused(where, followed.reply));
      return await this.#read(key, followed);
    } catch (error) {
      if (error instanceof OpenApiError) return unusable(where, error.message);
      if (!(error instanceof ExchangeError)) throw error;
      return this.#without(of, told(exchangeFailure(`GET ${where}`, error)));
    }
  }

  async #read(key: string, { hop, reply }: Followed): Promise<OpenApiDocument> {
    const body = await decodedBody(reply);
    if (body.length > LIMITS.openApiDocumentBytesMax)
      throw new OpenApiError(
        'configuration',
        `It has ${body.length} bytes, and ${LIMITS.openApiDocumentBytesMax} is the limit.`,
      );
    const document = readDocument(body.toString('utf8').replace(/^\uFEFF/, ''), hop.url);
    const { etag, 'last-modified': lastModified } = reply.headers;
    const nowMs = performance.now();
    const freshUntilMs = nowMs + freshForMs(reply.headers);
    this.#keep(key, { document, bytes: body.length, etag, lastModified, freshUntilMs, confirmedAtMs: nowMs });
    return document;
  }

  #confirm(key: string, known: Entry, freshMs: number): OpenApiDocument {
    const nowMs = performance.now();
    this.#keep(key, { ...known, freshUntilMs: nowMs + freshMs, confirmedAtMs: nowMs });
    return known.document;
  }

  /** The last document in the place of one that cannot be had now; the server is left alone for a moment. */
  #without({ key, known }: Wanted, outcome: Failure): OpenApiDocument | Failure {
    const nowMs = performance.now();
    if (known === undefined || outcome.fate !== 'transient') return outcome;
    if (nowMs - known.confirmedAtMs > LIMITS.openApiDocumentStaleMsMax) return outcome;
    this.#keep(key, { ...known, freshUntilMs: nowMs + LIMITS.openApiDocumentRetryMs });
    return known.document;
  }

  /** The one that was used longest ago goes when there are too many, or too many bytes. */
  #keep(key: string, entry: Entry): void {
    this.#drop(key);
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    for (const oldest of this.#entries.keys()) {
      const fits =
        this.#entries.size <= LIMITS.openApiDocumentsMax && this.#bytes <= LIMITS.openApiDocumentsBytesMax;
      if (fits || oldest === key) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

interface Wanted {
  request: CallRequest;
  document: OpenApiCall['document'];
  key: string;
  known: Entry | undefined;
}

/** A document is shared by those who ask with the same credentials only; these are not kept in clear. */
function keyOf(workspaceId: string, { uri, authorization = '' }: OpenApiCall['document']): string {
  return createHash('sha256')
    .update(JSON.stringify([workspaceId, uri, authorization]))
    .digest('base64');
}

function hopOf({ uri, authorization }: OpenApiCall['document'], known: Entry | undefined): Hop {
  if (!URL.canParse(uri)) throw new Error('It is no address.');
  const url = new URL(uri);
  if (url.username !== '' || url.password !== '')
    throw new Error('An address must not hold a user and password: use the authentication of the endpoint.');
  const headers: Record<string, string> = { accept: ACCEPT };
  if (typeof authorization === 'string') headers['authorization'] = authorization;
  if (known?.etag !== undefined) headers['if-none-match'] = known.etag;
  if (known?.lastModified !== undefined) headers['if-modified-since'] = known.lastModified;
  const credentials = typeof authorization === 'object' ? { authentication: authorization } : {};
  return { method: 'GET', url, headers, body: null, ...credentials };
}

const TITLE = 'The OpenAPI document cannot be read';

function unusable(where: string, why: string): Failure {
  const uri = URL.canParse(where) ? visibleUrl(new URL(where)) : where;
  const detail = `${uri}: ${why}`;
  return failure({ fate: 'permanent', kind: 'configuration', status: 400, title: TITLE, detail });
}

function told(outcome: Failure): Failure {
  return { ...outcome, error: { ...outcome.error, title: TITLE } };
}

function refused(where: string, { status, headers }: Followed['reply']): Failure {
  const retryAfterMs = retryAfterMsOf(headers);
  return failure({
    fate: isTransientStatus(status) ? 'transient' : 'permanent',
    kind: 'communication',
    status,
    title: TITLE,
    detail: `GET ${where} answered ${status}.`,
    reason: fallbackReasonOf(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
