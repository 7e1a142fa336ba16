import { createHash } from 'node:crypto';
import { LIMITS } from '../limits.js';
import type { AuthorityClient } from './authority-client.js';
import type { TokenAnswer, TokenAsker, TokenScheme } from './token.types.js';

interface Entry {
  token: string;
  /** On the clock of `performance.now()`. */
  untilMs: number;
}

/**
 * The access tokens of this process. Calls with the same credentials share one until shortly before it
 * expires, and those that come while it is asked for wait for the same answer.
 */
export class TokenSource {
  readonly #authority: AuthorityClient;
  readonly #entries = new Map<string, Entry>();
  readonly #asking = new Map<string, Promise<Entry>>();

  constructor(authority: AuthorityClient) {
    this.#authority = authority;
  }

  /** A token that is none of those that were refused. Throws TokenError. */
  async tokenFor(asker: TokenAsker, of: TokenScheme, refused: readonly string[]): Promise<string> {
    const key = keyOf(asker.workspaceId, of);
    const known = this.#entries.get(key);
    if (known !== undefined && known.untilMs > performance.now() && !refused.includes(known.token))
      return known.token;
    const { token } = await this.#ask(key, asker, of);
    return token;
  }

  #ask(key: string, asker: TokenAsker, of: TokenScheme): Promise<Entry> {
    const running = this.#asking.get(key);
    if (running !== undefined) return running;
    const asking = this.#authority
      .token(asker, of)
      .then((answer) => this.#keep(key, answer))
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  #keep(key: string, { token, expiresInMs }: TokenAnswer): Entry {
    const entry = { token, untilMs: performance.now() + freshMsOf(expiresInMs) };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > LIMITS.tokensMax && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }
}

/** How long a token serves that expires in so long: it is asked for anew a little earlier. */
export function freshMsOf(expiresInMs: number): number {
  return expiresInMs - Math.min(LIMITS.tokenMarginMs, expiresInMs / 10);
}

/** The credentials are not kept in clear. */
function keyOf(workspaceId: string, of: TokenScheme): string {
  return createHash('sha256')
    .update(JSON.stringify([workspaceId, of]))
    .digest('base64');
}
