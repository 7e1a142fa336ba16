import type { PluginDescription } from '@tutti/contracts';
import { PermanentError, TransientError, type LogPort } from '@tutti/plugin-sdk';
import type { LogOrigin } from '../calls/plugin-log.js';
import { LIMITS, type IsolationLimits } from '../limits.js';
import type { HostedPlugin } from '../plugins/hosted-plugin.js';
import { probeGuards, type Guards } from './guards.js';
import { isolatedPlugin, type ProcessSource } from './isolated-plugin.js';
import { launch, type Launch } from './launch.js';
import type { Ready } from './messages.js';
import { PluginProcess, Unfit } from './plugin-process.js';

/** A version of a plugin, as the catalog names it. */
export interface PluginVersion {
  name: string;
  version: string;
}

export interface IsolatedParts {
  /** `of`: whose line it is; `workspaceId` is `*` for what the plugin itself has said outside of calls. */
  line(level: keyof LogPort, text: string, of: LogOrigin): void;
  count(name: 'plugins.refused' | 'plugins.ended' | 'plugins.quarantined'): void;
  /** A plugin keeps ending: to be written down where people look. */
  quarantined(plugin: PluginVersion, why: string): Promise<void>;
  /** Why it is in quarantine since before this process began, or null; absent: nothing is remembered. */
  quarantineOf?(plugin: PluginVersion): Promise<string | null>;
  /** Whether somebody has let it out of the quarantine. */
  isReleased(plugin: PluginVersion): Promise<boolean>;
  /** In the place of the usual ones. */
  limits?: Partial<IsolationLimits> | undefined;
}

/** A package that is to be loaded. */
export type IsolatedPackage = Launch & PluginVersion & { summary?: string | undefined };

/** A plugin that runs in a process of its own. */
export interface IsolatedPlugin {
  plugin: HostedPlugin;
  description: PluginDescription;
  secretNames: readonly string[];
  guards: Guards['list'];
  /** Of its process as the machine counts; undefined when there is none now. */
  pid: () => number | undefined;
  /** Why it is in quarantine; null: it is in none. */
  quarantined: () => string | null;
  /** Takes the database's word: puts it into quarantine, or out of one that was written down. */
  followQuarantine: (why: string | null) => void;
  /** Ends its process and starts none any more. */
  stop: () => Promise<void>;
}

/** The plugins that run in processes of their own, one for each version. */
export class IsolatedPlugins {
  readonly #parts: IsolatedParts;
  readonly #running = new Set<Supervised>();
  #guards: Promise<Guards> | undefined;

  constructor(parts: IsolatedParts) {
    this.#parts = parts;
  }

  /** What holds plugins in on this machine. */
  guards(): Promise<Guards> {
    this.#guards ??= probeGuards();
    return this.#guards;
  }

  /** Starts the process and reads the plugin in it. Rejects with why it cannot be used. */
  async load(found: IsolatedPackage): Promise<IsolatedPlugin> {
    const guards = await this.guards();
    const supervised = new Supervised(found, guards, this.#parts);
    this.#running.add(supervised);
    const stop = async () => {
      this.#running.delete(supervised);
      await supervised.stop();
    };
    try {
      const ready = await supervised.load();
      const { secretNames } = ready;
      const description = describedAs(found, ready);
      supervised.version = { name: description.name, version: description.version };
      const plugin = isolatedPlugin({ ...ready, description }, supervised);
      await supervised.remember();
      return {
        plugin,
        description,
        secretNames,
        guards: guards.list,
        pid: () => supervised.pid,
        quarantined: () => supervised.quarantine,
        followQuarantine: (why) => supervised.follow(why),
        stop,
      };
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((supervised) => supervised.stop()));
    this.#running.clear();
  }
}

/** The version is the package's, by which it is installed and released, whatever the plugin calls itself. */
function describedAs({ version, summary }: IsolatedPackage, { description }: Ready): PluginDescription {
  const told = { ...description, version };
  return told.summary === undefined && summary !== undefined ? { ...told, summary } : told;
}

/** Keeps a process for one plugin: started when a call needs it, left alone for a while when it ends. */
class Supervised implements ProcessSource {
  version: PluginVersion;
  readonly #launch: Launch;
  readonly #guards: Guards;
  readonly #parts: IsolatedParts;
  readonly #limits: IsolationLimits;
  #process: PluginProcess | null = null;
  #starting: Promise<PluginProcess> | null = null;
  #ends: number[] = [];
  #quarantine: string | null = null;
  /** Whether the database knows of the quarantine, so that its word on the end of it counts. */
  #isWrittenDown = false;
  #askedAtMs = -Infinity;
  #stopped = false;

  constructor(found: IsolatedPackage, guards: Guards, parts: IsolatedParts) {
    const { name, version, module, folder } = found;
    this.version = { name, version };
    this.#launch = { module, folder };
    this.#guards = guards;
    this.#parts = parts;
    this.#limits = { ...LIMITS, ...parts.limits };
  }

  /** The first start: whatever goes wrong is the reason why the plugin cannot be used. */
  async load(): Promise<Ready> {
    this.#process = this.#launched();
    return this.#process.ready;
  }

  /** One that was in quarantine when the host ended is so still: its process is needed to read it only. */
  async remember(): Promise<void> {
    const why = await this.#parts.quarantineOf?.(this.version);
    if (why === undefined || why === null) return;
    this.follow(why);
    await this.#process?.end();
  }

  get quarantine(): string | null {
    return this.#quarantine;
  }

  follow(why: string | null): void {
    if (why !== null) {
      this.#quarantine ??= why;
      this.#isWrittenDown = true;
    } else if (this.#isWrittenDown) this.#release();
  }

  async process(): Promise<PluginProcess> {
    if (this.#quarantine !== null) await this.#mayStart();
    if (this.#process?.alive === true) return this.#process;
    this.#starting ??= this.#started().finally(() => (this.#starting = null));
    return this.#starting;
  }

  get pid(): number | undefined {
    return this.#process?.alive === true ? this.#process.pid : undefined;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#process?.end();
  }

  async #started(): Promise<PluginProcess> {
    await this.#mayStart();
    const process = this.#launched();
    this.#process = process;
    try {
      await process.ready;
    } catch (error) {
      // Its files were there before, so that this is like an end: it is not tried again at once.
      if (error instanceof Unfit) this.#ended(error.message);
      throw this.#unavailable((error as Error).message, this.#waitMs());
    }
    return process;
  }

  #launched(): PluginProcess {
    const { name } = this.version;
    return new PluginProcess(launch(this.#launch, this.#guards), {
      limits: this.#limits,
      line: (level, text) =>
        this.#parts.line(level, `${text} ${JSON.stringify({ plugin: name })}`, {
          ...this.version,
          workspaceId: '*',
        }),
      refused: (what) => {
        this.#parts.count('plugins.refused');
        this.#say('warn', `Plugin "${name}" tried what is closed to it: ${what}`);
      },
      ended: (why) => this.#ended(why),
    });
  }

  async #mayStart(): Promise<void> {
    const { name, version } = this.version;
    if (this.#stopped) throw new PermanentError(`Plugin "${name}" ${version} was removed.`, UNAVAILABLE);
    if (this.#quarantine !== null && !(await this.#isReleased())) {
      throw new PermanentError(
        `Plugin "${name}" ${version} is quarantined, because it keeps ending: ${this.#quarantine} ` +
          `Release it with "npx tutti plugins release ${name}" when the cause is mended.`,
        UNAVAILABLE,
      );
    }
    const waitMs = this.#waitMs();
    if (waitMs > 0) throw this.#unavailable('It ended and is left alone for a while.', waitMs);
  }

  #unavailable(why: string, retryAfterMs: number): TransientError {
    return new TransientError(`The process of plugin "${this.version.name}" is not there: ${why}`, {
      ...UNAVAILABLE,
      ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
    });
  }

  #ended(why: string): void {
    const { name, version } = this.version;
    this.#parts.count('plugins.ended');
    this.#say('error', `The process of plugin "${name}" ${version} ended: ${why}`);
    const now = performance.now();
    this.#ends = [...this.#ends.filter((at) => now - at < this.#limits.pluginEndsWithinMs), now];
    if (this.#ends.length < this.#limits.pluginEndsMax || this.#quarantine !== null) return;
    this.#quarantine = why;
    this.#parts.count('plugins.quarantined');
    this.#say('error', `Plugin "${name}" ${version} is in quarantine from now on.`);
    this.#parts.quarantined(this.version, why).then(
      () => (this.#isWrittenDown = true),
      (error: Error) => this.#say('error', `The quarantine of "${name}" was not recorded: ${error.message}`),
    );
  }

  /** What the hub itself says. */
  #say(level: keyof LogPort, text: string): void {
    this.#parts.line(level, text, { ...this.version, workspaceId: null });
  }

  /** How long it is still left alone; twice as long with every end. */
  #waitMs(): number {
    const last = this.#ends.at(-1);
    if (last === undefined) return 0;
    const backOffMs = this.#limits.pluginBackOffMs * 2 ** (this.#ends.length - 1);
    return Math.max(
      0,
      Math.ceil(last + Math.min(backOffMs, this.#limits.pluginBackOffMsMax) - performance.now()),
    );
  }

  async #isReleased(): Promise<boolean> {
    if (performance.now() - this.#askedAtMs < LIMITS.connectionsAgeMsMax) return false;
    this.#askedAtMs = performance.now();
    if (!(await this.#parts.isReleased(this.version))) return false;
    this.#release();
    return true;
  }

  #release(): void {
    this.#quarantine = null;
    this.#isWrittenDown = false;
    this.#ends = [];
  }
}

const UNAVAILABLE = { status: 503, reason: 'unavailable' } as const;
