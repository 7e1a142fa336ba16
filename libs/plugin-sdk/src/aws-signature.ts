import { createHash, createHmac } from 'node:crypto';
import type { AwsSignature } from './plugin.js';

/** What is signed of a request. */
export interface SignedRequest {
  method: string;
  host: string;
  /** As it is sent, encoded. */
  path: string;
  query: URLSearchParams;
  /** Headers that are signed, beside the host and those that the signature adds; names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array | null;
}

/** Those of a request's headers that are signed: AWS refuses `x-amz-...` that are not. */
export function signedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const isSigned = (name: string) => name === 'content-type' || name.startsWith('x-amz-');
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isSigned(name)));
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * The headers that sign a request for AWS (Signature Version 4, with the hash of the body): `authorization`,
 * `x-amz-date`, and what goes with them. Services other than S3 want the path encoded once more.
 */
export function awsSignatureHeaders(
  sign: AwsSignature,
  request: SignedRequest,
  at: Date,
): Record<string, string> {
  const time = timeOf(at);
  const bodyHash = sha256(request.body ?? '');
  const added = {
    'x-amz-date': time,
    ...(sign.sessionToken !== undefined && { 'x-amz-security-token': sign.sessionToken }),
    ...(sign.service === 's3' && { 'x-amz-content-sha256': bodyHash }),
  };
  const headers = { ...request.headers, ...added };
  const { names, signature } = signatureOf(sign, { ...request, headers }, { time, bodyHash });
  const authorization = `${ALGORITHM} Credential=${credentialOf(sign, time)}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...added, authorization };
}

/**
 * An address of S3 with which anybody may make this one request until it expires (in 1 to 604,800 seconds),
 * whatever the body is. Its query is signed in the place of headers.
 */
export function awsPresignedUrl(
  sign: AwsSignature,
  { method, url, expiresSeconds }: { method: string; url: URL; expiresSeconds: number },
  at: Date,
): string {
  const time = timeOf(at);
  const query = new URLSearchParams([
    ...url.searchParams,
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', credentialOf(sign, time)],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', 'host'],
    ...(sign.sessionToken === undefined
      ? []
      : [['X-Amz-Security-Token', sign.sessionToken] as [string, string]]),
  ]);
  const request = { method, host: url.host, path: url.pathname, query, headers: {}, body: null };
  const { signature } = signatureOf(sign, request, { time, bodyHash: 'UNSIGNED-PAYLOAD' });
  return `${url.origin}${url.pathname}?${canonicalQuery(query)}&X-Amz-Signature=${signature}`;
}

function timeOf(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, '');
}

function scopeOf(sign: AwsSignature, time: string): string {
  return `${time.slice(0, 8)}/${sign.region}/${sign.service}/aws4_request`;
}

function credentialOf(sign: AwsSignature, time: string): string {
  return `${sign.accessKeyId}/${scopeOf(sign, time)}`;
}

function signatureOf(
  sign: AwsSignature,
  request: SignedRequest,
  { time, bodyHash }: { time: string; bodyHash: string },
): { names: string; signature: string } {
  const headers = Object.entries({ host: request.host, ...request.headers })
    .map(([name, value]) => [name, value.trim().replace(/\s+/g, ' ')] as const)
    .sort(([one], [other]) => compared(one, other));
  const names = headers.map(([name]) => name).join(';');
  const canonical = [
    request.method,
    sign.service === 's3' ? request.path : request.path.split('/').map(percentEncoded).join('/'),
    canonicalQuery(request.query),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    bodyHash,
  ].join('\n');
  const toSign = [ALGORITHM, time, scopeOf(sign, time), sha256(canonical)].join('\n');
  return { names, signature: hmac(keyOf(sign, time.slice(0, 8)), toSign).toString('hex') };
}

function keyOf({ secretAccessKey, region, service }: AwsSignature, day: string): Buffer {
  const parts = [day, region, service, 'aws4_request'];
  return parts.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secretAccessKey}`));
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => [percentEncoded(name), percentEncoded(value)] as const)
    .sort(([a, x], [b, y]) => compared(a, b) || compared(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compared(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Everything but the unreserved characters of RFC 3986, as AWS wants paths and queries. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
