import { createHmac, createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';

const LASTS_SECONDS = 60;
/** Names of algorithms (RFC 7518, RFC 8037) by the type of a key, and of an elliptic one its curve. */
const ALGORITHMS: Readonly<Record<string, { name: string; hash: string | null }>> = {
  rsa: { name: 'RS256', hash: 'sha256' },
  'ec prime256v1': { name: 'ES256', hash: 'sha256' },
  'ec secp384r1': { name: 'ES384', hash: 'sha384' },
  ed25519: { name: 'EdDSA', hash: null },
};

/** With what a client signs: a secret that it shares with the authority, or its private key in PEM. */
export type ClientKey = { secret: string } | { key: string };

/**
 * A JWT by which a client proves to the authority who it is (RFC 7523, section 3), for one request. Throws
 * when the key is none.
 */
export function clientAssertion(id: string, by: ClientKey, audience: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: id, sub: id, aud: audience, jti: randomUUID(), iat: now, exp: now + LASTS_SECONDS };
  if ('secret' in by)
    return signed('HS256', claims, (text) => createHmac('sha256', by.secret).update(text).digest());
  const key = privateKey(by.key);
  const { name, hash } = algorithmOf(key);
  return signed(name, claims, (text) => sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }));
}

function signed(alg: string, claims: object, signatureOf: (text: string) => Buffer): string {
  const text = [{ alg, typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${signatureOf(text).toString('base64url')}`;
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says helps nobody, and the key must not be told.
    throw new Error('the key of the client is no private key in PEM');
  }
}

function algorithmOf(key: KeyObject): { name: string; hash: string | null } {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const type = [key.asymmetricKeyType, curve].filter(Boolean).join(' ');
  const found = ALGORITHMS[type];
  if (found === undefined)
    throw new Error(
      `the key of the client is of the type ${type}, not one of ${Object.keys(ALGORITHMS).join(', ')}`,
    );
  return found;
}
