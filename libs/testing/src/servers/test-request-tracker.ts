import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparedCopy, run } from './prepared.js';
import { onUnusedPort, startServer } from './server-process.js';

const USER = 'root';
/** What every new Request Tracker begins with. */
const PASSWORD = 'password';

/** A Request Tracker of one test's own, with the queue General. */
export interface TestRequestTracker {
  /** Settings of a connection to it. */
  settings: { baseUrl: string; user: string; password: string };
  stop(): Promise<void>;
}

/** Starts a Request Tracker with data of its own: 3 s, and 5 s more for the first one on a machine. */
export async function startRequestTracker(): Promise<TestRequestTracker> {
  const folder = await preparedCopy({ server: 'request-tracker', source: import.meta.filename, prepare });
  const { baseUrl, server } = await onUnusedPort(async (port) => {
    const env = configure(folder, port);
    const address = `http://127.0.0.1:${port}`;
    const rt = await startServer({
      name: 'Request Tracker',
      command: '/usr/bin/perl',
      args: ['/usr/share/request-tracker5/libexec/rt-server', '--port', String(port), '--host', '127.0.0.1'],
      folder,
      env,
      log: join(folder, 'rt.log'),
      isReady: async () => (await fetch(`${address}/REST/2.0/rt`)).status === 401,
    });
    return { baseUrl: address, server: rt };
  });
  return {
    settings: { baseUrl, user: USER, password: PASSWORD },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function prepare(folder: string): Promise<void> {
  const args = ['--action', 'init', '--skip-create'];
  await run('/usr/sbin/rt-setup-database-5', { args, folder, env: configure(folder, 0) });
}

/** Writes the configuration for a folder and a port; gives what names it. */
function configure(folder: string, port: number): Record<string, string> {
  const etc = join(folder, 'etc');
  mkdirSync(etc, { recursive: true });
  cpSync('/etc/request-tracker5', etc, { recursive: true });
  const parts = join(etc, 'RT_SiteConfig.d');
  // They name the database and the log of the machine's own Request Tracker.
  for (const name of readdirSync(parts).filter((file) => /^[56]/.test(file))) rmSync(join(parts, name));
  const settings = {
    DatabaseType: 'SQLite',
    DatabaseName: join(folder, 'rtdb'),
    WebDomain: '127.0.0.1',
    WebPort: String(port),
    MailCommand: 'testfile',
    LogToSTDERR: 'error',
    rtname: 'example.com',
    Organization: 'example.com',
  };
  const lines = Object.entries(settings).map(([name, value]) => `Set($${name}, '${value}');`);
  const config = join(etc, 'RT_SiteConfig.pm');
  writeFileSync(config, [...lines, 'Set($LogToSyslog, undef);', '1;', ''].join('\n'));
  return { RT_SITE_CONFIG: config, RT_SITE_CONFIG_DIR: parts };
}
