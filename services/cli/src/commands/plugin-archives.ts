import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { create, extract } from 'tar';
import { CliError, EXIT, type Io } from '../session/io.js';

const INDEX = 'tutti-plugins.json';

/** One package in a bundle. */
export interface BundledPlugin {
  name: string;
  version: string;
  integrity: string;
  tarball: Uint8Array;
}

/** What somebody wants to have installed: a package of the registry, or what lies in a file or folder. */
export type Installable =
  { kind: 'npm'; spec: string } | { kind: 'tarball'; bytes: Buffer } | { kind: 'bundle'; path: string };

/** A path where there is one, else the name of a package; `./` says that it is a path. */
export function installableOf(io: Io, text: string): Installable {
  const path = resolve(io.cwd, text);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return { kind: 'tarball', bytes: packFolder(path) };
  if (found?.isFile())
    return text.endsWith('.tar') ? { kind: 'bundle', path } : { kind: 'tarball', bytes: readFileSync(path) };
  if (/^[./~]/.test(text)) throw new CliError(`There is no file or folder ${text}.`, EXIT.usage);
  return { kind: 'npm', spec: text };
}

/** The tarball that npm makes of a folder, without running its scripts. */
export function packFolder(folder: string): Buffer {
  return inTemporaryFolder((target) => {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', target];
    const { status, stdout, stderr, error } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
    if (error) throw new CliError(`npm, which packs the folder, cannot be started (${error.message}).`);
    if (status !== 0) throw new CliError(`npm could not pack ${folder}: ${stderr.trim().slice(-2_000)}`);
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    // Names with a scope are written as paths by some versions of npm, and with dashes to the disk.
    const file = (packed?.filename ?? '').replace(/^@/, '').replaceAll('/', '-');
    return readFileSync(join(target, file));
  });
}

/** Writes an archive that another hub installs without a network. */
export function writeBundle(path: string, plugins: readonly BundledPlugin[]): void {
  inTemporaryFolder((folder) => {
    const index = plugins.map(({ tarball: _, ...about }, i) => ({ ...about, file: `${i}.tgz` }));
    writeFileSync(join(folder, INDEX), JSON.stringify(index, null, 2));
    plugins.forEach(({ tarball }, i) => {
      writeFileSync(join(folder, `${i}.tgz`), tarball);
    });
    create({ file: path, cwd: folder, portable: true, sync: true }, [
      INDEX,
      ...index.map(({ file }) => file),
    ]);
  });
}

/** The packages of a bundle; the hub checks the integrity of each. */
export function readBundle(path: string): BundledPlugin[] {
  return inTemporaryFolder((folder) => {
    try {
      const filter = (name: string) => name === INDEX || /^\d+\.tgz$/.test(name);
      extract({ file: path, cwd: folder, sync: true, strict: true, filter });
      const index = JSON.parse(readFileSync(join(folder, INDEX), 'utf8')) as (BundledPlugin & {
        file: string;
      })[];
      return index.map(({ name, version, integrity }, i) => ({
        name,
        version,
        integrity,
        tarball: readFileSync(join(folder, `${i}.tgz`)),
      }));
    } catch (error) {
      throw new CliError(`${path} is no bundle of plugins: ${(error as Error).message}`, EXIT.usage);
    }
  });
}

export function inTemporaryFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-pack-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
