import type { CallAuthentication, DigestAuthentication } from '@tutti/contracts';

/** What is shown when the connection is made (mutual TLS), in PEM. */
export interface ClientCertificate {
  scheme: 'certificate';
  cert: string;
  key: string;
  passphrase?: string;
  /** Authorities to trust in the place of the usual ones. */
  ca?: string;
}

/** Credentials that are no header: the others became one before the call began. */
export type WireAuthentication = DigestAuthentication | ClientCertificate;

/** The credentials of a call whose secrets are in it. */
export function wireAuthentication(
  authentication: string | CallAuthentication | undefined,
): WireAuthentication | undefined {
  return typeof authentication === 'object' ? (authentication as WireAuthentication) : undefined;
}

/** The certificate among them. */
export function certificateIn(authentication: WireAuthentication | undefined): ClientCertificate | undefined {
  return authentication?.scheme === 'certificate' ? authentication : undefined;
}

const SHOWN = ['cert', 'key', 'passphrase', 'ca'] as const;

/**
 * What the socket is told of a certificate. It comes out of a secret, which may hold anything: `socketPath`
 * or `lookup` would lead past the address guard, and `rejectUnauthorized` would trust everybody.
 */
export function shown(
  certificate: ClientCertificate | undefined,
): Partial<Record<(typeof SHOWN)[number], string>> {
  if (certificate === undefined) return {};
  const named = SHOWN.map((name) => [name, certificate[name]] as const);
  return Object.fromEntries(named.filter(([, value]) => typeof value === 'string'));
}
