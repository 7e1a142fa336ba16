import { Logger } from '@nestjs/common';
import { describePlugin, secretSettings, type Plugin } from '@tutti/plugin-sdk';
import type { PluginDescription } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import type { PluginDatabases } from '../databases/plugin-databases.js';
import { issuesOf, type Issue } from '../validation/issues.js';
import { inProcess, type HostedPlugin } from './hosted-plugin.js';
import {
  findPluginPackages,
  loadPluginPackage,
  type LoadedPackage,
  type PluginPackage,
} from './plugin-packages.js';
import { registerPlugins, type PluginRow } from './plugin-rows.js';

/** Settings of a connection, taken apart for storing, or what is wrong with them. */
export type CheckedSettings =
  | { ok: true; settings: Record<string, unknown>; secrets: Record<string, string> }
  | { ok: false; issues: Issue[] };

/** A plugin as the host works with it. */
export interface RegisteredPlugin {
  plugin: HostedPlugin;
  version: string;
  description: PluginDescription;
  secretNames: readonly string[];
}

export interface PluginRegistryParts {
  database: Pick<DataSource, 'query'>;
  pluginDatabases: PluginDatabases;
}

/** The plugins of this host: found by manifest, verified, their databases prepared, told to the catalog. */
export class PluginRegistry {
  readonly #logger = new Logger('PluginRegistry');
  readonly #plugins = new Map<string, RegisteredPlugin>();
  readonly #parts: PluginRegistryParts;

  constructor(parts: PluginRegistryParts) {
    this.#parts = parts;
  }

  get(name: string): RegisteredPlugin | undefined {
    return this.#plugins.get(name);
  }

  list(): RegisteredPlugin[] {
    return [...this.#plugins.values()];
  }

  /**
   * Loads every plugin package below the folders. One that fails is recorded as failed and harms no other.
   */
  async load(folders: readonly string[]): Promise<void> {
    const packages = await findPluginPackages(folders);
    const rows: PluginRow[] = [];
    for (const found of packages) rows.push(await this.#add(await loadPluginPackage(found)));
    await registerPlugins(this.#parts.database, rows);
  }

  /** Registers a plugin that is there as a value: what tests and embedders use. */
  async register(plugin: Plugin, version: string = plugin.version ?? '0.0.0'): Promise<void> {
    const found = { folder: 'memory', name: plugin.name, version, summary: plugin.summary, module: 'memory' };
    const row = await this.#add({ package: found, plugin: { ...plugin, version } });
    await registerPlugins(this.#parts.database, [row]);
    if (row.error !== null) throw new Error(row.error);
  }

  /** Checks the settings of a connection and takes the secrets out of them. */
  checkSettings(name: string, values: Record<string, unknown>): CheckedSettings {
    const registered = this.#plugins.get(name);
    if (registered === undefined) {
      return { ok: false, issues: [{ pointer: '/plugin', detail: `There is no plugin "${name}".` }] };
    }
    const parsed = registered.plugin.settings.safeParse(values);
    if (!parsed.success) return { ok: false, issues: issuesOf(parsed.error, '/settings') };
    const settings: Record<string, unknown> = {};
    const secrets: Record<string, string> = {};
    for (const [key, value] of Object.entries(values)) {
      if (!registered.secretNames.includes(key)) settings[key] = value;
      else if (typeof value === 'string') secrets[key] = value;
    }
    return { ok: true, settings, secrets };
  }

  async #add(loaded: LoadedPackage): Promise<PluginRow> {
    if ('error' in loaded) return this.#refused(loaded.package, loaded.error);
    const { plugin } = loaded;
    const version = plugin.version ?? loaded.package.version;
    const other = this.#plugins.get(plugin.name);
    if (other !== undefined && other.version !== version) {
      const error =
        `Plugin "${plugin.name}" is loaded in version ${other.version} already: remove one ` +
        `of the two folders.`;
      return this.#refused({ ...loaded.package, name: plugin.name, version }, error);
    }
    try {
      if (plugin.database !== undefined)
        await this.#parts.pluginDatabases.prepare(plugin.database, plugin.name);
    } catch (error) {
      return this.#refused(loaded.package, `Its database could not be prepared: ${(error as Error).message}`);
    }
    const description = describePlugin(plugin, version);
    const hosted = inProcess(plugin);
    this.#plugins.set(plugin.name, {
      plugin: hosted,
      version,
      description,
      secretNames: secretSettings(plugin),
    });
    return { description, origin: loaded.package.folder, error: null };
  }

  #refused(found: PluginPackage, error: string): PluginRow {
    this.#logger.error(`Plugin "${found.name}" was not loaded. ${error}`);
    const { name, version } = found;
    const description = {
      name,
      version,
      kind: 'util',
      contract: 0,
      settings: {},
      capabilities: [],
      database: false,
    };
    return { description, origin: found.folder, error };
  }
}
