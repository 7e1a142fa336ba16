/**
 * How a plugin's connections sign in by OAuth 2.0. The host fetches the tokens, keeps them sealed, renews
 * them and sends `authorization: Bearer ...` to the plugin's base address; the plugin sees none of them.
 *
 * `authorization_code`: a person signs in with a browser, once (PKCE with S256 always). `client_credentials`:
 * the hub signs in by itself, with the client's secret.
 */
export interface OAuth2<Settings> {
  flow: 'authorization_code' | 'client_credentials';
  /** Whether a connection with these settings signs in so; absent: each one does. */
  when?: (settings: Settings) => boolean;
  /** Where a person signs in; needed for `authorization_code`. */
  authorizeUrl?: (settings: Settings) => string;
  /** Where tokens are fetched; its host has to be among the plugin's `hosts`. */
  tokenUrl: (settings: Settings) => string;
  clientId: (settings: Settings) => string;
  /** Undefined for a public client. */
  clientSecret?: (settings: Settings) => string | undefined;
  /** How the client's secret is sent; default: `client_secret_basic`. */
  clientAuthentication?: 'client_secret_basic' | 'client_secret_post';
  scopes?: (settings: Settings) => readonly string[];
  /** More parameters of the address where a person signs in, such as `access_type=offline`. */
  authorizeParameters?: (settings: Settings) => Record<string, string>;
  /** Where it is known, an answer that says it comes from somebody else is refused (RFC 9207). */
  issuer?: (settings: Settings) => string;
}

/** An `OAuth2` for one connection: with its settings in it. */
export interface OAuth2Client {
  flow: OAuth2<never>['flow'];
  authorizeUrl?: string | undefined;
  tokenUrl: string;
  clientId: string;
  clientSecret?: string | undefined;
  clientAuthentication?: OAuth2<never>['clientAuthentication'];
  scopes: string[];
  authorizeParameters?: Record<string, string> | undefined;
  issuer?: string | undefined;
}

/** What a declaration means for the settings of one connection. Throws what its functions throw. */
export function oauth2Client<Settings>(declared: OAuth2<Settings>, settings: Settings): OAuth2Client {
  const { flow, clientAuthentication } = declared;
  return {
    flow,
    tokenUrl: declared.tokenUrl(settings),
    clientId: declared.clientId(settings),
    scopes: [...(declared.scopes?.(settings) ?? [])],
    ...(clientAuthentication === undefined ? {} : { clientAuthentication }),
    authorizeUrl: declared.authorizeUrl?.(settings),
    clientSecret: declared.clientSecret?.(settings),
    authorizeParameters: declared.authorizeParameters?.(settings),
    issuer: declared.issuer?.(settings),
  };
}

/** The declaration for one connection, when it signs in by OAuth 2.0 at all. */
export function signInOf<Settings>(
  declared: OAuth2<Settings> | undefined,
  settings: Settings,
): OAuth2Client | undefined {
  const isUsed = declared?.when?.(settings) ?? declared !== undefined;
  return declared !== undefined && isUsed ? oauth2Client(declared, settings) : undefined;
}
