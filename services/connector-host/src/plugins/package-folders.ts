import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { integrityOf, readPluginTarball } from '@tutti/store';
import type { InstalledVersion } from './installed-rows.js';
import type { PluginPackage } from './plugin-packages.js';

const PREFIX = 'tutti-plugins-';

/**
 * Where this process unpacks the packages it was told to have. The folder is its own and ends with it; what
 * processes left behind that were killed is deleted by the next one.
 */
export class PackageFolders {
  readonly #parent: string;
  #root: Promise<string> | null = null;

  constructor(parent: string = tmpdir()) {
    this.#parent = parent;
  }

  /** Unpacks a package into a folder of its own. Throws when the bytes are not those that were locked. */
  async unpack(locked: Pick<InstalledVersion, 'integrity'>, tarball: Buffer): Promise<PluginPackage> {
    const integrity = integrityOf(tarball);
    if (integrity !== locked.integrity)
      throw new Error(
        `The stored package has the integrity ${integrity}, not the locked ${locked.integrity}: it was changed. ` +
          'Remove this version and install it again.',
      );
    const read = await readPluginTarball(tarball);
    const folder = await mkdtemp(join(await this.#rootOfProcess(), `${read.name}-`));
    try {
      for (const { path, bytes } of read.files) {
        const file = join(folder, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, bytes, { flag: 'wx', mode: 0o444 });
      }
    } catch (error) {
      await this.remove(folder);
      throw error;
    }
    return {
      folder,
      name: read.name,
      version: read.version,
      summary: read.summary ?? undefined,
      module: pathToFileURL(join(folder, read.entry)).href,
    };
  }

  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    if (this.#root !== null) await this.remove(await this.#root);
    this.#root = null;
  }

  #rootOfProcess(): Promise<string> {
    this.#root ??= this.#make().catch((error: unknown) => {
      this.#root = null;
      throw error;
    });
    return this.#root;
  }

  async #make(): Promise<string> {
    await mkdir(this.#parent, { recursive: true });
    for (const name of await readdir(this.#parent)) {
      const pid = /^tutti-plugins-(\d+)-/.exec(name)?.[1];
      // A folder of another user cannot be deleted, and is not ours to worry about.
      if (pid !== undefined && !isAlive(Number(pid)))
        await this.remove(join(this.#parent, name)).catch(() => undefined);
    }
    // What is allowed to a plugin's process is told by real paths.
    return realpath(await mkdtemp(join(this.#parent, `${PREFIX}${process.pid}-`)));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
