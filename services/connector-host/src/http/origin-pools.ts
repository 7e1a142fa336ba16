import { Pool } from 'undici';
import { LIMITS } from '../limits.js';
import type { AddressGuard } from './address-guard.js';
import { Deadlines } from './deadlines.js';
import { ExchangeError, exchange, type ExchangeReply, type ExchangeRequest } from './exchange.js';

/** Keeps one pool of sockets for each origin; the oldest one goes when there are too many. */
export class OriginPools {
  readonly #pools = new Map<string, Pool>();
  readonly #deadlines = new Deadlines();
  readonly #guard: AddressGuard;

  constructor(guard: AddressGuard) {
    this.#guard = guard;
  }

  /** Sends the request to the origin of the URL. Rejects with `ExchangeError` only. */
  exchange(url: URL, request: ExchangeRequest): Promise<ExchangeReply> {
    let pool: Pool;
    try {
      pool = this.#poolFor(url);
    } catch (error) {
      return Promise.reject(error as ExchangeError);
    }
    return exchange(pool, request, this.#deadlines);
  }

  async close(): Promise<void> {
    this.#deadlines.close();
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #poolFor(url: URL): Pool {
    const known = this.#pools.get(url.origin);
    if (known !== undefined) return known;
    return this.#open(url);
  }

  #open(url: URL): Pool {
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
      connect: { timeout: LIMITS.connectTimeoutMs, lookup: this.#guard.lookup },
    });
    this.#makeRoom();
    this.#pools.set(url.origin, pool);
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
