import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginPackage } from '../plugins/plugin-packages.js';

/** A folder of plugin packages for one test. */
export class PluginFolder {
  private constructor(readonly path: string) {}

  static async make(): Promise<PluginFolder> {
    const path = await mkdtemp(join(tmpdir(), 'tutti-plugins-'));
    await symlink(resolve(import.meta.dirname, '../../../../node_modules'), join(path, 'node_modules'));
    return new PluginFolder(path);
  }

  /** Writes a package whose module is `index.mjs`. */
  async add(
    name: string,
    module: string,
    about: Record<string, unknown> = {},
    files: Record<string, string> = {},
  ): Promise<PluginPackage> {
    const folder = join(this.path, name);
    const version = '2.1.0';
    await mkdir(folder);
    const manifest = {
      name: `@acme/${name}`,
      version,
      description: 'Told by npm.',
      type: 'module',
      tutti: { plugin: './index.mjs' },
      ...about,
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    const file = join(folder, 'index.mjs');
    await writeFile(file, module);
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
    return { folder, name, version, summary: undefined, module: pathToFileURL(file).href };
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
