/**
 * Credentials from which the connector host makes what it sends. `use` is the name of a secret that holds the
 * other properties. `digest` answers the server's challenge; for `oauth2` and `oidc` a token is fetched;
 * `certificate` is shown when the connection is made.
 */
export type CallAuthentication =
  | DigestAuthentication
  | { scheme: 'basic'; username: string; password: string }
  | { scheme: 'bearer'; token: string }
  | ({ scheme: 'oauth2' | 'oidc' } & TokenRequest)
  | { scheme: 'basic' | 'bearer' | 'digest' | 'oauth2' | 'oidc' | 'certificate'; use: string };

export interface DigestAuthentication {
  scheme: 'digest';
  username: string;
  password: string;
}

/** How an access token is asked for, as Serverless Workflow describes it. */
export interface TokenRequest {
  authority: string;
  grant: string;
  /** `key`: the private key of `private_key_jwt` in PEM, where no `assertion` is given. */
  client?: { id?: string; secret?: string; assertion?: string; key?: string; authentication?: string };
  request?: { encoding?: string };
  endpoints?: { token?: string };
  issuers?: string[];
  scopes?: string[];
  audiences?: string[];
  username?: string;
  password?: string;
  /** Of the exchange of tokens (RFC 8693): for whom, and by whom. */
  subject?: SecurityToken;
  actor?: SecurityToken;
}

export interface SecurityToken {
  token: string;
  /** A URI such as `urn:ietf:params:oauth:token-type:access_token`. */
  type: string;
}

/** The secrets that a call may use: those that its workflow declares. */
export interface CallSecrets {
  names: readonly string[];
  /** The run whose marks it has: another one than its own after a retry. */
  runId: string;
}
