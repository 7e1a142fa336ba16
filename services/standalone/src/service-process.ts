import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Health } from '@tutti/api/health';
import { Counters, StartError } from '@tutti/store';
import { awaitDatabase } from './composition/await-database.js';
import { HubLogger } from './composition/hub-logger.js';
import { kafkaTransport } from './composition/kafka-transport.js';
import type { Addresses } from './composition/role.types.js';
import { Services } from './composition/services.js';
import type { ServiceConfig, ServiceRole, WithKafka } from './config/service.config.js';
import { HealthServer } from './health/health.server.js';
import { checkPorts } from './ports.js';
import { COMPOSITIONS, type Composition } from './roles/compose-role.js';
import type { Stoppable } from './signals.js';
import { alsoTo, type OtlpTarget, targetOf } from './telemetry/second-exporter.js';
import { spoolExporter } from './telemetry/spool-exporter.js';

type Composed = Exclude<ServiceRole, 'dashboard'>;
type Config<R extends Composed> = ServiceConfig<R> & WithKafka;

/** Starts one role alone in this process, over Kafka. */
export async function startService<R extends Composed>(
  role: R,
  config: Config<R>,
  stopped: AbortSignal,
): Promise<ServiceProcess<R>> {
  const { TUTTI_HOST: host, TUTTI_HEALTH_PORT: port } = config;
  Logger.overrideLogger(new HubLogger(config.TUTTI_LOG_LEVEL));
  const composition: Composition<R> = COMPOSITIONS[role];
  await checkPorts(host, [
    { port, what: 'health', change: 'TUTTI_HEALTH_PORT=N' },
    ...composition.ports(config),
  ]);
  const service = new ServiceProcess(role, config, composition);
  try {
    await service.start(stopped);
    return service;
  } catch (error) {
    await service.stop().catch(() => undefined);
    throw error;
  }
}

/** One role with its own health port. */
export class ServiceProcess<R extends Composed> implements Stoppable {
  readonly addresses: Addresses = {};
  private readonly health = new Health();
  private readonly healthServer = new HealthServer(this.health, () => this.services?.instance() ?? null);
  private services: Services | null = null;

  constructor(
    private readonly role: R,
    private readonly config: Config<R>,
    private readonly composition: Composition<R>,
  ) {}

  async start(stopped: AbortSignal): Promise<void> {
    const { TUTTI_HOST: host, TUTTI_DATABASE_URL: url, kafka } = this.config;
    if (kafka === null) throw new StartError('TUTTI_KAFKA_BROKERS is missing.');
    // The first door of all: who probes sees a process that starts.
    const healthPort = await this.healthServer.listen(this.config.TUTTI_HEALTH_PORT, host);
    await awaitDatabase(url, stopped);
    const transport = await kafkaTransport({ name: this.role, kafka, database: { url }, stopped });
    this.services = new Services({
      name: this.role,
      roles: [await this.composition.role(this.config)],
      host,
      database: { url },
      transport,
      health: this.health,
      logger: new HubLogger(this.config.TUTTI_LOG_LEVEL),
      exporter: (app) => alsoTo(this.target(), spoolExporter(transport.bus, app.get(Counters))),
    });
    await this.services.start();
    Object.assign(this.addresses, this.services.addresses, { health: `http://${host}:${healthPort}` });
  }

  /** Not ready first, so that nobody sends new work; then everything under way; the health port last. */
  async stop(): Promise<void> {
    const { TUTTI_DRAIN_SECONDS, TUTTI_STOP_SECONDS_MAX } = this.config;
    const force = setTimeout(() => {
      console.error(`Not everything was finished within ${TUTTI_STOP_SECONDS_MAX} s; others finish it.`);
      process.exit(1);
    }, TUTTI_STOP_SECONDS_MAX * 1000).unref();
    const serving = this.health.state === 'ready';
    this.health.state = 'draining';
    if (serving) await sleep(TUTTI_DRAIN_SECONDS * 1000);
    await this.services?.stop();
    await this.healthServer.close();
    clearTimeout(force);
  }

  private target(): OtlpTarget | null {
    const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS } = this.config;
    return targetOf({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS });
  }

  kill(): void {
    // Nothing outlives this process.
  }
}
