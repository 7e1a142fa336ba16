import { createHash, randomBytes } from 'node:crypto';

/** What a request is signed with. */
export interface DigestRequest {
  method: string;
  /** Path and query, as they are sent. */
  uri: string;
  username: string;
  password: string;
}

/** Algorithms of RFC 7616 by their names in capitals, the best one first. */
const ALGORITHMS: readonly (readonly [name: string, hash: string])[] = [
  ['SHA-512-256', 'sha512-256'],
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
];
/** A scheme before its first parameter, or a parameter. */
const TOKEN =
  /([A-Za-z][\w-]*)\s+(?=[A-Za-z][\w-]*\s*=)|([A-Za-z][\w-]*)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]+)/g;

type Challenge = ReadonlyMap<string, string>;

/**
 * The `authorization` header that answers the digest challenge of a 401 (RFC 7616, and RFC 2617 where there
 * is no `qop`); null when there is none that can be answered. `cnonce` is given by tests only.
 */
export function digestAuthorization(
  header: string,
  request: DigestRequest,
  cnonce: string = randomBytes(16).toString('hex'),
): string | null {
  const challenges = challengesOf(header);
  for (const [name, hash] of ALGORITHMS) {
    const found = challenges.find((one) => algorithmOf(one).replace(/-SESS$/, '') === name && canAnswer(one));
    if (found !== undefined) return answer(found, request, { hash, cnonce });
  }
  return null;
}

function challengesOf(header: string): Challenge[] {
  const challenges: Map<string, string>[] = [];
  let current: Map<string, string> | null = null;
  for (const [, scheme, name, value] of header.matchAll(TOKEN)) {
    if (scheme !== undefined) {
      current = scheme.toLowerCase() === 'digest' ? new Map<string, string>() : null;
      if (current !== null) challenges.push(current);
    } else if (name !== undefined && value !== undefined) current?.set(name.toLowerCase(), unquoted(value));
  }
  return challenges;
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

function algorithmOf(challenge: Challenge): string {
  return (challenge.get('algorithm') ?? 'MD5').toUpperCase();
}

/** `auth-int` alone, which signs the body too, is not spoken. */
function canAnswer(challenge: Challenge): boolean {
  const qop = challenge.get('qop');
  return challenge.has('nonce') && (qop === undefined || /(^|[\s,])auth([\s,]|$)/.test(qop));
}

function answer(challenge: Challenge, request: DigestRequest, of: { hash: string; cnonce: string }): string {
  const { method, uri, username, password } = request;
  const { hash, cnonce } = of;
  const digest = (...parts: string[]) => createHash(hash).update(parts.join(':')).digest('hex');
  const [realm, nonce] = [challenge.get('realm') ?? '', challenge.get('nonce') ?? ''];
  const user = digest(username, realm, password);
  const session = algorithmOf(challenge).endsWith('-SESS');
  const secret = session ? digest(user, nonce, cnonce) : user;
  const asked = digest(method, uri);
  const count = '00000001';
  const [algorithm, opaque] = [challenge.get('algorithm'), challenge.get('opaque')];
  const withQop = challenge.has('qop');
  const response = withQop
    ? digest(secret, nonce, count, cnonce, 'auth', asked)
    : digest(secret, nonce, asked);
  const fields = [`username=${quoted(username)}`, `realm=${quoted(realm)}`, `nonce=${quoted(nonce)}`];
  fields.push(`uri=${quoted(uri)}`, `response="${response}"`);
  if (algorithm !== undefined) fields.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) fields.push(`opaque=${quoted(opaque)}`);
  if (withQop) fields.push('qop=auth', `nc=${count}`);
  if (withQop || session) fields.push(`cnonce="${cnonce}"`);
  return `Digest ${fields.join(', ')}`;
}
