import type { Bus } from '@tutti/bus';
import { TOPICS, uuidv7 } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { LIVE_HOSTS } from '../live-hosts.sql.js';
import type { ConnectionHealth } from './connection-tester.service.js';

const ANSWER_MS_MAX = 15_000;
const POLL_MS = 100;

export interface RemoteConnectionTesterParts {
  database: Pick<DataSource, 'query'>;
  bus: Pick<Bus, 'publish'>;
  /** How long a host may take. */
  answerMsMax?: number;
}

/** The connection could not be tried out: its state is as unknown as before. */
export class ConnectionNotTested extends Error {}

/**
 * Tries connections out from a process without plugins: a connector host does it, told through the database.
 */
export class RemoteConnectionTester {
  readonly #parts: RemoteConnectionTesterParts;

  constructor(parts: RemoteConnectionTesterParts) {
    this.#parts = parts;
  }

  /** Throws `ConnectionNotTested` when no connector host lives or none answers in time. */
  async test(connection: { workspaceId: string; name: string }): Promise<ConnectionHealth> {
    if (!(await this.#isHostAlive()))
      throw new ConnectionNotTested(
        'No connector host is running, so the connection cannot be tested: start one with `tutti serve connector-host`.',
      );
    const id = await this.#ask(connection);
    const endMs = performance.now() + (this.#parts.answerMsMax ?? ANSWER_MS_MAX);
    while (performance.now() < endMs) {
      const health = await this.#answer(id);
      if (health !== null) return health;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await this.#parts.database.query(`DELETE FROM connection_tests WHERE id = $1`, [id]);
    throw new ConnectionNotTested(
      'The connector hosts are busy or gone: none tested the connection in time. Try again.',
    );
  }

  async #isHostAlive(): Promise<boolean> {
    const rows = (await this.#parts.database.query(`SELECT 1 FROM ${LIVE_HOSTS} LIMIT 1`)) as unknown[];
    return rows.length > 0;
  }

  async #ask({ workspaceId, name }: { workspaceId: string; name: string }): Promise<string> {
    const id = uuidv7();
    await this.#parts.database.query(
      `WITH old AS (DELETE FROM connection_tests WHERE created_at < clock_timestamp() - interval '1 hour')
       INSERT INTO connection_tests (id, workspace_id, connection) VALUES ($1, $2, $3)`,
      [id, workspaceId, name],
    );
    const changed = { kind: 'definitions.changed', workspaceId, what: 'connection' } as const;
    // Hosts look by themselves every second: while the bus is away, nobody waits for it here.
    this.#parts.bus.publish(TOPICS.control, [changed]).catch(() => undefined);
    return id;
  }

  async #answer(id: string): Promise<ConnectionHealth | null> {
    const [row] = (await this.#parts.database.query(
      `SELECT result FROM connection_tests WHERE id = $1 AND status = 'ended'`,
      [id],
    )) as { result: string }[];
    return row === undefined ? null : (JSON.parse(row.result) as ConnectionHealth);
  }
}
