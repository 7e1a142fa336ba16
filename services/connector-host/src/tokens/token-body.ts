import type { TokenRequest } from '@tutti/contracts';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The request for a token (RFC 6749, and RFC 7523 for `private_key_jwt`): its headers and its body. */
export function tokenBody(of: TokenRequest): { headers: Record<string, string>; body: string } {
  const { client = {}, scopes = [], audiences = [] } = of;
  const { id = '', secret = '', assertion = '' } = client;
  const by = client.authentication ?? (client.secret === undefined ? 'none' : 'client_secret_post');
  const fields: [string, string][] = [['grant_type', of.grant]];
  const put = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') fields.push([name, value]);
  };
  put('scope', scopes.join(' '));
  for (const audience of audiences) put('audience', audience);
  if (of.grant === 'password') {
    put('username', of.username);
    put('password', of.password);
  }
  if (by !== 'client_secret_basic') put('client_id', id);
  if (by === 'client_secret_post') put('client_secret', secret);
  if (by === 'private_key_jwt') {
    put('client_assertion_type', ASSERTION);
    put('client_assertion', assertion);
  }
  const headers: Record<string, string> = {};
  if (by === 'client_secret_basic') headers.authorization = basic(id, secret);
  return { headers: { ...headers, 'content-type': encodingOf(of) }, body: encoded(of, fields) };
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
