import type { DeclaredHosts } from '@tutti/contracts';
import {
  allowedHosts,
  matchesHost,
  PermanentError,
  type HttpDefaults,
  type OAuth2Client,
} from '@tutti/plugin-sdk';

/** What one connection may reach over HTTP, and what is added to its requests. */
export interface Reach {
  /** As `URL.host` spells them, or `*.` and what they end with. */
  hosts: ReadonlySet<string>;
  http: HttpDefaults | undefined;
  /** How the connection signs in by OAuth 2.0. */
  auth?: OAuth2Client;
  /** Told the tokens that its requests are sent with, which the plugin's own process must not see. */
  hide?: (tokens: readonly string[]) => void;
}

export function reachOf(hosts: readonly string[], http: HttpDefaults | undefined): Reach {
  return { hosts: new Set(hosts), http };
}

/**
 * The hosts that the plugin named for a connection, held to what it declared before anybody approved of it.
 * Throws a `PermanentError` for one beyond that.
 */
export function heldHosts(
  declared: DeclaredHosts | undefined,
  settings: Record<string, unknown>,
  named: readonly string[],
): string[] {
  const hosts = named.map((host) => host.toLowerCase());
  const allowed = declared === undefined ? null : allowedHosts(declared, settings);
  const beyond = hosts.find((host) => (allowed === null ? host.includes('*') : !matchesHost(allowed, host)));
  if (beyond === undefined) return hosts;
  const why =
    allowed === null
      ? 'a function names single hosts only'
      : `it declares ${allowed.length === 0 ? 'no host with these settings' : allowed.join(', ')}`;
  throw new PermanentError(`The plugin wants to call "${beyond}", but ${why}.`, { status: 403 });
}
