import type { TokenRequest } from '@tutti/contracts';

/** How a token is asked for, and by which protocol the authority is found. */
export type TokenScheme = { scheme: 'oauth2' | 'oidc' } & TokenRequest;

/** What an authority gave. */
export interface TokenAnswer {
  token: string;
  expiresInMs: number;
}
