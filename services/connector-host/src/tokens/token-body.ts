import type { TokenRequest } from '@tutti/contracts';
import { clientAssertion } from './client-assertion.js';
import type { TokenScheme } from './token.types.js';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * The request for a token (RFC 6749; RFC 8693 for the exchange of tokens, RFC 7523 for assertions of the
 * client, whose audience is the endpoint): its headers and its body. Throws when the client's key is none.
 */
export function tokenBody(
  of: Omit<TokenScheme, 'scheme'>,
  endpoint: URL,
): { headers: Record<string, string>; body: string } {
  const { client = {}, scopes = [], audiences = [] } = of;
  const { id = '', secret = '' } = client;
  const by = client.authentication ?? (client.secret === undefined ? 'none' : 'client_secret_post');
  const fields: [string, string][] = [['grant_type', of.grant]];
  const put = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') fields.push([name, value]);
  };
  for (const [name, value] of Object.entries(of.fields ?? {})) put(name, value);
  put('scope', scopes.join(' '));
  for (const audience of audiences) put('audience', audience);
  if (of.grant === 'password') {
    put('username', of.username);
    put('password', of.password);
  }
  for (const [name, given] of [
    ['subject', of.subject],
    ['actor', of.actor],
  ] as const) {
    put(`${name}_token`, given?.token);
    put(`${name}_token_type`, given?.type);
  }
  if (by !== 'client_secret_basic') put('client_id', id);
  if (by === 'client_secret_post') put('client_secret', secret);
  const assertion = assertionOf(client, by, endpoint);
  if (assertion !== undefined) {
    put('client_assertion_type', ASSERTION);
    put('client_assertion', assertion);
  }
  const headers: Record<string, string> = {};
  if (by === 'client_secret_basic') headers.authorization = basic(id, secret);
  return { headers: { ...headers, 'content-type': encodingOf(of) }, body: encoded(of, fields) };
}

function assertionOf(
  { id = '', secret = '', assertion, key }: NonNullable<TokenRequest['client']>,
  by: string,
  { href }: URL,
): string | undefined {
  if (by === 'client_secret_jwt') return clientAssertion(id, { secret }, href);
  if (by !== 'private_key_jwt') return undefined;
  return assertion ?? clientAssertion(id, { key: key ?? '' }, href);
}

function encodingOf({ request }: TokenRequest): string {
  return request?.encoding ?? 'application/x-www-form-urlencoded';
}

function encoded(of: TokenRequest, fields: [string, string][]): string {
  if (encodingOf(of) !== 'application/json') return new URLSearchParams(fields).toString();
  const audiences = fields.filter(([name]) => name === 'audience').map(([, value]) => value);
  const json = Object.fromEntries(fields) as Record<string, unknown>;
  if (audiences.length > 1) json.audience = audiences;
  return JSON.stringify(json);
}

/** Both parts are encoded as in a form (RFC 6749, section 2.3.1). */
function basic(id: string, secret: string): string {
  const [user, password] = [id, secret].map((text) => new URLSearchParams({ '': text }).toString().slice(1));
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
