import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HookBasicAuth, HookSignature, HookToken, HookVerification } from './trigger.js';

/** A request as its sender is verified by. */
export interface VerifiedRequest {
  method: string;
  /** As the other system calls it. */
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

const TOLERANCE_SECONDS = 300;

/**
 * Null when the request comes from who knows the secret; else why not, without a word of what would be right.
 * `settings` are those of the connection, secrets opened.
 */
export function refusalOf(
  verify: HookVerification,
  request: VerifiedRequest,
  { settings, nowMs }: { settings: Record<string, unknown>; nowMs: number },
): string | null {
  switch (verify.scheme) {
    case 'hmac':
      return refusedSignature(verify, request, { secret: textOf(settings, verify.secret), nowMs });
    case 'token':
      return refusedToken(verify, request, textOf(settings, verify.secret));
    case 'basic':
      return refusedUser(verify, request, settings);
  }
}

/**
 * The headers by which a request proves that its sender knows the secret, as the other system would send
 * them. For tests of what verifies it.
 */
export function signedHeaders(
  verify: HookVerification,
  request: VerifiedRequest,
  { settings, nowMs }: { settings: Record<string, unknown>; nowMs: number },
): Record<string, string> {
  switch (verify.scheme) {
    case 'token':
      return {
        [verify.header.toLowerCase()]: `${verify.prefix ?? ''}${textOf(settings, verify.secret) ?? ''}`,
      };
    case 'basic':
      return { authorization: basicOf(String(settings[verify.user]), String(settings[verify.password])) };
    case 'hmac': {
      const time = String(Math.floor(nowMs / 1_000));
      const digest = createHmac(verify.algorithm, keyOf(verify, textOf(settings, verify.secret) ?? ''))
        .update(signedBytes(verify, request, time))
        .digest(verify.encoding);
      const signature = `${verify.prefix ?? ''}${digest}`;
      const { timestamp } = verify;
      const name = verify.header.toLowerCase();
      if (timestamp === undefined) return { [name]: signature };
      if ('prefix' in timestamp) return { [name]: `${timestamp.prefix}${time},${signature}` };
      return { [name]: signature, [timestamp.header.toLowerCase()]: time };
    }
  }
}

const basicOf = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A connection without the secret takes nothing: an empty key would be anybody's. */
function textOf(settings: Record<string, unknown>, name: string): string | null {
  const value = settings[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

const NO_SECRET = (name: string) =>
  `The connection has no "${name}", by which requests are verified: set it.`;

function refusedSignature(
  verify: HookSignature,
  request: VerifiedRequest,
  { secret, nowMs }: { secret: string | null; nowMs: number },
): string | null {
  if (secret === null) return NO_SECRET(verify.secret);
  const header = request.headers[verify.header.toLowerCase()];
  if (header === undefined) return `The request has no header "${verify.header}".`;
  const time = timeOf(verify, request, header);
  if (time === undefined) return 'The request does not say when it was signed.';
  if (time !== null && !isRecent(time, verify, nowMs))
    return 'The signature is too old, or of a time to come.';
  const expected = createHmac(verify.algorithm, keyOf(verify, secret))
    .update(signedBytes(verify, request, time))
    .digest();
  const given = signaturesOf(header, verify);
  // All are compared, so that the time says nothing of which one fitted.
  const fitting = given.filter((text) => isSame(Buffer.from(text, verify.encoding), expected));
  return fitting.length > 0 ? null : 'The signature does not fit the request.';
}

function keyOf({ secretPrefix = '', secretEncoding = 'text' }: HookSignature, secret: string): Buffer {
  const bare = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
  return Buffer.from(bare, secretEncoding === 'text' ? 'utf8' : 'base64');
}

/** Text as it was sent; null: signatures of this kind have no time; undefined: it is missing. */
function timeOf(
  { timestamp }: HookSignature,
  request: VerifiedRequest,
  header: string,
): string | null | undefined {
  if (timestamp === undefined) return null;
  if ('header' in timestamp) return request.headers[timestamp.header.toLowerCase()];
  const part = partsOf(header, timestamp.prefix).find((text) => text.startsWith(timestamp.prefix));
  return part?.slice(timestamp.prefix.length);
}

function isRecent(
  time: string,
  { toleranceSeconds = TOLERANCE_SECONDS }: HookSignature,
  nowMs: number,
): boolean {
  const ms = millisecondsOf(time);
  return ms !== null && Math.abs(nowMs - ms) <= toleranceSeconds * 1_000;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Seconds or milliseconds since 1970, or ISO 8601 in UTC; null: no time. */
function millisecondsOf(time: string): number | null {
  if (INSTANT.test(time)) return Date.parse(time);
  if (!/^\d{1,13}$/.test(time)) return null;
  return time.length > 11 ? Number(time) : Number(time) * 1_000;
}

function signaturesOf(header: string, { prefix = '' }: HookSignature): string[] {
  return partsOf(header, prefix)
    .filter((part) => part.startsWith(prefix))
    .map((part) => part.slice(prefix.length));
}

/** A comma parts signatures unless it is a part of what stands before them. */
function partsOf(header: string, prefix: string): string[] {
  return header.split(prefix.includes(',') ? /\s+/ : /[\s,]+/).filter((part) => part !== '');
}

const PLACE = /\{(body|timestamp|method|url|header:[^{}]+)\}/;

/** The body as its bytes, because a text of it could be other ones. */
function signedBytes(
  { signed = '{body}' }: HookSignature,
  request: VerifiedRequest,
  time: string | null,
): Buffer {
  // Splitting by a group gives text and places in turn.
  const pieces = signed.split(PLACE).map((piece, i): Uint8Array => {
    if (i % 2 === 0) return Buffer.from(piece);
    if (piece === 'body') return request.body;
    if (piece === 'timestamp') return Buffer.from(time ?? '');
    if (piece === 'method') return Buffer.from(request.method);
    if (piece === 'url') return Buffer.from(request.url);
    return Buffer.from(request.headers[piece.slice('header:'.length).toLowerCase()] ?? '');
  });
  return Buffer.concat(pieces);
}

function refusedToken(verify: HookToken, { headers }: VerifiedRequest, secret: string | null): string | null {
  if (secret === null) return NO_SECRET(verify.secret);
  const given = headers[verify.header.toLowerCase()];
  if (given === undefined) return `The request has no header "${verify.header}".`;
  const expected = `${verify.prefix ?? ''}${secret}`;
  return isSameText(given, expected) ? null : `The header "${verify.header}" is not the one that was agreed.`;
}

function refusedUser(
  verify: HookBasicAuth,
  { headers }: VerifiedRequest,
  settings: Record<string, unknown>,
): string | null {
  const [user, password] = [textOf(settings, verify.user), textOf(settings, verify.password)];
  if (user === null) return NO_SECRET(verify.user);
  if (password === null) return NO_SECRET(verify.password);
  const expected = basicOf(user, password);
  return isSameText(headers['authorization'] ?? '', expected)
    ? null
    : 'User and password are not those agreed.';
}

/** Hashes have one length, so that the time says nothing of the secret's. */
function isSameText(given: string, expected: string): boolean {
  const hash = (text: string) => createHmac('sha256', 'compared').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
