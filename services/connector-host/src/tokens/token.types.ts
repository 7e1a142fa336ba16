import type { CallRequest, TokenRequest } from '@tutti/contracts';

/** How a token is asked for, and by which protocol the authority is found. */
export type TokenScheme = { scheme: 'oauth2' | 'oidc' } & TokenRequest & {
    /** What the grant needs besides, such as a code or a refresh token. */
    fields?: Readonly<Record<string, string>>;
  };

/** For whom a token is asked for, under which span, and how long that may take. */
export type TokenAsker = Pick<CallRequest, 'workspaceId' | 'trace' | 'timeoutMs'>;

/** What an authority gave. */
export interface TokenAnswer {
  token: string;
  expiresInMs: number;
  /** What a later token is asked for with; there when the authority gave one. */
  refreshToken?: string;
  /** The scopes that were granted, where the authority says so. */
  scope?: string;
}
