import { AddressGuard } from './address-guard.js';
import type { EgressMap } from './egress-map.js';
import { ExchangeError } from './exchange.js';
import { visibleUrl } from './http-span.js';
import { OriginPools } from './origin-pools.js';
import { decodedBody } from './reply-content.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REDIRECTS_MAX = 5;
const TIMEOUT_MS = 10_000;
const ACCEPT = 'application/yaml, text/yaml, application/json, text/plain, */*;q=0.5';

/** What the reading of a document may take. */
export interface ReadBounds {
  bytesMax: number;
  /** Ends the reading. */
  signal?: AbortSignal;
}

/** Reads documents from other systems under the same rules as calls: address guard and egress map. */
export class DocumentReader {
  readonly #pools: OriginPools;

  constructor({
    blockPrivateAddresses = false,
    egressMap,
  }: {
    blockPrivateAddresses?: boolean;
    egressMap: EgressMap;
  }) {
    this.#pools = new OriginPools(new AddressGuard({ blockPrivateAddresses }), egressMap);
  }

  /** The text at an address, or why there is none. */
  async read(address: string, bounds: ReadBounds): Promise<{ text: string } | { problem: string }> {
    let url = new URL(address);
    try {
      for (let hops = 0; hops <= REDIRECTS_MAX; hops += 1) {
        const { status, headers, body } = await this.#get(url, bounds);
        const { location } = headers;
        if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, url.href))
          return told(url, status, body);
        url = new URL(location, url);
      }
      return { problem: `GET ${visibleUrl(url)} redirects more than ${REDIRECTS_MAX} times` };
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      return { problem: `GET ${visibleUrl(url)}: ${error.message}` };
    }
  }

  async #get(url: URL, { bytesMax, signal }: ReadBounds) {
    const reply = await this.#pools.exchange(url, {
      method: 'GET',
      path: url.pathname + url.search,
      headers: { host: url.host, accept: ACCEPT, 'accept-encoding': 'gzip, deflate, br' },
      body: null,
      timeoutMs: TIMEOUT_MS,
      replyBytesMax: bytesMax,
      ...(signal && { signal }),
    });
    return { ...reply, body: await decodedBody(reply, bytesMax) };
  }

  close(): Promise<void> {
    return this.#pools.close();
  }
}

function told(url: URL, status: number, body: Buffer) {
  if (status < 200 || status > 299) return { problem: `GET ${visibleUrl(url)} answered ${status}` };
  return { text: body.toString('utf8').replace(/^\uFEFF/, '') };
}
