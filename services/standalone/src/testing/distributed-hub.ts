import { randomBytes } from 'node:crypto';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@tutti/store';
import type { TestKafka } from '@tutti/testing';
import type { ServiceRole } from '../config/service.config.js';
import { type Answer, callApi, type CallOptions } from './api-caller.js';
import { temporaryFolder } from './hub-process.js';
import { deleteTopics } from './kafka-topics.js';
import { ServiceUnderTest } from './service-process.js';

export interface DistributedHubOptions {
  /** How many processes of each role; one where nothing is said. */
  orchestrators?: number;
  hosts?: number;
  apis?: number;
  collectors?: number;
  kafka: TestKafka;
  /**
   * A database of the caller's own; otherwise the hub has its own server, which can be stopped and started.
   */
  databaseUrl?: string;
  /** Further variables for every process. */
  environment?: Readonly<Record<string, string>>;
}

type Role = Exclude<ServiceRole, 'dashboard'>;

/** Few, because every test makes its own topics. */
const PARTITIONS = '4';
/** Six processes with their pools, and what the tests open besides. */
const DATABASE_SETTINGS = { max_connections: '400', fsync: 'off', full_page_writes: 'off' };

/**
 * The hub as separate processes over a real Kafka and PostgreSQL, each of which can be killed and started
 * again.
 */
export class DistributedHub {
  /** All processes that were started, by role, those that ended too. */
  readonly processes: Readonly<Record<Role, ServiceUnderTest[]>> = {
    api: [],
    orchestrator: [],
    'connector-host': [],
    collector: [],
  };
  readonly token = `test-${randomBytes(24).toString('base64url')}`;
  private readonly masterKey = randomBytes(32).toString('hex');
  private readonly folder = temporaryFolder();
  private postgres: EmbeddedPostgres | null = null;
  databaseUrl = '';

  private constructor(private readonly options: DistributedHubOptions) {}

  /** The database, and no process yet. */
  static async prepare(options: DistributedHubOptions): Promise<DistributedHub> {
    const hub = new DistributedHub(options);
    if (options.databaseUrl === undefined) await hub.startDatabase();
    else hub.databaseUrl = options.databaseUrl;
    return hub;
  }

  static async start(options: DistributedHubOptions): Promise<DistributedHub> {
    const hub = await DistributedHub.prepare(options);
    try {
      const { apis = 1, orchestrators = 1, hosts = 1, collectors = 1 } = options;
      const wanted: [Role, number][] = [
        ['orchestrator', orchestrators],
        ['connector-host', hosts],
        ['collector', collectors],
        ['api', apis],
      ];
      await Promise.all(
        wanted.flatMap(([role, count]) => Array.from({ length: count }, () => hub.start(role))),
      );
      return hub;
    } catch (error) {
      await hub.stop();
      throw error;
    }
  }

  /** The first API that runs. */
  get api(): string {
    return this.apis[0] ?? '';
  }

  get apis(): string[] {
    return this.processes.api.flatMap(({ running, addresses }) => (running ? (addresses.API ?? []) : []));
  }

  get otlp(): string {
    return this.processes.collector.find(({ running }) => running)?.addresses.OTLP ?? '';
  }

  /** Starts one more process of a role; resolves when it is ready. */
  start(role: Role, environment: Readonly<Record<string, string>> = {}): Promise<ServiceUnderTest> {
    return this.launch(role, environment).untilReady();
  }

  /** The same without waiting. */
  launch(role: Role, environment: Readonly<Record<string, string>> = {}): ServiceUnderTest {
    const service = new ServiceUnderTest(role, { ...this.environmentOf(role), ...environment });
    this.processes[role].push(service);
    return service;
  }

  /** Ends the i-th process that was started of a role: killed at once, or as a platform stops it. */
  kill(role: Role, i = 0, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | string> {
    return this.at(role, i).end(signal);
  }

  /** Puts a new process in the place of one that ended, on the same ports. */
  async restart(role: Role, i = 0): Promise<ServiceUnderTest> {
    const before = this.at(role, i);
    const service = new ServiceUnderTest(role, { ...before.environment, ...portsOf(before) });
    this.processes[role][i] = service;
    return service.untilReady();
  }

  at(role: Role, i: number): ServiceUnderTest {
    const service = this.processes[role][i];
    if (service === undefined) throw new Error(`There is no ${role} ${i}.`);
    return service;
  }

  /** A request to the API with the admin token; JSON in and out. `api`: which of several APIs. */
  call(method: string, path: string, options: CallOptions & { api?: string } = {}): Promise<Answer> {
    return callApi({ api: options.api ?? this.api, token: this.token }, [method, path], options);
  }

  async startDatabase(): Promise<void> {
    const dataDir = `${this.folder.path}/postgres`;
    this.postgres = await startEmbeddedPostgres({ dataDir, settings: DATABASE_SETTINGS });
    const { host, user, database } = this.postgres.connection;
    this.databaseUrl = `postgres://${user}@localhost/${database}?host=${host}`;
  }

  /** Only of a hub that has its own server. */
  async stopDatabase(): Promise<void> {
    await this.postgres?.stop();
    this.postgres = null;
  }

  /** What all processes said, for a test that fails. */
  get output(): string {
    return Object.values(this.processes)
      .flat()
      .map(({ role, pid, output }) => `--- ${role} ${pid}\n${output}`)
      .join('\n');
  }

  /** Ends everything and removes what it left: processes, topics, the database. */
  async stop(): Promise<void> {
    await Promise.all(
      Object.values(this.processes)
        .flat()
        .map((service) => service.end('SIGKILL')),
    );
    await this.stopDatabase();
    await deleteTopics(this.options.kafka);
    this.folder.remove();
  }

  /** What a process of the role is told; ports are free ones. */
  environmentOf(role: Role): Record<string, string> {
    const { kafka, environment } = this.options;
    return {
      TUTTI_DATABASE_URL: this.databaseUrl,
      TUTTI_KAFKA_BROKERS: kafka.bootstrap,
      TUTTI_KAFKA_PREFIX: kafka.prefix,
      TUTTI_KAFKA_PARTITIONS: PARTITIONS,
      TUTTI_HEALTH_PORT: '0',
      ...(role === 'api' || role === 'connector-host' ? { TUTTI_MASTER_KEY: this.masterKey } : {}),
      ...(role === 'api' ? { TUTTI_ADMIN_TOKEN: this.token, TUTTI_API_PORT: '0' } : {}),
      ...(role === 'collector' ? { TUTTI_OTLP_PORT: '0', TUTTI_OTLP_GRPC_PORT: '0' } : {}),
      ...environment,
    };
  }
}

/** The ports that a process had, for the one that takes its place. */
function portsOf({ addresses }: ServiceUnderTest): Record<string, string> {
  const names = { API: 'TUTTI_API_PORT', OTLP: 'TUTTI_OTLP_PORT', 'OTLP/gRPC': 'TUTTI_OTLP_GRPC_PORT' };
  return Object.fromEntries(
    Object.entries(names).flatMap(([what, variable]) => {
      const address = addresses[what];
      return address === undefined ? [] : [[variable, new URL(address).port]];
    }),
  );
}
