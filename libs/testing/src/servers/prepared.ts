import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  ensureTestServer,
  testServers,
  type TestServerName,
} from '../../../../scripts/setup/test-servers.mjs';
import { withProcessLock } from '../process-lock.js';

/** What a server's copies are made from. */
export interface Preparation {
  server: TestServerName;
  /** The source that prepares: when it changes, it is prepared anew. */
  source: string;
  /**
   * Fills the folder with the server's data. It is moved when that is done, so it must not hold its own path.
   */
  prepare: (folder: string) => Promise<void>;
}

/**
 * A folder of its own with a copy of a server's prepared data. What takes long is done once per machine, for
 * the installed versions and the source that prepares; a lock keeps two processes from doing it at once.
 * Rejects with what to do when the server is not installed and cannot be.
 */
export async function preparedCopy(of: Preparation): Promise<string> {
  const remedy = await ensureTestServer(of.server);
  if (remedy !== null) throw new Error(`The tests need the server ${of.server}. ${remedy}`);
  const done = await preparedOnce(`${of.server}-${await keyOf(of)}`, of.prepare);
  const copy = mkdtempSync(join(tmpdir(), `tutti-${of.server}-`));
  cpSync(done, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/**
 * A folder of this machine that is filled once, by whoever comes first; a lock keeps two processes from it.
 * It is moved when that is done, so it must not hold its own path. Nobody may change it afterwards.
 */
export async function preparedOnce(
  name: string,
  prepare: (folder: string) => Promise<void>,
): Promise<string> {
  const cache = join(tmpdir(), `tutti-test-servers-${userInfo().uid}`);
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  const done = join(cache, name);
  await withProcessLock(`${done}.lock`, async () => {
    if (existsSync(done)) return;
    const making = `${done}.making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making);
    await prepare(making);
    renameSync(making, done);
  });
  return done;
}

async function keyOf({ server, source }: Preparation): Promise<string> {
  const versions = await run('dpkg-query', {
    args: ['-W', '-f', '${Package} ${Version}\n', ...testServers[server].packages],
  });
  return createHash('sha256')
    .update(versions)
    .update(readFileSync(source))
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 16);
}

/** How a command is run. */
export interface CommandOptions {
  args: readonly string[];
  folder?: string;
  env?: Record<string, string>;
}

/** What a command prints; rejects with its words when it fails. */
export function run(command: string, { args, folder, env }: CommandOptions): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', fail);
    child.once('close', (code) => {
      if (code === 0) done(output);
      else fail(new Error(`${command} ended with ${code}: ${(errors || output).slice(-2_000)}`));
    });
  });
}
