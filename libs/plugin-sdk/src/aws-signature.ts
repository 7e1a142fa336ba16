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
  const time = `${at.toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const bodyHash = sha256(request.body ?? '');
  const added = {
    'x-amz-date': time,
    ...(sign.sessionToken !== undefined && { 'x-amz-security-token': sign.sessionToken }),
    ...(sign.service === 's3' && { 'x-amz-content-sha256': bodyHash }),
  };
  const headers = Object.entries({ host: request.host, ...request.headers, ...added })
    .map(([name, value]) => [name, value.trim().replace(/\s+/g, ' ')] as const)
    .sort(([one], [other]) => compared(one, other));
  const names = headers.map(([name]) => name).join(';');
  const canonical = [
    request.method,
    sign.service === 's3' ? request.path : request.path.split('/').map(encoded).join('/'),
    canonicalQuery(request.query),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    bodyHash,
  ].join('\n');
  const scope = `${time.slice(0, 8)}/${sign.region}/${sign.service}/aws4_request`;
  const toSign = [ALGORITHM, time, scope, sha256(canonical)].join('\n');
  const signature = hmac(keyOf(sign, time.slice(0, 8)), toSign).toString('hex');
  const authorization = `${ALGORITHM} Credential=${sign.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...added, authorization };
}

function keyOf({ secretAccessKey, region, service }: AwsSignature, day: string): Buffer {
  const parts = [day, region, service, 'aws4_request'];
  return parts.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secretAccessKey}`));
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a, x], [b, y]) => compared(a, b) || compared(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compared(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Everything but the unreserved characters of RFC 3986. */
function encoded(text: string): string {
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
