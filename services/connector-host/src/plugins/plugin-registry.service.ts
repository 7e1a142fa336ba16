import { dirname, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { describePlugin, secretSettings, type Plugin } from '@tutti/plugin-sdk';
import type { PluginDescription, PluginGuard } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import type { PluginDatabases } from '../databases/plugin-databases.js';
import type { IsolatedPlugin, IsolatedPlugins } from '../isolation/isolated-plugins.js';
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
  /** What holds it in, in a process of its own; null: it runs in this one. */
  guards: readonly PluginGuard[] | null;
  /** Ends what runs for it. */
  stop?: () => Promise<void>;
}

/** A version of a plugin. */
export interface PluginVersion {
  name: string;
  version: string;
}

/** What a call finds: a plugin, or why there is none. */
export type FoundPlugin = RegisteredPlugin | { missing: string };

export interface PluginRegistryParts {
  database: Pick<DataSource, 'query'>;
  pluginDatabases: PluginDatabases;
  isolated: IsolatedPlugins;
  /** The folder of the plugins that come with the hub, which run in this process. */
  ownFolder: string | null;
}

const NONE: ReadonlyMap<string, FoundPlugin> = new Map();

/** The plugins of this host: found by manifest, verified, their databases prepared, told to the catalog. */
export class PluginRegistry {
  readonly #logger = new Logger('PluginRegistry');
  readonly #plugins = new Map<string, RegisteredPlugin>();
  /** Versions of plugins that were installed, by name and version: how they are, or why they are not here. */
  readonly #installed = new Map<string, Map<string, FoundPlugin>>();
  readonly #parts: PluginRegistryParts;
  #revision = 0;
  /** Compares with the database what is here, where plugins are installed. */
  lookAgain: () => Promise<void> = () => Promise.resolve();

  constructor(parts: PluginRegistryParts) {
    this.#parts = parts;
  }

  /** Another number after every change: what was made of the plugins before is to be made anew. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * A version that was installed is here from now on, beside others; calls without a version do not see it.
   */
  addInstalled(registered: RegisteredPlugin): void {
    this.#putInstalled({ name: registered.description.name, version: registered.version }, registered);
  }

  /** A version that was installed is not here, and why. */
  refuse(version: PluginVersion, why: string): void {
    this.#putInstalled(version, { missing: why });
  }

  /** What runs for it is ended by who started it. */
  removeInstalled(name: string, version: string): void {
    const versions = this.#installed.get(name);
    versions?.delete(version);
    if (versions?.size === 0) this.#installed.delete(name);
    if (this.#plugins.get(name)?.version === version) this.#plugins.delete(name);
    this.#revision += 1;
  }

  /** Which versions of installed plugins serve the calls that name no version. */
  choose(active: readonly PluginVersion[]): void {
    for (const { name, version } of active) {
      const found = this.#installed.get(name)?.get(version);
      const before = this.#plugins.get(name);
      if (found === undefined || before === found) continue;
      // A plugin of the hub itself stays in its place.
      if (before !== undefined && !this.#isInstalled(before)) continue;
      if (!('missing' in found)) this.#plugins.set(name, found);
      else if (!this.#plugins.delete(name)) continue;
      this.#revision += 1;
    }
  }

  /** The versions of an installed plugin that are known here; none for a plugin of the hub itself. */
  versions(name: string): ReadonlyMap<string, FoundPlugin> {
    return this.#installed.get(name) ?? NONE;
  }

  #isInstalled(registered: RegisteredPlugin): boolean {
    return this.versions(registered.plugin.name).get(registered.version) === registered;
  }

  #putInstalled({ name, version }: PluginVersion, found: FoundPlugin): void {
    const versions = this.#installed.get(name) ?? new Map<string, FoundPlugin>();
    this.#installed.set(name, versions.set(version, found));
    this.#revision += 1;
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
    for (const found of packages) {
      const own = this.#parts.ownFolder !== null && dirname(found.folder) === resolve(this.#parts.ownFolder);
      rows.push(own ? await this.#add(await loadPluginPackage(found)) : await this.#isolate(found));
    }
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
    const taken = this.#taken(plugin.name, version);
    if (taken !== null) return this.#refused({ ...loaded.package, name: plugin.name, version }, taken);
    try {
      if (plugin.database !== undefined)
        await this.#parts.pluginDatabases.prepare(plugin.database, plugin.name);
    } catch (error) {
      return this.#refused(loaded.package, `Its database could not be prepared: ${(error as Error).message}`);
    }
    const description = describePlugin(plugin, version);
    const secretNames = secretSettings(plugin);
    this.#put({ plugin: inProcess(plugin), version, description, secretNames, guards: null });
    return { description, origin: loaded.package.folder, error: null, guards: null };
  }

  async #isolate(found: PluginPackage): Promise<PluginRow> {
    let isolated: IsolatedPlugin;
    try {
      isolated = await this.#parts.isolated.load(found);
    } catch (error) {
      return this.#refused(found, (error as Error).message);
    }
    const { plugin, description, secretNames, guards, stop } = isolated;
    const { name, version } = description;
    const taken = this.#taken(name, version);
    if (taken !== null || this.#plugins.has(name)) await stop();
    if (taken !== null) return this.#refused({ ...found, name, version }, taken);
    // A package that lies in two folders is loaded once.
    if (!this.#plugins.has(name)) this.#put({ plugin, version, description, secretNames, guards, stop });
    return { description, origin: found.folder, error: null, guards };
  }

  #put(registered: RegisteredPlugin): void {
    this.#plugins.set(registered.plugin.name, registered);
    this.#revision += 1;
  }

  /** Why a version cannot be loaded beside what is, or null. */
  #taken(name: string, version: string): string | null {
    const other = this.#plugins.get(name);
    if (other === undefined || other.version === version) return null;
    return `Plugin "${name}" is loaded in version ${other.version} already: remove one of the two folders.`;
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
    return { description, origin: found.folder, error, guards: null };
  }
}
