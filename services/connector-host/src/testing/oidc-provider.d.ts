/** What tests use of oidc-provider, which brings no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  interface Stored {
    destroy(): Promise<void>;
  }
  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    callback(): RequestListener;
    on(event: string, listener: (context: { oidc: { params?: Record<string, unknown> } }) => void): void;
    AccessToken: { find(token: string): Promise<Stored | undefined> };
    RefreshToken: { find(token: string): Promise<Stored | undefined> };
  }
}
