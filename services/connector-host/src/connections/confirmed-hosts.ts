import { PermanentError } from '@tutti/plugin-sdk';
import type { DataSource } from 'typeorm';
import type { Connection } from './connection.js';

/** A connection as its row is known. */
interface Asker {
  connectionId: string;
  connection: string;
  plugin: string;
}

/** The hosts that people have confirmed for connections whose plugin, somebody else's, declares none. */
export class ConfirmedHosts {
  readonly #database: Pick<DataSource, 'query'>;

  constructor(database: Pick<DataSource, 'query'>) {
    this.#database = database;
  }

  /** The connection, whose calls are refused until a person has confirmed the hosts that its plugin names. */
  guard(connection: Connection, connectionId: string): Connection {
    const { plugin, guards, description } = connection.plugin;
    if (guards === null || !plugin.reachesOut || description.hosts !== undefined) return connection;
    const { reach } = connection;
    const asker = { connectionId, connection: connection.name, plugin: plugin.name };
    // Confirming makes another revision of the connection, so that a check that passed holds for this one.
    let passed: unknown;
    connection.reach = async () => {
      const found = await reach();
      if (passed !== found) await this.#check(asker, [...found.hosts]);
      passed = found;
      return found;
    };
    return connection;
  }

  /** Throws a `PermanentError` while somebody has to confirm one of the hosts. */
  async #check(asker: Asker, hosts: readonly string[]): Promise<void> {
    const confirmed = await this.#ask(asker, hosts);
    const unknown = hosts.filter((host) => !confirmed.includes(host));
    if (unknown.length === 0) return;
    const { plugin, connection } = asker;
    throw new PermanentError(
      `The plugin "${plugin}" wants to call ${unknown.join(', ')} over connection "${connection}", which nobody has ` +
        `confirmed: look at its page, or at "npx tutti connections hosts ${connection}", and confirm them there.`,
      { status: 403, reason: 'unavailable' },
    );
  }

  /** Writes down what the plugin wants to call, and gives what was confirmed. */
  async #ask({ connectionId, plugin }: Asker, hosts: readonly string[]): Promise<string[]> {
    const [row] = (await this.#database.query(
      `INSERT INTO connection_hosts AS h (connection_id, plugin, asked) SELECT id, $2, $3 FROM connections WHERE id = $1
       ON CONFLICT (connection_id) DO UPDATE SET plugin = excluded.plugin, asked = excluded.asked,
         confirmed = CASE WHEN h.plugin <> excluded.plugin THEN NULL
           WHEN h.confirmed = '*' THEN excluded.asked ELSE h.confirmed END
       RETURNING confirmed`,
      [connectionId, plugin, JSON.stringify(hosts)],
    )) as { confirmed: string | null }[];
    return row?.confirmed ? (JSON.parse(row.confirmed) as string[]) : [];
  }
}
