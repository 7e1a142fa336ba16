import { ConnectionLimits, type NamedCapability } from '@tutti/contracts';
import { DiscoveryStore, type SecretBox } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { FoundCapabilities } from '../discovery/found-capability.js';
import { LIMITS } from '../limits.js';
import type { FoundPlugin, PluginRegistry } from '../plugins/plugin-registry.service.js';
import type { KnownSecrets } from '../redaction/known-secrets.js';
import type { SecretReferences } from '../references/secret-references.js';
import { UnresolvedReference } from '../references/unresolved-reference.js';
import { ConfirmedHosts } from './confirmed-hosts.js';
import { openConnection, type Connection } from './connection.js';

export interface ConnectionDirectoryParts {
  database: Pick<DataSource, 'query' | 'transaction'>;
  registry: PluginRegistry;
  secretBox: SecretBox;
  knownSecrets: KnownSecrets;
  /** Absent: settings have no references. */
  references?: SecretReferences;
}

/** What the directory knows of a name: usable, or why not. */
export type FoundConnection =
  | { connection: Connection }
  /** `away`: where a setting's value lies does not answer now. */
  | { error: string; disabled: boolean; away?: boolean };

interface Entry {
  mark: string;
  /** With the plugin that serves calls without a version. */
  found: FoundConnection;
  /** With versions of its plugin that were installed. */
  versions: ReadonlyMap<string, FoundConnection>;
  /** Where settings are references: what they were when they were looked at last. */
  referenced?: Referenced;
}

interface Referenced {
  row: ConnectionRow;
  /** JSON of the values; null: there are none. */
  values: string | null;
  readAtMs: number;
  reading: Promise<void> | null;
}

interface ConnectionRow {
  id: string;
  workspace_id: string;
  name: string;
  plugin: string;
  settings: string;
  secrets: Buffer | null;
  enabled: boolean;
  limits: string | null;
  /** JSON of what it found by itself and was approved, and of the names of what is refused all the same. */
  approved: string | null;
  refused: string | null;
}

/**
 * The connections in memory. Before a call the list of ids and revisions is read again when it is older than
 * a second or does not hold the name, and only what changed is loaded; `notify` makes it old at once.
 */
export class ConnectionDirectory {
  readonly #parts: ConnectionDirectoryParts;
  readonly #confirmed: ConfirmedHosts;
  readonly #entries = new Map<string, Entry>();
  /** When the last look began. */
  #checkedAtMs = -Infinity;
  #notifiedAtMs = -Infinity;
  /** The plugins that the connections were opened with. */
  #plugins = -1;
  #checking: Promise<void> | null = null;

  constructor(parts: ConnectionDirectoryParts) {
    this.#parts = parts;
    this.#confirmed = new ConfirmedHosts(parts.database);
  }

  /** A connection was changed: the next call looks again. */
  notify(): void {
    this.#notifiedAtMs = performance.now();
  }

  /**
   * With the version of its plugin that a call was made for, where that is here or known to be missing; else
   * with the one that serves calls now, since a plugin of the hub itself has no other, and one that was
   * withdrawn is not to be used.
   */
  async find(workspaceId: string, name: string, pluginVersion?: string): Promise<FoundConnection> {
    const entry = await this.#current(workspaceId, name);
    if (pluginVersion === undefined || entry === undefined || has(entry, pluginVersion))
      return known(entry, pluginVersion) ?? { error: `There is no connection "${name}".`, disabled: false };
    // It may have been made active a moment ago, which this host has not heard of.
    await this.#parts.registry.lookAgain();
    const again = await this.#current(workspaceId, name);
    return known(again, pluginVersion) ?? entry.found;
  }

  async #current(workspaceId: string, name: string): Promise<Entry | undefined> {
    const key = keyOf(workspaceId, name);
    const askedAtMs = performance.now();
    const oldestMs = Math.max(askedAtMs - LIMITS.connectionsAgeMsMax, this.#notifiedAtMs);
    // A refresh that was under way may have begun before the last change.
    while (this.#checkedAtMs < oldestMs || this.#plugins !== this.#parts.registry.revision)
      await this.#refresh();
    // A connection may have been made since, just before it was called.
    while (!this.#entries.has(key) && this.#checkedAtMs < askedAtMs) await this.#refresh();
    const entry = this.#entries.get(key);
    if (entry?.referenced !== undefined) await this.#lookAtReferences(key, entry, entry.referenced);
    return entry;
  }

  /** Apart from the refresh: a Vault that is slow holds up only the connections that need it. */
  async #lookAtReferences(key: string, entry: Entry, referenced: Referenced): Promise<void> {
    const oldestMs = Math.max(performance.now() - LIMITS.referencesAgeMsMax, this.#notifiedAtMs);
    if (referenced.readAtMs >= oldestMs) return;
    referenced.reading ??= this.#readReferences(key, entry, referenced).finally(() => {
      referenced.reading = null;
    });
    await referenced.reading;
  }

  /** A connection whose values are the same stays the one that it is, with its session and tokens. */
  async #readReferences(key: string, entry: Entry, referenced: Referenced): Promise<void> {
    const startedAtMs = performance.now();
    const settings = JSON.parse(referenced.row.settings) as Record<string, unknown>;
    try {
      const values = (await this.#parts.references?.resolve(settings)) ?? {};
      const text = JSON.stringify(values);
      if (text !== referenced.values) Object.assign(entry, this.#openAll(key, referenced.row, values));
      referenced.values = text;
    } catch (error) {
      if (!(error instanceof UnresolvedReference)) throw error;
      const detail = `Connection "${referenced.row.name}": ${error.message}`;
      entry.found = { error: detail, disabled: false, away: error.away };
      entry.versions = new Map();
      referenced.values = null;
    }
    referenced.readAtMs = startedAtMs;
  }

  /** One refresh at a time; calls that come meanwhile share it. */
  #refresh(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async #check(): Promise<void> {
    const startedAtMs = performance.now();
    const plugins = this.#parts.registry.revision;
    const rows = (await this.#parts.database.query(
      'SELECT id, workspace_id, name, revision FROM connections',
    )) as { id: string; workspace_id: string; name: string; revision: number }[];
    const marks = new Map(
      rows.map((row) => [
        keyOf(row.workspace_id, row.name),
        { id: row.id, mark: `${row.id}/${row.revision}/${plugins}` },
      ]),
    );
    for (const key of this.#entries.keys()) if (!marks.has(key)) this.#forget(key);
    const changed = [...marks].filter(([key, { mark }]) => this.#entries.get(key)?.mark !== mark);
    await this.#load(changed.map(([key, { id, mark }]) => ({ key, id, mark })));
    this.#checkedAtMs = startedAtMs;
    this.#plugins = plugins;
  }

  async #load(changed: readonly { key: string; id: string; mark: string }[]): Promise<void> {
    if (changed.length === 0) return;
    const sql = `SELECT c.id, workspace_id, name, c.plugin, settings, secrets, enabled, limits, approved, refused
       FROM connections c LEFT JOIN connection_discoveries d ON d.connection_id = c.id AND d.plugin = c.plugin
      WHERE c.id = ANY ($1::uuid[])`;
    const rows = (await this.#parts.database.query(sql, [changed.map(({ id }) => id)])) as ConnectionRow[];
    const marks = new Map(changed.map(({ key, mark }) => [key, mark]));
    for (const row of rows) {
      const key = keyOf(row.workspace_id, row.name);
      const mark = marks.get(key) ?? '';
      this.#entries.set(
        key,
        this.#hasReferences(row) ? unread(mark, row) : { mark, ...this.#openAll(key, row) },
      );
    }
  }

  #hasReferences({ settings, enabled }: ConnectionRow): boolean {
    const { references } = this.#parts;
    // Most have none, and need not be looked at closely.
    if (!enabled || references === undefined || !settings.includes('{"$')) return false;
    return references.namesIn(JSON.parse(settings) as Record<string, unknown>).length > 0;
  }

  /** With every version of its plugin; `values`: what stands in the place of references. */
  #openAll(
    key: string,
    row: ConnectionRow,
    values: Record<string, string> = {},
  ): Pick<Entry, 'found' | 'versions'> {
    const { registry, knownSecrets } = this.#parts;
    const found = this.#open(row, registry.get(row.plugin), values);
    const versions = new Map(
      [...registry.versions(row.plugin)].map(([version, plugin]) => [
        version,
        this.#open(row, plugin, values),
      ]),
    );
    const secrets = [found, ...versions.values()].flatMap((one) =>
      'connection' in one ? one.connection.secrets : [],
    );
    if (secrets.length > 0) knownSecrets.set(key, [...new Set(secrets)]);
    return { found, versions };
  }

  #open(
    row: ConnectionRow,
    plugin: FoundPlugin | undefined,
    referenced: Record<string, string>,
  ): FoundConnection {
    const { workspace_id: workspaceId, name } = row;
    if (!row.enabled) return { error: `The connection "${name}" is switched off.`, disabled: true };
    if (plugin === undefined || 'missing' in plugin) {
      const why = plugin === undefined ? 'see the list of plugins for the reason.' : plugin.missing;
      const error = `The plugin "${row.plugin}" of connection "${name}" is not loaded: ${why}`;
      // Another host may have it, and a policy may have something else.
      return { error, disabled: plugin !== undefined };
    }
    try {
      const secrets =
        row.secrets === null
          ? {}
          : this.#parts.secretBox.open(row.secrets, { workspaceId, connection: name });
      const settings = JSON.parse(row.settings) as Record<string, unknown>;
      const values = { ...settings, ...secrets, ...referenced };
      const limits = row.limits === null ? undefined : ConnectionLimits.parse(JSON.parse(row.limits));
      const hidden = Object.values(referenced);
      const opened = openConnection({ workspaceId, name, plugin, values, limits, hidden });
      if ('error' in opened) return { error: opened.error, disabled: false };
      this.#findBy(opened, row);
      return { connection: this.#confirmed.guard(opened, row.id) };
    } catch (error) {
      return { error: (error as Error).message, disabled: false };
    }
  }

  /** What the connection found by itself, where its plugin finds something. */
  #findBy(connection: Connection, row: ConnectionRow): void {
    const { discovery } = connection.plugin.plugin;
    if (discovery === undefined) return;
    const { workspace_id: workspaceId, name } = row;
    const store = new DiscoveryStore(this.#parts.database);
    connection.found = new FoundCapabilities({
      connection: name,
      discovery,
      approved: JSON.parse(row.approved ?? '[]') as NamedCapability[],
      refused: JSON.parse(row.refused ?? '[]') as string[],
      // The look by the clock comes all the same.
      noticed: () => void store.lookSoon({ workspaceId, connection: name }).catch(() => undefined),
    });
  }

  #forget(key: string): void {
    this.#entries.delete(key);
    this.#parts.knownSecrets.delete(key);
  }
}

/** References are looked at when the connection is asked for. */
function unread(mark: string, row: ConnectionRow): Entry {
  const referenced = { row, values: null, readAtMs: -Infinity, reading: null };
  const found = { error: `The settings of connection "${row.name}" were not read yet.`, disabled: false };
  return { mark, found, versions: new Map(), referenced };
}

function has({ found, versions }: Entry, pluginVersion: string): boolean {
  return (
    versions.has(pluginVersion) ||
    ('connection' in found && found.connection.plugin.version === pluginVersion) ||
    ('error' in found && found.disabled)
  );
}

function known(entry: Entry | undefined, pluginVersion: string | undefined): FoundConnection | undefined {
  const pinned = pluginVersion === undefined ? undefined : entry?.versions.get(pluginVersion);
  return pinned ?? entry?.found;
}

function keyOf(workspaceId: string, name: string): string {
  return `${workspaceId}/${name}`;
}
