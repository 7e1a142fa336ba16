import { uuidv7, type CallRequest } from '@tutti/contracts';
import { Counters, openDatabase } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { CallIntake } from '../calls/call-intake.js';
import { SettledPublisher } from '../calls/settled-publisher.js';
import { ClaimStore } from '../claims/claim-store.js';
import { Claims } from '../claims/claims.js';
import { LimitStore } from '../gates/limit-store.js';
import { ConnectorHost } from '../connector-host.module.js';
import { TestBus } from './test-bus.js';
import { TestHost } from './test-host.js';
import { testPlugin } from './test-plugin.js';

const POLL_MS = 20;

/** One of several hosts over one database, with what it counts and publishes. */
export class HostInstance {
  readonly id = uuidv7();
  readonly bus = new TestBus();
  readonly counters = new Counters();
  readonly statements: string[] = [];
  readonly host: ConnectorHost;
  readonly intake: CallIntake;
  readonly claims: Claims;
  /** What the database answers instead of working, once each. */
  readonly failures: Error[] = [];

  /** The database as claims and limits use it. */
  readonly #watched = {
    query: (sql: string, parameters?: unknown[]) => this.#query(sql, parameters),
  } as Pick<DataSource, 'query'>;

  private constructor(
    readonly database: DataSource,
    masterKey: string,
  ) {
    const { counters } = this;
    const silent = { spans: { write: () => undefined }, log: { write: () => undefined }, counters };
    this.host = new ConnectorHost({ masterKey, blockPrivateAddresses: false }, database, silent);
    const store = new ClaimStore(
      { query: (sql, parameters) => this.#query(sql, parameters) } as never,
      this.id,
    );
    this.claims = new Claims({ store, counters: this.counters, pollMs: POLL_MS });
    const publisher = new SettledPublisher(this.bus);
    const { executor } = this.host;
    this.intake = new CallIntake({ executor, publisher, counters: this.counters, claims: this.claims });
  }

  static async start(of: TestHost): Promise<HostInstance> {
    const instance = new HostInstance(await openDatabase(of.test.connection), of.masterKey);
    await instance.host.registry.register(testPlugin, '1.0.0');
    await instance.seen();
    return instance;
  }

  /** Keeps the limits of connections together with the other hosts. */
  async share(): Promise<void> {
    await this.host.gates.share(new LimitStore(this.#watched, this.id));
  }

  /** This instance was seen so long ago. */
  async seen(ago = '0 seconds'): Promise<void> {
    await this.database.query(
      `INSERT INTO service_instances (id, role, host, pid, version, state)
       VALUES ($1, 'connector-host', 'test', 1, '1', 'ready')
       ON CONFLICT (id) DO NOTHING`,
      [this.id],
    );
    await this.database.query(
      'UPDATE service_instances SET seen_at = clock_timestamp() - $2::interval WHERE id = $1',
      [this.id, ago],
    );
  }

  /** Takes calls in and watches which of them are done. */
  accept(requests: CallRequest[], repeat = false): Watched[] {
    return this.intake
      .accept(
        requests,
        requests.map(() => repeat),
      )
      .map(watched);
  }

  async stop(): Promise<void> {
    await this.intake.drain(0);
    await this.host.close();
    await this.database.destroy();
  }

  #query(sql: string, parameters?: unknown[]): Promise<unknown> {
    this.statements.push(sql);
    const failure = this.failures.shift();
    return failure === undefined ? this.database.query(sql, parameters) : Promise.reject(failure);
  }
}

export interface Watched {
  done: boolean;
  failed: unknown;
  promise: Promise<void>;
}

function watched(promise: Promise<void>): Watched {
  const call: Watched = { done: false, failed: undefined, promise };
  promise.then(
    () => (call.done = true),
    (error: unknown) => (call.failed = error),
  );
  return call;
}
