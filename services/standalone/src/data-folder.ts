import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { newSecret } from '@tutti/api';
import { StartError } from '@tutti/store';
import type { EnvironmentKeys } from './config/master-keys.js';
import { dashboardSecret } from './dashboard-secret.js';

/** Layout of the data folder. Raised when an older hub could no longer read it. */
const DATA_VERSION = 1;
/** Below this the database could stop in the middle of its first start. */
const FREE_BYTES_MIN = 200 * 1024 * 1024;

/** The opened data folder with the two secrets that live beside the database. */
export interface DataFolder {
  path: string;
  adminToken: string;
  masterKey: Buffer;
  /** The master key before it, until the rotation has ended; null: there is none. */
  previousKey: Buffer | null;
  /** Seals the sessions of the dashboard; it outlives master keys. */
  dashboardSecret: string;
  /** True when there was no data before. */
  fresh: boolean;
  /** Lets the next hub in. */
  release(): void;
}

/**
 * Opens the data folder, or makes it: checks that it is writable, of a known version, not in use, and that
 * the disk has room.
 */
export function openDataFolder(dataDir: string, given: EnvironmentKeys = {}): DataFolder {
  const path = resolve(dataDir);
  makeWritable(path);
  const fresh = !existsSync(join(path, 'version'));
  checkVersion(path, fresh);
  checkSpace(path);
  const release = takeLock(path);
  try {
    if (fresh) writeSecretly(join(path, 'version'), `${DATA_VERSION}\n`);
    const adminToken = secret(join(path, 'admin-token'), () => newSecret('admin'));
    const { masterKey, previousKey } = keysOf(path, given);
    const sessions = secret(join(path, 'dashboard-secret'), () => dashboardSecret(masterKey));
    return { path, adminToken, masterKey, previousKey, dashboardSecret: sessions, fresh, release };
  } catch (error) {
    release();
    throw asStartError(path, error);
  }
}

/** The keys of the environment, else those of the folder, where one is made. */
function keysOf(path: string, given: EnvironmentKeys): Pick<DataFolder, 'masterKey' | 'previousKey'> {
  const masterKey =
    given.masterKey ?? secret(join(path, 'master-key'), () => randomBytes(32).toString('hex'));
  const file = join(path, 'master-key.previous');
  const kept = existsSync(file) ? secret(file, () => '') : undefined;
  if (kept !== undefined && given.previousKey !== undefined)
    throw new StartError(`${file} is there and TUTTI_MASTER_KEY_PREVIOUS is set too: keep one of them.`);
  const previousKey = given.previousKey ?? kept;
  return {
    masterKey: Buffer.from(masterKey, 'hex'),
    previousKey: previousKey === undefined ? null : Buffer.from(previousKey, 'hex'),
  };
}

function makeWritable(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK | constants.X_OK);
    // `access` says yes to root even on a read-only file system, so a file is really written.
    const probe = join(path, `.probe-${process.pid}`);
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    throw asStartError(path, error);
  }
}

function asStartError(path: string, error: unknown): Error {
  if (error instanceof StartError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StartError(
      `The disk of ${path} is full. Free some space and start again; nothing was damaged.`,
    );
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
    return new StartError(
      `The data folder ${path} cannot be written (${code}). Make it writable for this user, or choose another one with --data-dir.`,
    );
  }
  return new StartError(`The data folder ${path} cannot be opened: ${message}`);
}

function checkVersion(path: string, fresh: boolean): void {
  if (fresh) return;
  const version = Number(readFileSync(join(path, 'version'), 'utf8').trim());
  if (version === DATA_VERSION) return;
  throw new StartError(
    version > DATA_VERSION
      ? `The data folder ${path} was written by a newer Tutti ` +
          `(layout ${version}, this release knows ${DATA_VERSION}). ` +
          'Start the newer release again, or choose another --data-dir. Nothing was changed.'
      : `The file ${join(path, 'version')} is damaged: it should hold ${DATA_VERSION}. Restore it from a back-up.`,
  );
}

const mebibytes = (bytes: number) => Math.floor(bytes / 1024 / 1024);

function checkSpace(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  if (free >= FREE_BYTES_MIN) return;
  throw new StartError(
    `The disk of ${path} has ${mebibytes(free)} MiB left; ` +
      `the hub needs at least ${mebibytes(FREE_BYTES_MIN)} MiB to start. ` +
      'Free some space, or choose another disk with --data-dir. Nothing was changed.',
  );
}

/** One hub per data folder. A lock whose process is gone (kill -9, a reboot) is taken over. */
function takeLock(path: string): () => void {
  const file = join(path, 'hub.pid');
  const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (holder > 0 && holder !== process.pid && isHub(holder)) {
    throw new StartError(
      `A hub (process ${holder}) already works on ${path}. Stop it first, or choose another --data-dir.`,
    );
  }
  writeSecretly(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function isHub(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('standalone');
  } catch {
    // No /proc on this platform: a live process with that id counts as the holder.
    return process.platform !== 'linux';
  }
}

function secret(file: string, make: () => string): string {
  if (existsSync(file)) {
    const value = readFileSync(file, 'utf8').trim();
    if (value === '')
      throw new StartError(
        `${file} is empty. Restore it from a back-up; without it the stored secrets cannot be read.`,
      );
    return value;
  }
  const value = make();
  writeSecretly(file, `${value}\n`);
  return value;
}

/** Whole or not at all, and readable for its owner only. */
function writeSecretly(file: string, content: string): void {
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, content, { mode: 0o600 });
  chmodSync(part, 0o600);
  renameSync(part, file);
}
