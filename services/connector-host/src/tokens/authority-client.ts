import type { TokenRequest } from '@tutti/contracts';
import { exchangeFailure } from '../calls/exchange-outcomes.js';
import { failure } from '../calls/outcomes.js';
import { ExchangeError, type ExchangeReply } from '../http/exchange.js';
import { fallbackReasonOf, isTransientStatus, retryAfterMsOf } from '@tutti/contracts';
import { HttpSpan, type SpanSink, visibleUrl } from '../http/http-span.js';
import type { OriginPools } from '../http/origin-pools.js';
import { decodedBody } from '../http/reply-content.js';
import { LIMITS } from '../limits.js';
import { tokenBody } from './token-body.js';
import { TokenError } from './token-error.js';
import type { TokenAnswer, TokenAsker, TokenScheme } from './token.types.js';

interface Exchanged {
  method: string;
  headers?: Record<string, string>;
  body?: string;
}

const DISCOVERY = '/.well-known/openid-configuration';

/** Speaks with the authorities of OAuth 2.0 and OpenID Connect. Every failure is a TokenError. */
export class AuthorityClient {
  readonly #pools: OriginPools;
  readonly #spans: SpanSink;

  constructor({ pools, spans }: { pools: OriginPools; spans: SpanSink }) {
    this.#pools = pools;
    this.#spans = spans;
  }

  /** Asks for a token. */
  async token(asker: TokenAsker, of: TokenScheme): Promise<TokenAnswer> {
    const endpoint = await this.#endpointOf(asker, of);
    const { headers, body } = bodyFor(of, endpoint);
    const reply = await this.#exchange(asker, endpoint, { method: 'POST', headers, body });
    const answer = objectIn(reply);
    if (reply.status < 200 || reply.status > 299) throw refused(endpoint, reply, answer);
    const { access_token: token, expires_in: seconds } = answer;
    if (typeof token !== 'string' || token === '') throw unusable(endpoint, 'it has no access_token');
    checkIssuer(of, token, endpoint);
    const valid = Number(seconds);
    const { refresh_token: refreshToken, scope } = answer;
    return {
      token,
      expiresInMs: valid > 0 ? valid * 1_000 : LIMITS.tokenFreshMs,
      ...(typeof refreshToken === 'string' && refreshToken !== '' ? { refreshToken } : {}),
      ...(typeof scope === 'string' ? { scope } : {}),
    };
  }

  async #endpointOf(asker: TokenAsker, of: TokenScheme): Promise<URL> {
    const authority = of.authority.replace(/\/+$/, '');
    if (!/^https?:\/\//i.test(authority) || !URL.canParse(authority))
      throw unusable(of.authority, 'it is no address of http or https');
    const discovers = of.scheme === 'oidc' || authority.endsWith(DISCOVERY);
    if (!discovers) return new URL(tokenAddress(authority, of.endpoints?.token ?? '/oauth2/token'));
    const url = new URL(authority.endsWith(DISCOVERY) ? authority : authority + DISCOVERY);
    const reply = await this.#exchange(asker, url, { method: 'GET' });
    const { issuer, token_endpoint: endpoint } = objectIn(reply);
    if (reply.status !== 200) throw refused(url, reply, {});
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint))
      throw unusable(url, 'it has no token_endpoint');
    if (of.issuers !== undefined && !of.issuers.includes(String(issuer)))
      throw unusable(url, `its issuer is "${String(issuer)}", which is not among issuers`);
    return new URL(endpoint);
  }

  async #exchange(asker: TokenAsker, url: URL, { method, headers, body }: Exchanged): Promise<ExchangeReply> {
    const span = new HttpSpan(this.#spans, asker.trace, { method, url: this.#pools.addressOf(url) });
    try {
      const reply = await this.#pools.exchange(url, {
        method,
        path: url.pathname + url.search,
        headers: { accept: 'application/json', ...headers },
        body: body ?? null,
        timeoutMs: Math.min(asker.timeoutMs, LIMITS.tokenTimeoutMs),
        repeatable: true,
      });
      span.replied(reply.status);
      return { ...reply, body: await decodedBody(reply) };
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      span.failed(error.failure, error.message);
      const outcome = exchangeFailure(`${method} ${visibleUrl(url)}`, error);
      throw new TokenError({ ...outcome, error: { ...outcome.error, title: TITLE } });
    }
  }
}

function bodyFor(of: TokenScheme, endpoint: URL): ReturnType<typeof tokenBody> {
  try {
    return tokenBody(of, endpoint);
  } catch (error) {
    throw unusable(endpoint, (error as Error).message);
  }
}

const TITLE = 'No token for the call';

function tokenAddress(authority: string, path: string): string {
  return /^https?:\/\//i.test(path) ? path : `${authority}/${path.replace(/^\/+/, '')}`;
}

function objectIn({ body }: ExchangeReply): Record<string, unknown> {
  try {
    const value = JSON.parse(body.toString('utf8')) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Not what an authority answers with; the caller says so by what is missing in it.
    return {};
  }
}

/** A token that is a JWT says who issued it; others cannot be looked into. */
function checkIssuer({ issuers }: TokenRequest, token: string, endpoint: URL): void {
  const [, payload, ...rest] = token.split('.');
  if (issuers === undefined || payload === undefined || rest.length !== 1) return;
  const { iss } = objectIn({ body: Buffer.from(payload, 'base64url') } as ExchangeReply);
  if (iss === undefined || issuers.includes(String(iss))) return;
  throw unusable(endpoint, `its issuer is "${String(iss)}", which is not among issuers`);
}

function refused(url: URL, { status, headers }: ExchangeReply, answer: Record<string, unknown>): TokenError {
  const said = [answer.error, answer.error_description].filter((text) => typeof text === 'string').join(': ');
  const detail = `${visibleUrl(url)} answered ${status}${said === '' ? '' : ` (${said.slice(0, 500)})`}.`;
  const retryAfterMs = retryAfterMsOf(headers);
  if (!isTransientStatus(status))
    return new TokenError(
      failure({ fate: 'permanent', kind: 'authentication', status: 401, title: TITLE, detail }),
      typeof answer.error === 'string' ? answer.error : undefined,
    );
  const reason = fallbackReasonOf(status);
  const again = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new TokenError(
    failure({ fate: 'transient', kind: 'communication', status, title: TITLE, detail, reason, ...again }),
  );
}

function unusable(where: URL | string, why: string): TokenError {
  const detail = `The authority at ${where instanceof URL ? visibleUrl(where) : where} cannot be used: ${why}.`;
  return new TokenError(
    failure({ fate: 'permanent', kind: 'authentication', status: 401, title: TITLE, detail }),
  );
}
