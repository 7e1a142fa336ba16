import { hostname } from 'node:os';
import {
  type INestApplicationContext,
  type INestMicroservice,
  Logger,
  type LoggerService,
  Module,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ModuleImport } from '@tutti/api';
import { answers, type Health } from '@tutti/api/health';
import type { MetricsInstance } from '@tutti/api/metrics';
import { BusModule } from '@tutti/bus';
import { InstanceBus } from '@tutti/contracts';
import { Counters, type DatabaseConnection, ServiceInstances, StoreModule } from '@tutti/store';
import { type DropAwareExporter, startTelemetry, type Telemetry } from '@tutti/telemetry';
import { DataSource } from 'typeorm';
import { VERSION } from './release.js';
import type { Addresses, Role, Surroundings } from './role.types.js';
import type { Transport } from './transport.js';

export interface ServicesOptions {
  /** Under which the process is listed: its role, or what it holds all roles as. */
  name: string;
  roles: readonly Role[];
  host: string;
  database: DatabaseConnection;
  transport: Transport;
  health: Health;
  /** Absent: what Nest is told by the roles. */
  logger?: LoggerService;
  /** Where the process's own spans go. */
  exporter: (app: INestApplicationContext) => Promise<DropAwareExporter> | DropAwareExporter;
}

/** The roles that run in this process, on one database and one transport. */
export class Services {
  readonly addresses: Addresses = {};
  private app: NestFastifyApplication | INestMicroservice | null = null;
  private readonly logger = new Logger('Services');
  private telemetry: Telemetry | null = null;

  private readonly around: Surroundings;

  constructor(private readonly options: ServicesOptions) {
    const { host, health, transport } = options;
    this.around = { host, health, bus: transport.bus };
  }

  /** Resolves when all roles work. What fails half-way is closed by `stop`. */
  async start(): Promise<INestApplicationContext> {
    const { roles, health, transport } = this.options;
    const app = await this.createApp();
    this.app = app;
    if (this.options.logger) app.useLogger(this.options.logger);
    this.telemetry = await this.startTelemetry(app);
    await this.startHeartbeat(app);
    health.needs('database', answers(app.get(DataSource)));
    health.needs('bus', () =>
      transport.bus.status().connected
        ? null
        : 'The bus is not connected: its brokers do not answer, or this process has not joined its groups yet.',
    );
    await beginDelivery(app);
    for (const role of roles) Object.assign(this.addresses, await role.begin?.(app, this.around));
    health.state = 'ready';
    return app;
  }

  /**
   * Not ready first; then the doors, then the work, then the spans of that work, then the bus. The heartbeat
   * goes on until the modules are closed: others take over what a process holds as soon as it is not seen to
   * live.
   */
  async stop(): Promise<void> {
    const { health, roles, transport } = this.options;
    health.state = 'draining';
    if (this.app) for (const role of roles) await role.drain?.(this.app);
    await transport.drain();
    await this.telemetry?.forceFlush().catch(() => undefined);
    await this.app?.close();
    await this.telemetry?.shutdown().catch(() => undefined);
    await transport.close();
  }

  /** This process as its metrics show it; null before it is made. */
  instance(): MetricsInstance | null {
    const { app, options } = this;
    if (app === null) return null;
    const { id } = app.get(ServiceInstances);
    const bus = options.transport.bus.status();
    const who = { id, role: options.name, host: hostname(), version: VERSION };
    return { ...who, alive: true, bus: InstanceBus.parse(bus), counters: this.counts(app) };
  }

  /** What this process and its transport counted since they started. */
  private counts(app: INestApplicationContext): Record<string, number> {
    return { ...this.options.transport.counters(), ...app.get(Counters).read() };
  }

  private async createApp(): Promise<NestFastifyApplication | INestMicroservice> {
    const { roles, transport, database } = this.options;
    const { around } = this;
    const modules = [
      StoreModule.forRoot(database),
      BusModule.forRoot(transport.bus),
      ...roles.flatMap((role) => role.modules(around)),
    ];
    const { strategy } = transport;
    const withHttp = roles.find((role) => 'application' in role);
    if (!withHttp?.application)
      return NestFactory.createMicroservice(rootOf(modules), {
        strategy,
        logger: ['error', 'warn', 'fatal'],
      });
    const app = await withHttp.application(around, modules);
    app.connectMicroservice({ strategy });
    return app;
  }

  /** The others tell by it whether this process lives; what it holds is theirs when it does not. */
  private async startHeartbeat(app: INestApplicationContext): Promise<void> {
    const { name, health, transport } = this.options;
    const report = () => ({ state: health.state, bus: transport.bus.status(), counters: this.counts(app) });
    const failed = (error: Error) => this.logger.warn(`A heartbeat failed: ${error.message}`);
    await app.get(ServiceInstances).start({ role: name, version: VERSION }, report, failed);
  }

  private async startTelemetry(app: INestApplicationContext): Promise<Telemetry> {
    const redact = this.options.roles.find((role) => role.redact)?.redact;
    return startTelemetry({
      serviceName: 'tutti',
      serviceVersion: VERSION,
      exporter: await this.options.exporter(app),
      ...(redact ? { redact } : {}),
    });
  }
}

/** From here on handlers get messages. */
async function beginDelivery(app: NestFastifyApplication | INestMicroservice): Promise<void> {
  if (!('startAllMicroservices' in app)) {
    await app.listen();
    return;
  }
  await app.init();
  await app.startAllMicroservices();
}

function rootOf(imports: ModuleImport[]): new () => object {
  class ProcessModule {}
  Module({ imports })(ProcessModule);
  return ProcessModule;
}
