import { ConnectionLimits } from '@tutti/contracts';
import type { SecretBox } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { LIMITS } from '../limits.js';
import type { PluginRegistry } from '../plugins/plugin-registry.service.js';
import type { KnownSecrets } from '../redaction/known-secrets.js';
import { openConnection, type Connection } from './connection.js';

export interface ConnectionDirectoryParts {
  database: Pick<DataSource, 'query'>;
  registry: PluginRegistry;
  secretBox: SecretBox;
  knownSecrets: KnownSecrets;
}

/** What the directory knows of a name: usable, or why not. */
export type FoundConnection = { connection: Connection } | { error: string; disabled: boolean };

interface Entry {
  mark: string;
  found: FoundConnection;
}

interface ConnectionRow {
  workspace_id: string;
  name: string;
  plugin: string;
  settings: string;
  secrets: Buffer | null;
  enabled: boolean;
  limits: string | null;
}

/**
 * The connections in memory. Before a call the list of ids and revisions is read again when it is older than
 * a second, and only what changed is loaded; `notify` makes it old at once.
 */
export class ConnectionDirectory {
  readonly #parts: ConnectionDirectoryParts;
  readonly #entries = new Map<string, Entry>();
  #checkedAtMs = -Infinity;
  /** The plugins that the connections were opened with. */
  #plugins = -1;
  #checking: Promise<void> | null = null;

  constructor(parts: ConnectionDirectoryParts) {
    this.#parts = parts;
  }

  /** A connection was changed: the next call looks again. */
  notify(): void {
    this.#checkedAtMs = -Infinity;
  }

  async find(workspaceId: string, name: string): Promise<FoundConnection> {
    const isOld =
      performance.now() - this.#checkedAtMs > LIMITS.connectionsAgeMsMax ||
      this.#plugins !== this.#parts.registry.revision;
    if (isOld) await this.#refresh();
    const known = this.#entries.get(keyOf(workspaceId, name))?.found;
    return known ?? { error: `There is no connection "${name}".`, disabled: false };
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
    const sql = `SELECT workspace_id, name, plugin, settings, secrets, enabled, limits FROM connections
      WHERE id = ANY ($1::uuid[])`;
    const rows = (await this.#parts.database.query(sql, [changed.map(({ id }) => id)])) as ConnectionRow[];
    const marks = new Map(changed.map(({ key, mark }) => [key, mark]));
    for (const row of rows) {
      const key = keyOf(row.workspace_id, row.name);
      const found = this.#open(row);
      this.#entries.set(key, { mark: marks.get(key) ?? '', found });
      if ('connection' in found) this.#parts.knownSecrets.set(key, found.connection.secrets);
    }
  }

  #open(row: ConnectionRow): FoundConnection {
    const { workspace_id: workspaceId, name } = row;
    if (!row.enabled) return { error: `The connection "${name}" is switched off.`, disabled: true };
    const plugin = this.#parts.registry.get(row.plugin);
    if (plugin === undefined) {
      const error =
        `The plugin "${row.plugin}" of connection "${name}" is not loaded: see the list of ` +
        `plugins for the reason.`;
      return { error, disabled: false };
    }
    try {
      const secrets =
        row.secrets === null
          ? {}
          : this.#parts.secretBox.open(row.secrets, { workspaceId, connection: name });
      const values = { ...(JSON.parse(row.settings) as Record<string, unknown>), ...secrets };
      const limits = row.limits === null ? undefined : ConnectionLimits.parse(JSON.parse(row.limits));
      const opened = openConnection({ workspaceId, name, plugin, values, limits });
      return 'error' in opened ? { error: opened.error, disabled: false } : { connection: opened };
    } catch (error) {
      return { error: (error as Error).message, disabled: false };
    }
  }

  #forget(key: string): void {
    this.#entries.delete(key);
    this.#parts.knownSecrets.delete(key);
  }
}

function keyOf(workspaceId: string, name: string): string {
  return `${workspaceId}/${name}`;
}
