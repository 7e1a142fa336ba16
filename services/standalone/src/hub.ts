import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessService, type Caller, CONNECTION_TESTER, createApiApp, ensureAdminToken } from '@tutti/api';
import { BusModule, InProcessBus, InProcessStrategy } from '@tutti/bus';
import {
  CollectorConfig,
  CollectorModule,
  CollectorServers,
  createLocalExporter,
  SpanIngest,
} from '@tutti/collector';
import { ConnectionTester, ConnectorHostModule, KnownSecrets } from '@tutti/connector-host';
import { OrchestratorModule, Sweeper } from '@tutti/orchestrator';
import { type DatabaseConnection, SecretBox, StoreModule } from '@tutti/store';
import { startTelemetry, type Telemetry } from '@tutti/telemetry';
import { DataSource } from 'typeorm';
import { DashboardProcess, dashboardSecret } from './dashboard-process.js';
import { type DataFolder, openDataFolder } from './data-folder.js';
import { loadExamples } from './examples/load-examples.js';
import { HubDatabase } from './hub-database.js';
import { checkPorts, freePort } from './ports.js';
import type { StandaloneConfig } from './standalone.config.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
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
    { port: config.apiPort, what: 'API', flag: '--api-port' },
    { port: config.otlpPort, what: 'OTLP over HTTP', flag: '--otlp-port' },
    { port: config.otlpGrpcPort, what: 'OTLP over gRPC', flag: '--otlp-grpc-port' },
    ...(config.dashboard ? [{ port: config.port, what: 'dashboard', flag: '--port' }] : []),
  ]);
  const folder = openDataFolder(config.dataDir);
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
  private app: NestFastifyApplication | null = null;
  private telemetry: Telemetry | null = null;
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
    const app = await this.startServices(connection, `http://${this.config.host}:${dashboardPort}`);
    const api = await app.getUrl();
    if (this.config.dashboard) await this.startDashboard(api, dashboardPort);
    if (this.config.examples)
      await loadExamples({
        app,
        folder: this.folder.path,
        examples: join(ROOT, 'examples'),
        progress: this.progress,
      });
    const { httpPort, grpcPort } = app.get(CollectorServers, { strict: false });
    const urls = {
      dashboard: this.dashboard?.url ?? null,
      api,
      otlp: `http://${this.config.host}:${httpPort}`,
      otlpGrpc: `http://${this.config.host}:${grpcPort}`,
    };
    this.writeUrls(urls);
    return {
      urls,
      signInUrl: await this.signInUrl(app, urls),
      stop: () => this.stop(),
      kill: () => this.kill(),
    };
  }

  private async startServices(
    connection: DatabaseConnection,
    dashboardUrl: string,
  ): Promise<NestFastifyApplication> {
    const { host, apiPort, otlpPort, otlpGrpcPort } = this.config;
    const bus = new InProcessBus();
    const knownSecrets = new KnownSecrets();
    const masterKey = this.folder.masterKey.toString('hex');
    const app = await createApiApp({
      config: { host, port: apiPort, dashboardUrl },
      secretBox: new SecretBox(masterKey),
      imports: [
        StoreModule.forRoot(connection),
        BusModule.forRoot(bus),
        OrchestratorModule,
        ConnectorHostModule.forRoot({ pluginFolders: [join(ROOT, 'plugins')], masterKey }, knownSecrets),
        CollectorModule.forRoot(
          CollectorConfig.parse({
            host,
            httpPort: otlpPort,
            grpcPort: otlpGrpcPort,
            token: this.config.otlpToken,
            spanDaysMax: this.config.spanDaysMax,
            spanBytesMax: this.config.spanBytesMax,
          }),
        ),
      ],
      connectionTester: {
        provide: CONNECTION_TESTER,
        inject: [ConnectionTester],
        useFactory: (tester: ConnectionTester) => ({
          test: ({ workspaceId, name }: { workspaceId: string; name: string }) =>
            tester.test(workspaceId, name),
        }),
      },
    });
    this.app = app;
    app.connectMicroservice({ strategy: new InProcessStrategy(bus) });
    await app.init();
    this.telemetry = startTelemetry({
      serviceName: 'tutti',
      serviceVersion: VERSION,
      exporter: createLocalExporter(app.get(SpanIngest, { strict: false })),
      redact: knownSecrets.redact,
    });
    await ensureAdminToken(app.get(DataSource), this.folder.adminToken);
    await app.startAllMicroservices();
    await app.listen(apiPort, host);
    await app.get(Sweeper, { strict: false }).start();
    return app;
  }

  private async startDashboard(apiUrl: string, port: number): Promise<void> {
    this.progress('starting the dashboard');
    const secret = dashboardSecret(this.folder.masterKey);
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
    writeFileSync(
      `${file}.part`,
      `${JSON.stringify({ pid: process.pid, version: VERSION, urls }, null, 2)}\n`,
    );
    renameSync(`${file}.part`, file);
  }

  /** The doors first, then the work, then the spans of that work, then the database. */
  async stop(): Promise<void> {
    const force = setTimeout(() => this.kill(), STOP_MS_MAX).unref();
    await this.dashboard?.stop();
    await this.telemetry?.forceFlush().catch(() => undefined);
    await this.app?.close();
    await this.telemetry?.shutdown().catch(() => undefined);
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
