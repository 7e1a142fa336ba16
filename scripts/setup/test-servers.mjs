import { existsSync } from 'node:fs';
import { installOnDebian } from './debian.mjs';

/**
 * The systems of others that connectors are tested against: their Debian packages, and files of theirs that
 * tell whether they are there.
 */
export const testServers = {
  tryton: {
    packages: [
      'tryton-server',
      'tryton-modules-party',
      'tryton-modules-bank',
      'tryton-modules-purchase',
      'tryton-modules-account-invoice-stock',
      'tryton-modules-account-payment',
    ],
    files: [
      '/usr/bin/trytond',
      '/usr/lib/python3/dist-packages/trytond/modules/bank',
      '/usr/lib/python3/dist-packages/trytond/modules/purchase',
      '/usr/lib/python3/dist-packages/trytond/modules/account_payment',
      '/usr/lib/python3/dist-packages/trytond/modules/account_invoice_stock',
    ],
  },
  'request-tracker': {
    packages: ['request-tracker5', 'rt5-standalone', 'rt5-db-sqlite'],
    files: ['/usr/share/request-tracker5/libexec/rt-server', '/usr/sbin/rt-setup-database-5'],
  },
  wordpress: {
    packages: ['wordpress', 'php-cli', 'php-mysql', 'php-xml', 'php-mbstring', 'php-gd', 'mariadb-server'],
    files: [
      '/usr/share/wordpress/wp-load.php',
      '/usr/bin/php',
      '/usr/sbin/mariadbd',
      '/usr/bin/mariadb-install-db',
    ],
  },
};

function isThere({ files }) {
  return files.every((file) => existsSync(file));
}

/**
 * Installs a server where that is possible without asking anyone (Debian, as root). Resolves with null, or
 * with what the person has to do.
 */
export async function ensureTestServer(name) {
  const server = testServers[name];
  if (isThere(server)) return null;
  const failure = await installOnDebian(server.packages);
  if (isThere(server)) return null;
  return `Install ${name} (Debian: apt-get install ${server.packages.join(' ')}). ${failure ?? ''}`.trim();
}

/** All of them, one after the other. Never rejects: the tests that need a server say what is missing. */
export async function ensureTestServers() {
  for (const name of Object.keys(testServers)) await ensureTestServer(name).catch(() => undefined);
}
