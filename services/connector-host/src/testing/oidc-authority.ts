import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { json } from './http-stub.js';

export const CLIENT = { id: 'tutti', secret: 'canary-client-secret-91' };
export const REDIRECT_URI = 'http://127.0.0.1:3000/v1/oauth/callback';
const NEVER_MORE_THAN = 20;

/**
 * The certified OpenID provider of npm as an authority, with an API beside it that takes its access tokens:
 * `/api/...` answers with what it was asked, or 401.
 */
export class OidcAuthority {
  /** It answers with 503. */
  away = false;
  readonly #server: Server;
  #provider!: Provider;
  /** Grants that were made, by their type. */
  readonly grants: string[] = [];
  /** Requests to the API: method, path, and the token that they came with. */
  readonly seen: { method: string; path: string; token: string }[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      if (request.url?.startsWith('/api/') === true) void this.#api(request, response);
      else if (this.away) json(response, 503, {}, { 'retry-after': '1' });
      else this.#provider.callback()(request, response);
    });
  }

  static async start(): Promise<OidcAuthority> {
    const authority = new OidcAuthority();
    await new Promise<void>((ready) => authority.#server.listen(0, '127.0.0.1', ready));
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    authority.#provider = new Provider(authority.origin, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [REDIRECT_URI],
          grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
          response_types: ['code'],
        },
      ],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      pkce: { required: () => true },
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: true } },
      rotateRefreshToken: true,
      issueRefreshToken: () => Promise.resolve(true),
      findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
      ttl: {
        Interaction: 3_600,
        Session: 3_600,
        IdToken: 3_600,
        AccessToken: 3_600,
        RefreshToken: 86_400,
        Grant: 86_400,
        ClientCredentials: 3_600,
      },
    });
    authority.#provider.on('grant.success', ({ oidc }) => {
      authority.grants.push(String(oidc.params?.['grant_type']));
    });
    return authority;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a connection to the API is given. */
  get settings(): Record<string, unknown> {
    return { baseUrl: this.origin, clientId: CLIENT.id, clientSecret: CLIENT.secret };
  }

  /** Signs in with a browser's means and says where the browser is sent back to. */
  async signIn(address: string, { deny = false }: { deny?: boolean } = {}): Promise<URL> {
    const cookies = new Map<string, string>();
    let url = new URL(address);
    let form: URLSearchParams | null = null;
    for (let steps = 0; steps < NEVER_MORE_THAN; steps += 1) {
      const reply: Response = await fetch(url, {
        redirect: 'manual',
        method: form === null ? 'GET' : 'POST',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form === null ? {} : { body: form }),
      });
      for (const cookie of reply.headers.getSetCookie()) {
        const [name = '', value = ''] = cookie.split(';')[0]?.split('=') ?? [];
        cookies.set(name, value);
      }
      const text = await reply.text();
      form = null;
      const location = reply.headers.get('location');
      if (location !== null) url = new URL(location, url);
      else if (!url.pathname.startsWith('/interaction/')) throw new Error(`${reply.status}: ${text}`);
      else if (deny) url = new URL(`${url.pathname}/abort`, url);
      else if (/value="login"/.test(text))
        form = new URLSearchParams({ prompt: 'login', login: 'ann', password: 'x' });
      else form = new URLSearchParams({ prompt: 'consent' });
      if (url.href.startsWith(REDIRECT_URI)) return url;
    }
    throw new Error('The sign-in goes round in circles.');
  }

  /** The API takes it no more. */
  async revokeAccess(token: string): Promise<void> {
    await (await this.#found(token))?.destroy();
  }

  async revokeRefresh(token: string): Promise<void> {
    await (await this.#provider.RefreshToken.find(token))?.destroy();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #api(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const { method = '', url: path = '' } = request;
    this.seen.push({ method, path, token });
    const known = token === '' ? undefined : await this.#found(token);
    if (known === undefined) return json(response, 401, { said: token });
    json(response, 200, { said: token });
  }

  #found(token: string) {
    const { AccessToken } = this.#provider;
    const { ClientCredentials } = this.#provider as unknown as { ClientCredentials: Provider['AccessToken'] };
    return AccessToken.find(token).then((found) => found ?? ClientCredentials.find(token));
  }
}

/** What a callback is called with, from the address that the browser was sent to. */
export function answerOf(url: URL) {
  const of = (name: string) => url.searchParams.get(name) ?? undefined;
  return {
    state: of('state') ?? '',
    code: of('code'),
    error: of('error'),
    errorDescription: of('error_description'),
    iss: of('iss'),
  };
}
