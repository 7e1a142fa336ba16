import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Pool, type Dispatcher } from 'undici';
import { LIMITS } from '../limits.js';
import type { AddressGuard } from './address-guard.js';
import { Deadlines } from './deadlines.js';
import type { EgressMap } from './egress-map.js';
import { type ClientCertificate, shown } from './wire-authentication.js';
import {
  ExchangeError,
  exchange,
  exchangeErrorOf,
  type ExchangeReply,
  type ExchangeRequest,
} from './exchange.js';

/** A reply whose body is still to come. */
export interface OpenReply {
  status: number;
  headers: IncomingHttpHeaders;
  body: AsyncIterable<Buffer>;
}

/** What went wrong with a reply that is read as it comes. */
export function openErrorOf(error: Error, signal: AbortSignal | undefined): ExchangeError {
  if (error instanceof ExchangeError) return error;
  if (signal?.aborted === true)
    return new ExchangeError('The call was aborted.', { failure: 'aborted', sent: true, cause: error });
  return exchangeErrorOf(error, true);
}

/** Keeps one pool of sockets for each origin; the oldest one goes when there are too many. */
export class OriginPools {
  readonly #pools = new Map<string, Pool>();
  readonly #deadlines = new Deadlines();
  readonly #guard: AddressGuard;
  readonly #egress: EgressMap | null;

  constructor(guard: AddressGuard, egress: EgressMap | null = null) {
    this.#guard = guard;
    this.#egress = egress?.size === 0 ? null : egress;
  }

  /** Where a request to the URL really goes, by the operator's egress map. */
  addressOf(url: URL): URL {
    const origin = this.#egress?.get(url.origin);
    return origin === undefined ? url : new URL(origin + url.pathname + url.search);
  }

  /**
   * Sends the request to the origin of the URL, or where that is mapped to. Rejects with `ExchangeError`
   * only.
   */
  exchange(url: URL, request: ExchangeRequest, certificate?: ClientCertificate): Promise<ExchangeReply> {
    let pool: Pool;
    try {
      pool = this.poolOf(url, certificate);
    } catch (error) {
      return Promise.reject(error as ExchangeError);
    }
    return exchange(pool, request, this.#deadlines);
  }

  /**
   * Like `exchange`, for a reply that is read as it comes. The signal ends it; its bytes are not limited
   * here.
   */
  async open(url: URL, request: Omit<ExchangeRequest, 'replyBytesMax' | 'repeatable'>): Promise<OpenReply> {
    const { method, path, headers, body, timeoutMs, signal } = request;
    const pool = this.poolOf(url);
    try {
      const reply = await pool.request({
        method: method as Dispatcher.HttpMethod,
        path,
        headers,
        body,
        headersTimeout: timeoutMs + 1_000,
        bodyTimeout: timeoutMs + 1_000,
        ...(signal !== undefined && { signal }),
      });
      return { status: reply.statusCode, headers: reply.headers, body: reply.body };
    } catch (error) {
      throw openErrorOf(error as Error, signal);
    }
  }

  /**
   * The sockets to the origin of the URL, or to where that is mapped to; with a certificate they are its own.
   * Throws ExchangeError.
   */
  poolOf(url: URL, certificate?: ClientCertificate): Pool {
    // Without TLS nobody would see it, and the call would go out without its authentication.
    if (certificate !== undefined && url.protocol !== 'https:') {
      throw new ExchangeError('A certificate can be shown over https only: use an https address.', {
        failure: 'invalid',
        sent: false,
      });
    }
    return this.#poolFor(this.addressOf(url), certificate);
  }

  async close(): Promise<void> {
    this.#deadlines.close();
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #poolFor(url: URL, certificate: ClientCertificate | undefined): Pool {
    const key = certificate === undefined ? url.origin : `${url.origin} ${fingerprint(certificate)}`;
    return this.#pools.get(key) ?? this.#open(url, { key, certificate });
  }

  #open(url: URL, { key, certificate }: { key: string; certificate: ClientCertificate | undefined }): Pool {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new ExchangeError(`Only http and https can be called, not "${url.protocol}".`, {
        failure: 'invalid',
        sent: false,
      });
    }
    try {
      this.#guard.checkHost(url.hostname);
    } catch (error) {
      throw new ExchangeError((error as Error).message, { failure: 'refused', sent: false, cause: error });
    }
    const pool = new Pool(url.origin, {
      connections: LIMITS.socketsPerOriginMax,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 30_000,
      maxResponseSize: -1,
      connect: { ...shown(certificate), timeout: LIMITS.connectTimeoutMs, lookup: this.#guard.lookup },
    });
    this.#makeRoom();
    this.#pools.set(key, pool);
    return pool;
  }

  /** Closes the origin that was opened first; its exchanges under way still end. */
  #makeRoom(): void {
    if (this.#pools.size < LIMITS.originsMax) return;
    const [origin, pool] = this.#pools.entries().next().value as [string, Pool];
    this.#pools.delete(origin);
    void pool.close();
  }
}

function fingerprint(certificate: ClientCertificate): string {
  return createHash('sha256')
    .update(JSON.stringify(shown(certificate)))
    .digest('base64');
}
