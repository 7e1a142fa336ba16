import { z } from 'zod';
import { PermanentError, isClassifiedError } from './errors.js';
import type { HttpMethod, HttpPort, HttpRequest } from './ports.js';

/** Where a token comes from (RFC 6749, 4.4), and for whom. */
export interface ClientCredentials {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope?: string;
}

const TokenReply = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().optional() });

/** For authorities that do not say how long a token holds. */
const LIFE_MS = 15 * 60_000;
/** A token is renewed so long before its end. */
const SKEW_MS = 60_000;
const TOKENS_MAX = 200;

type Method = Exclude<keyof HttpPort, 'stream'>;

interface KeptToken {
  token: Promise<string>;
  untilMs: number;
}

/** The tokens of this process, by what they were asked with: calls of one connection share theirs. */
const kept = new Map<string, KeptToken>();

/**
 * The port with a bearer token in each request. One that is answered 401 is repeated once with a new token: a
 * 401 is a refusal, so nothing is done twice.
 */
export function withClientToken(http: HttpPort, credentials: ClientCredentials): HttpPort {
  const send = async (name: Method, path: string, request: HttpRequest = {}): Promise<unknown> => {
    const token = await tokenOf(http, credentials);
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    return http[name](path, { ...request, headers });
  };
  const method = (name: Method): HttpMethod =>
    (async (path: string, request?: HttpRequest) => {
      try {
        return await send(name, path, request);
      } catch (error) {
        if (!isClassifiedError(error) || error.status !== 401 || isOfAuthority(error)) throw error;
        kept.delete(keyOf(credentials));
        return send(name, path, request);
      }
    }) as HttpMethod;
  return {
    get: method('get'),
    post: method('post'),
    put: method('put'),
    patch: method('patch'),
    delete: method('delete'),
    async *stream(path, request) {
      const headers = { ...request?.headers, authorization: `Bearer ${await tokenOf(http, credentials)}` };
      yield* http.stream(path, { ...request, headers });
    },
  };
}

const OF_AUTHORITY = 'The authority gave no token: ';

function isOfAuthority(error: Error): boolean {
  return error.message.startsWith(OF_AUTHORITY);
}

function keyOf({ tokenUrl, clientId, clientSecret, scope }: ClientCredentials): string {
  return JSON.stringify([tokenUrl, clientId, clientSecret, scope]);
}

async function tokenOf(http: HttpPort, credentials: ClientCredentials): Promise<string> {
  const key = keyOf(credentials);
  const found = kept.get(key);
  if (found !== undefined && found.untilMs > Date.now()) {
    // The call that asks for it may be cancelled: this one then asks for itself.
    const shared = await found.token.catch(() => null);
    if (shared !== null) return shared;
  }
  const entry: KeptToken = { untilMs: Date.now() + LIFE_MS, token: Promise.resolve('') };
  entry.token = asked(http, credentials, entry);
  keep(key, entry);
  try {
    return await entry.token;
  } catch (error) {
    if (kept.get(key) === entry) kept.delete(key);
    throw error;
  }
}

function keep(key: string, entry: KeptToken): void {
  kept.delete(key);
  kept.set(key, entry);
  const [oldest] = kept.keys();
  if (kept.size > TOKENS_MAX && oldest !== undefined) kept.delete(oldest);
}

async function asked(http: HttpPort, credentials: ClientCredentials, entry: KeptToken): Promise<string> {
  const { tokenUrl, clientId, clientSecret, scope } = credentials;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    ...(scope !== undefined && { scope }),
  });
  try {
    const reply = await http.post(tokenUrl, { body, reply: TokenReply });
    if (reply.expires_in !== undefined)
      entry.untilMs = Date.now() + Math.max(reply.expires_in * 1_000 - SKEW_MS, 0);
    return reply.access_token;
  } catch (error) {
    if (!isClassifiedError(error) || error.fate === 'transient') throw error;
    // RFC 6749 answers 400 to a client that it does not know.
    const status = error.status === 400 ? 401 : error.status;
    throw new PermanentError(`${OF_AUTHORITY}${toldIn(error.reply) ?? error.message}`, {
      ...(status !== undefined && { status }),
      reason: 'rejected',
      cause: error,
    });
  }
}

function toldIn(reply: unknown): string | undefined {
  const told = z.object({ error: z.string(), error_description: z.string().optional() }).safeParse(reply);
  return told.success ? (told.data.error_description ?? told.data.error) : undefined;
}
