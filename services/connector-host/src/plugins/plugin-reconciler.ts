import { Logger } from '@nestjs/common';
import type { Bus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { isDatabaseAway } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { LIMITS } from '../limits.js';
import {
  forgetHost,
  type InstalledVersion,
  installedVersions,
  recordDescription,
  recordGuards,
  recordHost,
  tarballOf,
} from './installed-rows.js';
import type { LogSink } from '../calls/plugin-log.js';
import type { PackageFolders } from './package-folders.js';
import type { PluginPackage } from './plugin-packages.js';
import type { PluginRegistry, RegisteredPlugin } from './plugin-registry.service.js';

/** A plugin that was installed, in a process of its own. */
export interface LoadedPlugin extends Omit<RegisteredPlugin, 'version' | 'stop'> {
  /** Why it is in quarantine in this host; null: it is in none. */
  quarantined?(): string | null;
  /** What the database says of its quarantine. */
  followQuarantine?(why: string | null): void;
  /** Ends its process. */
  stop(): Promise<void>;
}

/** Starts the code of a package apart from the host's own process, and reads what it offers. */
export interface PluginLoader {
  load(found: PluginPackage): Promise<LoadedPlugin>;
}

export interface PluginReconcilerParts {
  database: Pick<DataSource, 'query'>;
  registry: PluginRegistry;
  folders: PackageFolders;
  loader: PluginLoader;
  instanceId: string;
  bus: Pick<Bus, 'subscribe'>;
  log: LogSink;
}

/** What became of a version in this host. */
interface Here {
  name: string;
  version: string;
  integrity: string;
  loaded: { plugin: LoadedPlugin; folder: string } | null;
  /** The quarantine that people were told of. */
  quarantine: string | null;
  /** When a version that failed is tried again, on this process's clock. */
  againAtMs: number;
}

/**
 * Makes this host have the plugins that the database says it is to have: looks at the start, when it is told
 * of a change, and every second. One that cannot be loaded is a state with its log and harms no other.
 */
export class PluginReconciler {
  readonly #logger = new Logger('PluginReconciler');
  readonly #parts: PluginReconcilerParts;
  readonly #here = new Map<string, Here>();
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> | null = null;
  #again = false;
  #complained = false;
  #closed = false;

  constructor(parts: PluginReconcilerParts) {
    this.#parts = parts;
    parts.registry.lookAgain = () => this.look();
    this.#unsubscribe = parts.bus.subscribe(TOPICS.control, (messages) => {
      if (messages.some(({ what }) => what === 'plugin')) void this.look();
    });
  }

  /** Resolves when everything that was installed by then is here, or is known not to work. */
  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), LIMITS.pluginsPollMs).unref();
  }

  /** Compares what is here with what is to be here, one comparison at a time. */
  look(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#working !== null) {
      this.#again = true;
      return this.#working;
    }
    this.#working = this.#workOff().finally(() => {
      this.#working = null;
    });
    return this.#working;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#again = false;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#unsubscribe();
    await this.#working;
    for (const here of this.#here.values()) await here.loaded?.plugin.stop();
    this.#here.clear();
    await this.#parts.folders.close();
    const { database, instanceId } = this.#parts;
    await forgetHost(database, instanceId).catch(() => undefined);
  }

  async #workOff(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#reconcile(await installedVersions(this.#parts.database));
        this.#complained = false;
      } while (this.#again);
    } catch (error) {
      // Once, however long the database is away.
      if (!this.#complained)
        this.#logger.warn(`Installed plugins could not be compared: ${(error as Error).message}`);
      this.#complained = true;
    }
  }

  async #reconcile(installed: readonly InstalledVersion[]): Promise<void> {
    const wanted = new Map(
      installed.filter(({ state }) => state !== 'waiting').map((one) => [keyOf(one), one]),
    );
    for (const one of wanted.values()) {
      const here = this.#here.get(keyOf(one));
      if (here?.integrity === one.integrity && (here.loaded || performance.now() < here.againAtMs)) {
        await this.#watchQuarantine(here, one.quarantine);
        continue;
      }
      if (here?.loaded) await this.#drop(here);
      await this.#take(one);
    }
    // What is active is told before former versions go, so that no call finds neither.
    this.#parts.registry.choose(
      installed.filter(({ state }) => state === 'active').map(({ name, version }) => ({ name, version })),
    );
    for (const [key, here] of this.#here) if (!wanted.has(key)) await this.#drop(here);
    for (const one of installed) if (one.state === 'waiting') await this.#describe(one);
  }

  /** Where a plugin keeps ending in one host, no host calls it until it is released. */
  async #watchQuarantine(here: Here, writtenDown: string | null): Promise<void> {
    const plugin = here.loaded?.plugin;
    plugin?.followQuarantine?.(writtenDown);
    const why = plugin?.quarantined?.() ?? null;
    if (why === here.quarantine) return;
    here.quarantine = why;
    await this.#recordHere(here);
  }

  async #recordHere({ name, version, quarantine: log }: Here): Promise<void> {
    const { database, instanceId } = this.#parts;
    const state = log === null ? 'loaded' : 'quarantined';
    await recordHost(database, { name, version, instanceId }, { state, log });
  }

  async #take(one: InstalledVersion): Promise<void> {
    const { registry, instanceId, database } = this.#parts;
    const here: Here = {
      ...one,
      quarantine: null,
      loaded: null,
      againAtMs: performance.now() + LIMITS.pluginRetryMs,
    };
    this.#here.set(keyOf(one), here);
    try {
      here.loaded = await this.#load(one);
    } catch (error) {
      const log = (error as Error).message;
      this.#say('error', one, `was not loaded: ${log}`);
      registry.refuse(one, log);
      return recordHost(database, { ...one, instanceId }, { state: 'failed', log });
    }
    if (here.loaded === null) return;
    const { plugin } = here.loaded;
    registry.addInstalled({ ...plugin, version: one.version });
    await recordGuards(database, one, plugin.guards);
    here.quarantine = plugin.quarantined?.() ?? null;
    await this.#recordHere(here);
    this.#say('info', one, here.quarantine === null ? 'is loaded.' : 'is loaded, and in quarantine.');
  }

  #say(level: 'info' | 'error', { name, version }: InstalledVersion, what: string): void {
    this.#parts.log.write(level, `Plugin "${name}" ${version} ${what}`, { name, version, workspaceId: null });
  }

  /** Null: it was removed meanwhile. */
  async #load(one: InstalledVersion): Promise<Here['loaded']> {
    const { database, folders, loader } = this.#parts;
    const tarball = await tarballOf(database, one);
    if (tarball === null) return null;
    const found = await folders.unpack(one, tarball);
    try {
      const plugin = await loader.load(found);
      const { name } = plugin.description;
      if (name === one.name) return { plugin, folder: found.folder };
      await plugin.stop();
      throw new Error(`The plugin calls itself "${name}", but its package is called "${one.name}".`);
    } catch (error) {
      await folders.remove(found.folder);
      throw error;
    }
  }

  async #drop(here: Here): Promise<void> {
    const { registry, folders, database, instanceId } = this.#parts;
    this.#here.delete(keyOf(here));
    registry.removeInstalled(here.name, here.version);
    if (here.loaded !== null) {
      await here.loaded.plugin.stop();
      await folders.remove(here.loaded.folder);
    }
    await recordHost(database, { ...here, instanceId }, null);
  }

  /** Reads what a version offers, for who is to approve it; it is not kept. */
  async #describe(one: InstalledVersion): Promise<void> {
    const { database, folders } = this.#parts;
    try {
      const loaded = await this.#load(one);
      if (loaded === null) return;
      await loaded.plugin.stop();
      await folders.remove(loaded.folder);
      const { description } = loaded.plugin;
      await recordDescription(database, one, { description: { ...description, version: one.version } });
    } catch (error) {
      // That says nothing of the package: it waits on.
      if (isDatabaseAway(error)) throw error;
      const log = (error as Error).message;
      this.#say('error', one, `could not be read: ${log}`);
      await recordDescription(database, one, { log });
    }
  }
}

function keyOf({ name, version }: { name: string; version: string }): string {
  return `${name}@${version}`;
}
