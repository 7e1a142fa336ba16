import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { verifyPlugin, type Plugin } from '@tutti/plugin-sdk';
import { z } from 'zod';

/**
 * A package that says in its package.json that it is a plugin: `"tutti": { "plugin": "./dist/index.js" }`.
 */
export interface PluginPackage {
  folder: string;
  /** Name of the package without its scope. */
  name: string;
  version: string;
  summary: string | undefined;
  /** File URL of the module whose default export is the plugin. */
  module: string;
}

/** A package and the plugin in it, or why it could not be loaded. */
export type LoadedPackage =
  { package: PluginPackage; plugin: Plugin } | { package: PluginPackage; error: string };

const Manifest = z.object({
  name: z.string(),
  version: z.string().default('0.0.0'),
  description: z.string().optional(),
  tutti: z.object({ plugin: z.string().optional() }).optional(),
});

/** The plugin packages right below the folders, by name; a folder that does not exist holds none. */
export async function findPluginPackages(folders: readonly string[]): Promise<PluginPackage[]> {
  const found = await Promise.all(folders.map(packagesIn));
  return found.flat().sort((one, other) => one.name.localeCompare(other.name));
}

async function packagesIn(folder: string): Promise<PluginPackage[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const packages = await Promise.all(names.map((name) => readPackage(resolve(folder, name))));
  return packages.filter((found) => found !== null);
}

async function readPackage(folder: string): Promise<PluginPackage | null> {
  let text: string;
  try {
    text = await readFile(join(folder, 'package.json'), 'utf8');
  } catch {
    // A folder or file beside the plugins.
    return null;
  }
  const manifest = Manifest.safeParse(parseJson(text));
  const entry = manifest.data?.tutti?.plugin;
  if (!manifest.success || entry === undefined) return null;
  const { name, version, description } = manifest.data;
  const module = pathToFileURL(resolve(folder, entry)).href;
  return { folder, name: name.replace(/^@[^/]+\//, ''), version, summary: description, module };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Loads the module and checks what it exports. A plugin that does not fit is refused with what to do, and
 * harms no other.
 */
export async function loadPluginPackage(found: PluginPackage): Promise<LoadedPackage> {
  let candidate: unknown;
  try {
    const module = (await import(found.module)) as { default?: unknown };
    candidate = module.default;
  } catch (error) {
    return {
      package: found,
      error: `The plugin's module ${found.module} cannot be loaded: ${messageOf(error)}`,
    };
  }
  const findings = verifyPlugin(candidate);
  if (findings.length > 0) {
    return {
      package: found,
      error: findings.map(({ place, message }) => (place ? `${place}: ${message}` : message)).join('\n'),
    };
  }
  const plugin = candidate as Plugin;
  return {
    package: found,
    plugin: {
      ...plugin,
      version: plugin.version ?? found.version,
      summary: plugin.summary ?? found.summary,
    } as Plugin,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
