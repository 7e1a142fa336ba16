import { randomBytes } from 'node:crypto';
import { uuidv7, type CallOutcome, type CallRequest } from '@tutti/contracts';
import type { Plugin } from '@tutti/plugin-sdk';
import { Counters, openDatabase } from '@tutti/store';
import type { FinishedSpan } from '@tutti/telemetry';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { DataSource } from 'typeorm';
import { ConnectorHost } from '../connector-host.module.js';
import { capabilityRequest } from './requests.js';

/** Tests wait for processes that hang or end; these are long enough for a busy machine. */
const ISOLATION = {
  pluginCancelGraceMs: 1_000,
  pluginBackOffMs: 20,
  pluginBackOffMsMax: 100,
  pluginEndsMax: 20,
};

/** A connector host on a database of its own, whose spans and log lines can be looked at. */
export class TestHost {
  readonly spans: FinishedSpan[] = [];
  readonly lines: string[] = [];
  readonly counters = new Counters();
  readonly masterKey = randomBytes(32).toString('hex');
  readonly host: ConnectorHost;

  private constructor(
    readonly test: TestDatabase,
    readonly database: DataSource,
  ) {
    const log = { write: (level: string, line: string) => this.lines.push(`${level} ${line}`) };
    const spans = { write: (span: FinishedSpan) => this.spans.push(span) };
    const config = {
      masterKey: this.masterKey,
      blockPrivateAddresses: false,
      publicApiUrl: 'https://hub.example/api/',
    };
    this.host = new ConnectorHost(config, database, {
      spans,
      log,
      counters: this.counters,
      isolation: ISOLATION,
    });
  }

  static async start(...plugins: Plugin[]): Promise<TestHost> {
    const test = await createTestDatabase();
    const started = new TestHost(test, await openDatabase(test.connection));
    for (const plugin of plugins) await started.host.registry.register(plugin, '1.0.0');
    return started;
  }

  async stop(): Promise<void> {
    await this.host.close();
    const roles = (await this.database.query(
      `SELECT rolname AS name FROM pg_roles
       WHERE rolname LIKE 'tutti\\_' || left(encode(sha256(current_database()::bytea), 'hex'), 8) || '%'`,
    )) as { name: string }[];
    for (const { name } of roles)
      await this.database.query(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
    await this.database.destroy();
    await this.test.drop();
  }

  /** Stores a connection as the API does. */
  async connect(plugin: string, values: Record<string, unknown> = {}, name = 'main'): Promise<void> {
    const checked = this.host.registry.checkSettings(plugin, values);
    if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
    const sealed = this.host.secretBox.seal(checked.secrets, { workspaceId: 'default', connection: name });
    await this.database.query(
      `INSERT INTO connections (id, workspace_id, name, plugin, settings, secrets) VALUES ($1, 'default',
         $2, $3, $4, $5)
       ON CONFLICT (workspace_id, name) DO UPDATE SET settings = excluded.settings,
         secrets = excluded.secrets,
         revision = connections.revision + 1`,
      [uuidv7(), name, plugin, JSON.stringify(checked.settings), sealed],
    );
    this.host.directory.notify();
  }

  async call(
    capability: string,
    input: unknown,
    about: Partial<CallRequest> & { connection?: string } = {},
  ): Promise<CallOutcome> {
    return (await this.host.executor.execute(capabilityRequest(capability, input, about))).outcome;
  }
}
