import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientProof } from './client-proof.js';

/** A request for a token, as it came. */
export interface TokenAsked {
  fields: Record<string, string[]>;
  authorization: string | undefined;
  contentType: string | undefined;
}

interface AuthorityAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** A small authority of OAuth 2.0 and OpenID Connect, which gives a new token each time. */
export class Authority {
  readonly asked: TokenAsked[] = [];
  discovered = 0;
  /** Who its client is, that only gets a token for an assertion that proves it. */
  proof: ClientProof | undefined;
  /** What it answers to the next requests for a token, in the place of a token. */
  readonly refusals: AuthorityAnswer[] = [];
  /** Merged into the answer. */
  extra: Record<string, unknown> = { expires_in: 3_600 };
  /** In the place of its own. */
  issuer: string | undefined;
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { status, body, headers } = this.#answer(request.url ?? '', {
          authorization: request.headers.authorization,
          contentType: request.headers['content-type'],
          text: Buffer.concat(chunks).toString('utf8'),
        });
        void this.gate.then(() =>
          response
            .writeHead(status, { 'content-type': 'application/json', ...headers })
            .end(JSON.stringify(body)),
        );
      });
    });
  }

  static async start(): Promise<Authority> {
    const authority = new Authority();
    await new Promise<void>((ready) => authority.#server.listen(0, '127.0.0.1', ready));
    return authority;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(
    path: string,
    of: { authorization: string | undefined; contentType: string | undefined; text: string },
  ): AuthorityAnswer {
    if (path === '/realm/.well-known/openid-configuration') {
      this.discovered += 1;
      const issuer = this.issuer ?? `${this.origin}/realm`;
      return { status: 200, body: { issuer, token_endpoint: `${this.origin}/realm/token` } };
    }
    if (!['/oauth2/token', '/realm/token', '/own/token'].includes(path)) return { status: 404, body: {} };
    const { authorization, contentType, text } = of;
    this.asked.push({ fields: fieldsOf(contentType, text), authorization, contentType });
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refusal;
    const wrong = this.proof?.problemOf(this.asked.at(-1)?.fields ?? {}, this.origin + path);
    if (wrong !== undefined)
      return { status: 401, body: { error: 'invalid_client', error_description: wrong } };
    const token = `token-${this.asked.length}`;
    return { status: 200, body: { access_token: token, token_type: 'Bearer', ...this.extra } };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

function fieldsOf(contentType: string | undefined, text: string): Record<string, string[]> {
  const pairs =
    contentType === 'application/json'
      ? Object.entries(JSON.parse(text) as Record<string, string | string[]>)
      : [...new URLSearchParams(text)];
  const fields: Record<string, string[]> = {};
  for (const [name, value] of pairs) (fields[name] ??= []).push(...(Array.isArray(value) ? value : [value]));
  return fields;
}
