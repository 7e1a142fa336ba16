import { createHash } from 'node:crypto';
import type { CallRequest, DocumentSource } from '@tutti/contracts';
import { exchangeFailure } from '../calls/exchange-outcomes.js';
import { failure, type Failure } from '../calls/outcomes.js';
import type { Followed, Hop } from '../calls/plain-http-call.js';
import { ExchangeError } from '../http/exchange.js';
import { fallbackReasonOf, isTransientStatus, retryAfterMsOf } from '@tutti/contracts';
import { visibleUrl } from '../http/http-span.js';
import { decodedBody } from '../http/reply-content.js';
import { wireAuthentication } from '../http/wire-authentication.js';
import { LIMITS } from '../limits.js';
import { freshForMs } from './freshness.js';
import type { DocumentFiles } from './document-files.js';
import { OpenApiError } from '@tutti/plugin-sdk/openapi';

/** Performs a request with its redirects, under a span. Rejects with ExchangeError. */
export type Follow = (
  request: CallRequest,
  first: Hop,
  about: { redirect: boolean; timeoutMs: number },
) => Promise<Followed>;

/** One kind of document. */
export interface DocumentKind<D> {
  /** For people: `OpenAPI document`. */
  name: string;
  /** Value of the `accept` header. */
  accept: string;
  /** Where `file:` addresses lie, if such documents may be files. */
  files?: DocumentFiles;
  /** Reads its text, which was found at an address. Throws OpenApiError when it is none. */
  read(text: string, address: URL): D;
}

interface Entry<D> {
  document: D;
  bytes: number;
  etag: string | undefined;
  lastModified: string | undefined;
  /** On the clock of `performance.now()`, as all times here. */
  freshUntilMs: number;
  confirmedAtMs: number;
}

/**
 * The documents of one kind that calls of this process use, parsed. A document is asked for anew when its age
 * (`Cache-Control`, else five minutes) is over, with its ETag; when its server is away then, the last one
 * serves on for a while.
 */
export class DocumentCache<D extends object> {
  readonly #follow: Follow;
  readonly #kind: DocumentKind<D>;
  readonly #entries = new Map<string, Entry<D>>();
  readonly #fetches = new Map<string, Promise<D | Failure>>();
  #bytes = 0;

  constructor(follow: Follow, kind: DocumentKind<D>) {
    this.#follow = follow;
    this.#kind = kind;
  }

  /** The document at a place. Never rejects but for a defect. */
  find(request: CallRequest, document: DocumentSource): Promise<D | Failure> {
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

  async #fetch(of: Wanted<D>): Promise<D | Failure> {
    const { request, document, key, known } = of;
    const { files } = this.#kind;
    if (files !== undefined && /^file:/i.test(document.uri)) return this.#open(files, of);
    let hop: Hop;
    try {
      hop = hopOf(document, { known, accept: this.#kind.accept });
    } catch (error) {
      return this.#unusable(document.uri, (error as Error).message);
    }
    const where = visibleUrl(hop.url);
    try {
      const timeoutMs = LIMITS.openApiDocumentTimeoutMs;
      const followed = await this.#follow(request, hop, { redirect: true, timeoutMs });
      const { status, headers } = followed.reply;
      if (status === 304 && known !== undefined) return this.#confirm(key, known, freshForMs(headers));
      if (status < 200 || status > 299) return this.#without(of, refused(this.#title, where, followed.reply));
      return await this.#read(key, followed);
    } catch (error) {
      if (error instanceof OpenApiError) return this.#unusable(where, error.message);
      if (!(error instanceof ExchangeError)) throw error;
      return this.#without(of, told(this.#title, exchangeFailure(`GET ${where}`, error)));
    }
  }

  async #open(files: DocumentFiles, { key, document: { uri } }: Wanted<D>): Promise<D | Failure> {
    try {
      const url = new URL(uri);
      const text = await files.read(url);
      const document = this.#kind.read(text, url);
      this.#keep(key, { ...fresh(LIMITS.openApiDocumentFreshMs), document, bytes: text.length });
      return document;
    } catch (error) {
      if (error instanceof OpenApiError || !URL.canParse(uri))
        return this.#unusable(uri, (error as Error).message);
      throw error;
    }
  }

  async #read(key: string, { hop, reply }: Followed): Promise<D> {
    const body = await decodedBody(reply);
    if (body.length > LIMITS.openApiDocumentBytesMax)
      throw new OpenApiError(
        'configuration',
        `It has ${body.length} bytes, and ${LIMITS.openApiDocumentBytesMax} is the limit.`,
      );
    const document = this.#kind.read(body.toString('utf8').replace(/^\uFEFF/, ''), hop.url);
    const { etag, 'last-modified': lastModified } = reply.headers;
    const kept = fresh(freshForMs(reply.headers));
    this.#keep(key, { ...kept, document, bytes: body.length, etag, lastModified });
    return document;
  }

  #confirm(key: string, known: Entry<D>, freshMs: number): D {
    const nowMs = performance.now();
    this.#keep(key, { ...known, freshUntilMs: nowMs + freshMs, confirmedAtMs: nowMs });
    return known.document;
  }

  /** The last document in the place of one that cannot be had now; the server is left alone for a moment. */
  #without({ key, known }: Wanted<D>, outcome: Failure): D | Failure {
    const nowMs = performance.now();
    if (known === undefined || outcome.fate !== 'transient') return outcome;
    if (nowMs - known.confirmedAtMs > LIMITS.openApiDocumentStaleMsMax) return outcome;
    this.#keep(key, { ...known, freshUntilMs: nowMs + LIMITS.openApiDocumentRetryMs });
    return known.document;
  }

  /** The one that was used longest ago goes when there are too many, or too many bytes. */
  #keep(key: string, entry: Entry<D>): void {
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

  get #title(): string {
    return `The ${this.#kind.name} cannot be read`;
  }

  #unusable(where: string, why: string): Failure {
    const uri = URL.canParse(where) ? visibleUrl(new URL(where)) : where;
    const detail = `${uri}: ${why}`;
    return failure({ fate: 'permanent', kind: 'configuration', status: 400, title: this.#title, detail });
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

/** What is kept of a document that was read just now. */
function fresh(freshMs: number): Omit<Entry<never>, 'document' | 'bytes'> {
  const nowMs = performance.now();
  return {
    etag: undefined,
    lastModified: undefined,
    freshUntilMs: nowMs + freshMs,
    confirmedAtMs: nowMs,
  };
}

interface Wanted<D> {
  request: CallRequest;
  document: DocumentSource;
  key: string;
  known: Entry<D> | undefined;
}

/** A document is shared by those who ask with the same credentials only; these are not kept in clear. */
function keyOf(workspaceId: string, { uri, authorization = '' }: DocumentSource): string {
  return createHash('sha256')
    .update(JSON.stringify([workspaceId, uri, authorization]))
    .digest('base64');
}

function hopOf(
  { uri, authorization }: DocumentSource,
  { known, accept }: { known: Entry<unknown> | undefined; accept: string },
): Hop {
  if (!URL.canParse(uri)) throw new Error('It is no address.');
  const url = new URL(uri);
  if (url.username !== '' || url.password !== '')
    throw new Error('An address must not hold a user and password: use the authentication of the endpoint.');
  const headers: Record<string, string> = { accept };
  if (typeof authorization === 'string') headers['authorization'] = authorization;
  if (known?.etag !== undefined) headers['if-none-match'] = known.etag;
  if (known?.lastModified !== undefined) headers['if-modified-since'] = known.lastModified;
  const authentication = wireAuthentication(authorization);
  const credentials = authentication === undefined ? {} : { authentication };
  return { method: 'GET', url, headers, body: null, ...credentials };
}

function told(title: string, outcome: Failure): Failure {
  return { ...outcome, error: { ...outcome.error, title } };
}

function refused(title: string, where: string, { status, headers }: Followed['reply']): Failure {
  const retryAfterMs = retryAfterMsOf(headers);
  return failure({
    fate: isTransientStatus(status) ? 'transient' : 'permanent',
    kind: 'communication',
    status,
    title,
    detail: `GET ${where} answered ${status}.`,
    reason: fallbackReasonOf(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
