import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparedCopy, run } from './prepared.js';
import { onUnusedPort, startServer, type RunningServer } from './server-process.js';

const INSTALLED = '/usr/share/wordpress';
const USER = 'admin';
const PASSWORD_FILE = 'application-password';

/** A WordPress of one test's own, with one administrator. */
export interface TestWordPress {
  /** Settings of a connection to it. */
  settings: { baseUrl: string; user: string; applicationPassword: string };
  stop(): Promise<void>;
}

/** Starts a WordPress with data of its own: 2 s, and 15 s more for the first one on a machine. */
export async function startWordPress(): Promise<TestWordPress> {
  const folder = await preparedCopy({ server: 'wordpress', source: import.meta.filename, prepare });
  const database = await startDatabase(folder);
  const { baseUrl, server } = await serve(folder);
  return {
    settings: {
      baseUrl,
      user: USER,
      applicationPassword: readFileSync(join(folder, PASSWORD_FILE), 'utf8'),
    },
    async stop() {
      await server.stop();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function prepare(folder: string): Promise<void> {
  makeSite(join(folder, 'site'));
  const account = process.getuid?.() === 0 ? ['--user=root'] : [];
  await run('/usr/bin/mariadb-install-db', {
    args: ['--no-defaults', ...account, `--datadir=${join(folder, 'db')}`, '--skip-test-db', ...SMALL],
  });
  const database = await startDatabase(folder);
  const socket = `--socket=${join(folder, 'db.sock')}`;
  try {
    await run('/usr/bin/mariadb', { args: ['--no-defaults', socket, '-e', 'CREATE DATABASE wordpress'] });
    await run('/usr/bin/php', { args: ['install.php'], folder: join(folder, 'site') });
    await run('/usr/bin/mariadb-admin', { args: ['--no-defaults', socket, 'shutdown'] });
  } finally {
    await database.stop();
  }
}

/** The code is the package's; what differs between sites, and what REST writes to, is a copy. */
function makeSite(site: string): void {
  mkdirSync(join(site, 'wp-content', 'uploads'), { recursive: true });
  for (const name of readdirSync(INSTALLED).filter((file) => file.endsWith('.php')))
    cpSync(join(INSTALLED, name), join(site, name), { dereference: true });
  for (const name of ['wp-includes', 'wp-admin']) symlinkSync(join(INSTALLED, name), join(site, name));
  writeFileSync(join(site, 'wp-config.php'), CONFIG);
  writeFileSync(join(site, 'install.php'), INSTALL);
}

/** Enough for a test, and quick to copy. */
const SMALL = ['--innodb-log-file-size=4M', '--innodb-buffer-pool-size=16M'];

function startDatabase(folder: string): Promise<RunningServer> {
  const socket = join(folder, 'db.sock');
  const account = process.getuid?.() === 0 ? ['--user=root'] : [];
  const place = [
    `--datadir=${join(folder, 'db')}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, 'db.pid')}`,
  ];
  return startServer({
    name: 'mariadbd',
    command: '/usr/sbin/mariadbd',
    args: ['--no-defaults', ...account, ...place, ...SMALL, '--skip-networking', '--skip-grant-tables'],
    folder,
    log: join(folder, 'mariadb.log'),
    isReady: async () =>
      (
        await run('/usr/bin/mariadb', { args: ['--no-defaults', `--socket=${socket}`, '-Ne', 'SELECT 1'] })
      ).trim() === '1',
  });
}

function serve(folder: string): Promise<{ baseUrl: string; server: RunningServer }> {
  return onUnusedPort(async (port) => {
    const baseUrl = `http://127.0.0.1:${port}`;
    const server = await startServer({
      name: 'WordPress',
      command: '/usr/bin/php',
      args: ['-S', `127.0.0.1:${port}`, '-t', join(folder, 'site')],
      folder,
      log: join(folder, 'php.log'),
      isReady: async () => (await fetch(`${baseUrl}/wp-json/wp/v2/types`)).ok,
    });
    return { baseUrl, server };
  });
}

const CONFIG = `<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . dirname(__DIR__) . '/db.sock');
define('DB_CHARSET', 'utf8mb4');
define('WP_HOME', 'http://' . ($_SERVER['HTTP_HOST'] ?? 'localhost'));
define('WP_SITEURL', WP_HOME);
define('WP_ENVIRONMENT_TYPE', 'local'); // Application passwords without TLS.
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
$table_prefix = 'wp_';
define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`;

const INSTALL = `<?php
define('WP_INSTALLING', true);
function wp_new_blog_notification() {} // It would send mail.
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
$site = wp_install('Tutti', '${USER}', 'admin@example.com', false, '', bin2hex(random_bytes(16)));
update_option('permalink_structure', '/%postname%/');
list($password) = WP_Application_Passwords::create_new_application_password($site['user_id'], ['name' => 'tutti']);
file_put_contents(dirname(__DIR__) . '/${PASSWORD_FILE}', $password);
unlink(__FILE__);
`;
