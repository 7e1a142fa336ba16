import { Agent, request } from 'undici';
import { LIMITS } from '../limits.js';
import { UnresolvedReference } from './unresolved-reference.js';

/** How HashiCorp Vault or OpenBao is reached, as the operator says. */
export interface VaultConfig {
  /** `https://vault.example:8200`, without `/v1`. */
  address: string;
  namespace?: string | undefined;
  /** A token, or the ids of an AppRole that one is fetched with. */
  login: { token: string } | { roleId: string; secretId: string; mount: string };
  /** PEM of the authority that signed its certificate. */
  ca?: string | undefined;
  /** How long a value that was read is used while Vault does not answer. */
  ttlMs: number;
}

interface Kept {
  fields: Record<string, unknown>;
  readAtMs: number;
}

interface Reply {
  status: number;
  body: {
    data?: { data?: unknown };
    auth?: { client_token?: unknown; lease_duration?: unknown };
    errors?: unknown;
  };
}

const SAID_LENGTH_MAX = 300;
/** A token is fetched anew after this part of its time. */
const LEASE_PART = 2 / 3;

/**
 * Reads the KV engine (version 2) of Vault. What was read is read again after half a minute; while Vault does
 * not answer, the last value serves until its time is over.
 */
export class VaultClient {
  readonly #config: VaultConfig;
  readonly #agent: Agent;
  readonly #kept = new Map<string, Kept>();
  readonly #reading = new Map<string, Promise<Record<string, unknown>>>();
  #token: { value: string; untilMs: number } | null = null;

  constructor(config: VaultConfig) {
    this.#config = config;
    this.#agent = new Agent({
      connect: { timeout: LIMITS.vaultTimeoutMs, ...(config.ca === undefined ? {} : { ca: config.ca }) },
      headersTimeout: LIMITS.vaultTimeoutMs,
      bodyTimeout: LIMITS.vaultTimeoutMs,
      maxResponseSize: LIMITS.vaultReplyBytesMax,
    });
  }

  /** The fields of a secret. Throws UnresolvedReference. */
  async read(mount: string, path: string): Promise<Record<string, unknown>> {
    const name = `${mount}/${path}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined && performance.now() - kept.readAtMs < LIMITS.vaultFreshMs) return kept.fields;
    let reading = this.#reading.get(name);
    if (reading === undefined) {
      reading = this.#fetch(mount, path).finally(() => this.#reading.delete(name));
      this.#reading.set(name, reading);
    }
    try {
      return await reading;
    } catch (error) {
      const isGood = kept !== undefined && performance.now() - kept.readAtMs < this.#config.ttlMs;
      if (error instanceof UnresolvedReference && error.away && isGood) return kept.fields;
      this.#kept.delete(name);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#kept.clear();
    await this.#agent.close();
  }

  async #fetch(mount: string, path: string): Promise<Record<string, unknown>> {
    const startedAtMs = performance.now();
    const ask = async () => this.#ask('GET', `/v1/${mount}/data/${path}`, { token: await this.#signedIn() });
    let reply = await ask();
    if (reply.status === 403 && 'roleId' in this.#config.login) {
      // The token may have been revoked before its time.
      this.#token = null;
      reply = await ask();
    }
    const fields = reply.body.data?.data;
    if (reply.status !== 200 || typeof fields !== 'object' || fields === null)
      throw refusalOf(reply, `${mount}/${path}`);
    if (this.#kept.size >= LIMITS.vaultSecretsMax) this.#kept.clear();
    this.#kept.set(`${mount}/${path}`, { fields: fields as Record<string, unknown>, readAtMs: startedAtMs });
    return fields as Record<string, unknown>;
  }

  async #signedIn(): Promise<string> {
    const { login } = this.#config;
    if ('token' in login) return login.token;
    if (this.#token !== null && this.#token.untilMs > performance.now()) return this.#token.value;
    const body = { role_id: login.roleId, secret_id: login.secretId };
    const reply = await this.#ask('POST', `/v1/auth/${login.mount}/login`, { body });
    const { client_token: value, lease_duration: seconds } = reply.body.auth ?? {};
    if (reply.status !== 200 || typeof value !== 'string')
      throw refusalOf(reply, `auth/${login.mount}/login`);
    const leaseMs = Number(seconds) > 0 ? Number(seconds) * 1_000 * LEASE_PART : Infinity;
    this.#token = { value, untilMs: performance.now() + leaseMs };
    return value;
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    { token, body }: { token?: string; body?: Record<string, string> },
  ): Promise<Reply> {
    const { address, namespace } = this.#config;
    try {
      const { statusCode, body: answer } = await request(address.replace(/\/+$/, '') + path, {
        method,
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(LIMITS.vaultTimeoutMs),
        headers: {
          'x-vault-request': 'true',
          ...(token === undefined ? {} : { 'x-vault-token': token }),
          ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      return { status: statusCode, body: bodyOf(await answer.text()) };
    } catch (error) {
      const { code, name, message } = error as NodeJS.ErrnoException;
      const why =
        name === 'TimeoutError' ? `no answer within ${LIMITS.vaultTimeoutMs / 1_000} s` : (code ?? message);
      throw new UnresolvedReference(`Vault does not answer (${why}).`, { away: true, cause: error });
    }
  }
}

function bodyOf(text: string): Reply['body'] {
  try {
    const body = JSON.parse(text) as unknown;
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

const AWAY = new Set([412, 429, 472, 473]);

/** What Vault's status says, by its documentation; its own words are of policies and paths, never values. */
function refusalOf({ status, body: { errors } }: Reply, at: string): UnresolvedReference {
  const words = Array.isArray(errors) ? errors.filter((one) => typeof one === 'string').join('; ') : '';
  const said = words.trim() === '' ? '' : `: ${words.trim().slice(0, SAID_LENGTH_MAX)}`;
  if (status === 403)
    return new UnresolvedReference(
      `Vault refuses "${at}" (403${said}): the token has ended, or its policy does not let it read there.`,
      { away: false },
    );
  if (status === 404)
    return new UnresolvedReference(`Vault has nothing at "${at}" (404), or it was deleted.`, { away: false });
  if (status === 503)
    return new UnresolvedReference(`Vault is sealed or not ready (503${said}).`, { away: true });
  const away = status >= 500 || AWAY.has(status);
  const what =
    status === 200
      ? 'sent something else than a secret of a KV engine (version 2)'
      : `answers ${status}${said}`;
  return new UnresolvedReference(`Vault ${what} for "${at}".`, { away });
}
