import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Vault's KV engine (version 2) and AppRole login, by HashiCorp's API documentation; held to the client
 * `hvac` by hand, since no Vault installs here.
 */
export class VaultStub {
  readonly server: Server;
  /** Fields by `mount/path`. */
  readonly secrets = new Map<string, Record<string, unknown>>();
  readonly seen: { method: string; path: string; token: string; namespace: string }[] = [];
  tokens = new Set<string>(['root']);
  /** Instead of what it has: a status, or no answer at all. */
  failing: number | 'silent' | null = null;
  logins = 0;

  private constructor() {
    this.server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<VaultStub> {
    const stub = new VaultStub();
    await new Promise<void>((ready) => stub.server.listen(0, '127.0.0.1', ready));
    return stub;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.address).pathname;
    const token = String(request.headers['x-vault-token'] ?? '');
    const namespace = String(request.headers['x-vault-namespace'] ?? '');
    this.seen.push({ method: request.method ?? '', path, token, namespace });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const reply = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (this.failing === 'silent') return;
    if (this.failing !== null)
      return reply(this.failing, { errors: this.failing === 503 ? ['Vault is sealed'] : ['broken'] });
    if (path === '/v1/auth/approle/login') return this.#login(Buffer.concat(chunks).toString(), reply);
    if (!this.tokens.has(token))
      return reply(403, { errors: ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'] });
    const [, mount, secret] = /^\/v1\/([^/]+)\/data\/(.+)$/.exec(path) ?? [];
    const data = this.secrets.get(`${mount}/${secret}`);
    if (data === undefined) return reply(404, { errors: [] });
    const metadata = {
      created_time: '2026-01-01T00:00:00Z',
      deletion_time: '',
      destroyed: false,
      version: 1,
    };
    reply(200, {
      request_id: 'r',
      lease_id: '',
      renewable: false,
      lease_duration: 0,
      data: { data, metadata },
    });
  }

  #login(body: string, reply: (status: number, body: object) => void): void {
    const { role_id: role, secret_id: secret } = JSON.parse(body) as Record<string, string>;
    if (role !== 'role' || secret !== 'secret-id')
      return reply(400, { errors: ['invalid role or secret ID'] });
    this.logins += 1;
    const token = `hvs.${this.logins}`;
    this.tokens.add(token);
    reply(200, {
      auth: { client_token: token, lease_duration: 3600, renewable: true, token_type: 'service' },
    });
  }
}
