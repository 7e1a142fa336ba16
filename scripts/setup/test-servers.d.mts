/** A system of others that connectors are tested against. */
export type TestServerName = 'tryton' | 'request-tracker' | 'wordpress';

/** The Debian packages of each, and files of theirs that tell whether they are there. */
export const testServers: Record<
  TestServerName,
  { readonly packages: readonly string[]; readonly files: readonly string[] }
>;

/**
 * Installs a server where that is possible without asking anyone (Debian, as root). Resolves with null, or with
 * what the person has to do.
 */
export function ensureTestServer(name: TestServerName): Promise<string | null>;
