import { createHmac, type KeyObject, verify } from 'node:crypto';

type Fields = Record<string, string[]>;
interface Claims {
  iss: string;
  sub: string;
  aud: string;
  exp: number;
  jti: string;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const HASHES: Record<string, string | null> = {
  RS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  EdDSA: null,
};

/** Checks the assertion of a client as RFC 7523 tells authorities to. */
export class ClientProof {
  readonly #seen = new Set<string>();

  /** `by`: the secret that is shared with the client, or its public key. */
  constructor(
    private readonly id: string,
    private readonly by: string | KeyObject,
  ) {}

  /** What is wrong with a request for a token at an endpoint. */
  problemOf(fields: Fields, endpoint: string): string | undefined {
    if (fields.client_assertion_type?.[0] !== ASSERTION_TYPE) return 'no assertion';
    const [head = '', body = '', signature = ''] = fields.client_assertion?.[0]?.split('.') ?? [];
    const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string };
    if (!this.#isSigned(alg, `${head}.${body}`, Buffer.from(signature, 'base64url')))
      return 'not signed by it';
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
    if (claims.iss !== this.id || claims.sub !== this.id) return 'of another client';
    if (claims.aud !== endpoint) return `for ${claims.aud}`;
    if (claims.exp * 1_000 < Date.now()) return 'expired';
    if (this.#seen.has(claims.jti)) return 'seen before';
    this.#seen.add(claims.jti);
    return undefined;
  }

  #isSigned(alg: string, text: string, signature: Buffer): boolean {
    if (typeof this.by === 'string')
      return alg === 'HS256' && createHmac('sha256', this.by).update(text).digest().equals(signature);
    const hash = HASHES[alg];
    const key = { key: this.by, dsaEncoding: 'ieee-p1363' } as const;
    return hash !== undefined && verify(hash, Buffer.from(text), key, signature);
  }
}
