import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { PluginPackage } from '../plugins/plugin-packages.js';

const Manifest = z.object({
  name: z.string(),
  version: z.string().default('0.0.0'),
  tutti: z.object({ plugin: z.string() }),
});

/** A plugin folder: what it says of itself, and whether its module was built. */
export interface PluginSource {
  folder: string;
  /** Name of the package without its scope. */
  name: string;
  version: string;
  /** Path of the module, built or not. */
  entry: string;
  isBuilt: boolean;
}

/** Rejects with what to do when the folder holds no plugin. */
export async function pluginSource(folder: string): Promise<PluginSource> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const manifest = Manifest.safeParse(JSON.parse(text));
  if (!manifest.success)
    throw new Error(
      `${folder} holds no plugin: its package.json names no module. Write "tutti": { "plugin": "./dist/index.js" }.`,
    );
  const { name, version, tutti } = manifest.data;
  const entry = join(folder, tutti.plugin);
  return { folder, name: name.replace(/^@[^/]+\//, ''), version, entry, isBuilt: existsSync(entry) };
}

/**
 * Takes the types out of the sources of a plugin that was not built, and puts what is left into `target`.
 * What only a compiler can do (enums, parameter properties) has to be built first.
 */
export async function withoutTypes(source: PluginSource, target: string): Promise<PluginPackage> {
  const { folder, entry, name, version } = source;
  const sources = join(folder, 'src');
  const module = relative(dirname(entry), entry);
  const typed = join(sources, module.replace(/\.m?js$/, '.ts'));
  if (!existsSync(typed))
    throw new Error(`There is neither ${entry} nor ${typed}: build the plugin, then test it.`);
  const names = await readdir(sources, { recursive: true });
  for (const path of names.filter((one) => /\.(ts|js|json)$/.test(one) && !/\.(spec|d)\.ts$/.test(one)))
    await put(join(target, path), await readFile(join(sources, path), 'utf8'));
  await writeFile(join(target, 'package.json'), JSON.stringify({ name, version, type: 'module' }));
  return {
    folder: target,
    name,
    version,
    summary: undefined,
    module: pathToFileURL(join(target, module)).href,
  };
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const typed = path.endsWith('.ts');
  await writeFile(typed ? path.replace(/\.ts$/, '.js') : path, typed ? stripTypeScriptTypes(text) : text);
}
