import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessService, type Caller } from '@tutti/api';
import { Health } from '@tutti/api/health';
import { eventSinks } from '@tutti/bus';
import { createLocalExporter, SpanIngest } from '@tutti/collector';
import { Counters, type DatabaseConnection } from '@tutti/store';
import type { DropAwareExporter } from '@tutti/telemetry';
import { ROOT, VERSION } from './composition/release.js';
import { Services } from './composition/services.js';
import { HubLogger } from './composition/hub-logger.js';
import { kafkaTransport } from './composition/kafka-transport.js';
import { inProcessTransport, type Transport } from './composition/transport.js';
import { DashboardProcess } from './dashboard-process.js';
import { type DataFolder, openDataFolder } from './data-folder.js';
import { loadExamples, markIn } from './examples/load-examples.js';
import { HubDatabase } from './hub-database.js';
import { checkPorts, freePort } from './ports.js';
import { apiRole } from './roles/api.role.js';
import { collectorRole } from './roles/collector.role.js';
import {
  connectorHostRole,
  localHookReader,
  localSignIns,
  localTester,
} from './roles/connector-host.role.js';
import { orchestratorRole } from './roles/orchestrator.role.js';
import type { StandaloneConfig } from './standalone.config.js';
import { alsoTo } from './telemetry/second-exporter.js';
import { spoolExporter } from './telemetry/spool-exporter.js';

/** Who acts when the hub itself does something at start. */
const HUB: Caller = { workspaceId: 'default', subject: 'hub', kind: 'admin', tokenId: 'hub' };
/** A stop that takes longer than this is not waited for: what was accepted is in the database. */
const STOP_MS_MAX = 20_000;

export interface HubUrls {
  dashboard: string | null;
  api: string;
  otlp: string;
  otlpGrpc: string;
}

export interface RunningHub {
  urls: HubUrls;
  /** A one-time link, only when there is a dashboard. */
  signInUrl: string | null;
  /** Drains and ends everything; the database last. */
  stop(): Promise<void>;
  /** Ends the children at once, for a forced exit. */
  kill(): void;
}

/** Called with each step of the start, for the person who waits. */
export type Progress = (step: string) => void;

/**
 * Starts the whole hub in this process: database, orchestrator, connector host, collector, API, and the
 * dashboard as a child.
 */
export async function startHub(
  config: StandaloneConfig,
  progress: Progress = () => undefined,
): Promise<RunningHub> {
  await checkPorts(config.host, [
    { port: config.apiPort, what: 'API', change: '--api-port N' },
    { port: config.otlpPort, what: 'OTLP over HTTP', change: '--otlp-port N' },
    { port: config.otlpGrpcPort, what: 'OTLP over gRPC', change: '--otlp-grpc-port N' },
    ...(config.dashboard ? [{ port: config.port, what: 'dashboard', change: '--port N' }] : []),
  ]);
  // Between processes more can go wrong than in one, and the start may wait: then it says so.
  if (config.kafka !== null) Logger.overrideLogger(new HubLogger(config.logLevel));
  const folder = openDataFolder(config.dataDir, config.keys);
  const hub = new Hub(config, folder, progress);
  try {
    return await hub.start();
  } catch (error) {
    await hub.stop().catch(() => undefined);
    throw error;
  }
}

class Hub {
  private readonly database: HubDatabase;
  private services: Services | null = null;
  private dashboard: DashboardProcess | null = null;

  constructor(
    private readonly config: StandaloneConfig,
    private readonly folder: DataFolder,
    private readonly progress: Progress,
  ) {
    this.database = new HubDatabase(
      config.databaseUrl ? { url: config.databaseUrl } : { dataDir: join(folder.path, 'postgres') },
    );
  }

  async start(): Promise<RunningHub> {
    this.progress(this.folder.fresh ? 'making the database' : 'starting the database');
    const connection = await this.database.start();
    this.progress('starting the hub');
    // The dashboard's address is part of sign-in links, so its port is fixed before the API starts.
    const { dashboard, host, port } = this.config;
    const dashboardPort = dashboard && port === 0 ? await freePort(host) : port;
    this.services = this.compose(connection, await this.transport(connection), dashboardPort);
    const app = (await this.services.start()) as NestFastifyApplication;
    const { API: api = '', OTLP: otlp = '', 'OTLP/gRPC': otlpGrpc = '' } = this.services.addresses;
    if (dashboard) await this.startDashboard(api, dashboardPort);
    if (this.config.examples) await this.loadExamples(app);
    const urls = { dashboard: this.dashboard?.url ?? null, api, otlp, otlpGrpc };
    this.writeUrls(urls);
    return {
      urls,
      signInUrl: await this.signInUrl(app, urls),
      stop: () => this.stop(),
      kill: () => this.kill(),
    };
  }

  private transport(database: DatabaseConnection): Transport | Promise<Transport> {
    const { kafka } = this.config;
    return kafka === null
      ? inProcessTransport(database)
      : kafkaTransport({ name: 'standalone', kafka, database });
  }

  /** All roles in this process. */
  private compose(database: DatabaseConnection, transport: Transport, dashboardPort: number): Services {
    const { host, apiPort, otlpPort, otlpGrpcPort, otlpToken, spanDaysMax, spanBytesMax } = this.config;
    const { unstartedRunsOfWorkflowMax, waitingRunsOfWorkflowMax, waitingRunsMax } = this.config;
    const { allowProcesses, allowContainers, documentFolder = null, publicApiUrl = null } = this.config;
    const processes = { allowProcesses, allowContainers };
    const { egressMap, blockPrivateAddresses } = this.config;
    const network = { egressMap, blockPrivateAddresses };
    const { adminToken } = this.folder;
    const dashboardUrl = this.config.publicUrl ?? `http://${host}:${dashboardPort}`;
    const keys = {
      masterKey: this.folder.masterKey.toString('hex'),
      previousKey: this.folder.previousKey?.toString('hex'),
      lostKeyId: this.config.keys.lostKeyId,
    };
    const spans = { token: otlpToken, spanDaysMax, spanBytesMax };
    const intake = this.config.kafka === null ? 'database' : 'bus';
    return new Services({
      name: 'standalone',
      host,
      database,
      transport,
      health: new Health(),
      exporter: (app) => this.exporter(app, transport),
      ...(this.config.kafka === null ? {} : { logger: new HubLogger(this.config.logLevel) }),
      roles: [
        apiRole({
          port: apiPort,
          dashboardUrl,
          publicUrl: this.config.publicUrl,
          keys,
          adminToken,
          connectionTester: localTester,
          connectionSignIns: localSignIns,
          hookReader: localHookReader,
          ...network,
          references: this.config.references,
          switchedOff: [
            ...(allowProcesses ? [] : (['processes'] as const)),
            ...(allowContainers ? [] : (['containers'] as const)),
          ],
          plugins: {
            registry: this.config.pluginRegistry,
            token: this.config.pluginRegistryToken,
            allowed: this.config.pluginsAllowed,
            requireProvenance: this.config.pluginsRequireProvenance,
            trusted: this.config.pluginsTrusted,
          },
          mcp: { workflows: this.config.mcpWorkflows, origins: this.config.mcpOrigins },
          door: { unstartedRunsOfWorkflowMax, waitingRunsOfWorkflowMax, waitingRunsMax },
          kafka: this.config.kafka,
        }),
        orchestratorRole(eventSinks(this.config.kafka, this.config.eventTarget)),
        connectorHostRole({
          ...keys,
          ...this.config.references,
          ...network,
          ...processes,
          documentFolder,
          publicApiUrl,
        }),
        collectorRole({ httpPort: otlpPort, grpcPort: otlpGrpcPort, ...spans, intake }),
      ],
    });
  }

  /** In one process the spans need no encoding; over a bus they go the way of all processes. */
  private exporter(app: INestApplicationContext, { bus }: Transport): Promise<DropAwareExporter> {
    const { kafka, otlpTarget } = this.config;
    const main =
      kafka === null
        ? createLocalExporter(app.get(SpanIngest, { strict: false }))
        : spoolExporter(bus, app.get(Counters));
    return alsoTo(otlpTarget, main);
  }

  /** What could not be loaded is tried again at the next start. */
  private async loadExamples(app: NestFastifyApplication): Promise<void> {
    const { progress } = this;
    const mark = markIn(this.folder.path);
    const failure = await loadExamples({ app, mark, examples: join(ROOT, 'examples'), progress });
    if (failure) new Logger('Examples').error(failure);
  }

  private async startDashboard(apiUrl: string, port: number): Promise<void> {
    this.progress('starting the dashboard');
    const { dashboardSecret: secret } = this.folder;
    this.dashboard = new DashboardProcess({ host: this.config.host, port, apiUrl, secret });
    await this.dashboard.start();
  }

  private async signInUrl(app: NestFastifyApplication, urls: HubUrls): Promise<string | null> {
    if (!urls.dashboard) return null;
    return (await app.get(AccessService, { strict: false }).createSignInLink(HUB, 'start')).url;
  }

  /** Tells the command line where this hub is, so that it need not be told ports. */
  private writeUrls(urls: HubUrls): void {
    const file = join(this.folder.path, 'hub.json');
    const { blockPrivateAddresses } = this.config;
    writeFileSync(
      `${file}.part`,
      `${JSON.stringify({ pid: process.pid, version: VERSION, urls, blockPrivateAddresses }, null, 2)}\n`,
    );
    renameSync(`${file}.part`, file);
  }

  /** The services first, the database last. */
  async stop(): Promise<void> {
    const force = setTimeout(() => this.kill(), STOP_MS_MAX).unref();
    await this.dashboard?.stop();
    await this.services?.stop();
    await this.database.stop();
    this.folder.release();
    clearTimeout(force);
  }

  kill(): void {
    void this.dashboard?.stop();
    void this.database.stop(true);
    this.folder.release();
  }
}
