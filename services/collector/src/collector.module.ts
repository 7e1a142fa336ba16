import {
  type DynamicModule,
  Inject,
  Injectable,
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { ensurePartition, HOT_POOL, SpanStore } from '@tutti/store';
import { flushTelemetry } from '@tutti/telemetry';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { COLLECTOR_CONFIG, type CollectorConfig } from './collector.config.js';
import { OtlpGrpcServer } from './grpc/otlp-grpc.server.js';
import { OtlpHttpServer } from './http/otlp-http.server.js';
import { SpanIngest } from './ingest/span-ingest.js';
import { OtlpIntake, type TelemetryIntake } from './intake/otlp-intake.js';
import { SpanMaintenance } from './maintenance/span-maintenance.js';
import { SpoolController } from './spool/spool.controller.js';
import { SpoolIntake, type SpoolLimits } from './spool/spool-intake.js';

/** Injection token of the intake that the receivers hand to. */
const DOOR = Symbol('TELEMETRY_DOOR');

/** Addresses that only this machine reaches. */
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** Starts the receivers with the application and drains them before it ends. */
@Injectable()
export class CollectorServers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Collector');
  /** The ports that are listened on; 0 before the start. */
  httpPort = 0;
  grpcPort = 0;

  constructor(
    @Inject(OtlpHttpServer) private readonly http: OtlpHttpServer,
    @Inject(OtlpGrpcServer) private readonly grpc: OtlpGrpcServer,
    @Inject(SpanIngest) private readonly ingest: SpanIngest,
    @Inject(SpanMaintenance) private readonly maintenance: SpanMaintenance,
    @Inject(COLLECTOR_CONFIG) private readonly config: CollectorConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.httpPort = await this.http.listen();
    this.grpcPort = await this.grpc.listen();
    this.maintenance.start();
    if (this.config.token === undefined && !LOOPBACK.test(this.config.host)) {
      this.#logger.warn(
        `OTLP is open to everybody who reaches ${this.config.host}; set TUTTI_OTLP_TOKEN to ask senders for a token.`,
      );
    }
    this.#logger.log(`OTLP is received on port ${this.httpPort} (HTTP) and ${this.grpcPort} (gRPC)`);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.maintenance.stop();
    await Promise.all([this.http.close(), this.grpc.close()]);
    // The hub's own last spans, while the database is still open.
    await flushTelemetry().catch((error: Error) =>
      this.#logger.warn(`The last spans were not stored: ${error.message}`),
    );
    await this.ingest.idle();
  }
}

/**
 * Receives telemetry and stores it. Needs StoreModule in the application. Exports SpanIngest and the ports.
 */
@Module({})
export class CollectorModule {
  /**
   * `intake`: whether requests are acknowledged when they are in the database, or when the bus keeps them
   * (which needs BusModule; the database may be away then).
   */
  static forRoot(config: CollectorConfig, intake: 'database' | 'bus' = 'database'): DynamicModule {
    return {
      module: CollectorModule,
      controllers: intake === 'bus' ? [SpoolController] : [],
      providers: [
        { provide: COLLECTOR_CONFIG, useValue: config },
        { provide: SpanIngest, useFactory: createIngest, inject: [HOT_POOL, DataSource, COLLECTOR_CONFIG] },
        {
          provide: OtlpIntake,
          useFactory: (ingest: SpanIngest) => new OtlpIntake(ingest),
          inject: [SpanIngest],
        },
        intake === 'bus'
          ? {
              provide: DOOR,
              useFactory: (bus: Bus) => new SpoolIntake(bus, spoolLimits(config)),
              inject: [Bus],
            }
          : { provide: DOOR, useExisting: OtlpIntake },
        {
          provide: OtlpHttpServer,
          useFactory: (door: TelemetryIntake) => new OtlpHttpServer(door, config),
          inject: [DOOR],
        },
        {
          provide: OtlpGrpcServer,
          useFactory: (door: TelemetryIntake) => new OtlpGrpcServer(door, config),
          inject: [DOOR],
        },
        {
          provide: SpanMaintenance,
          useFactory: (dataSource: DataSource, pool: Pool) => new SpanMaintenance(dataSource, pool, config),
          inject: [DataSource, HOT_POOL],
        },
        CollectorServers,
      ],
      exports: [SpanIngest, CollectorServers],
    };
  }
}

function spoolLimits(config: CollectorConfig): Pick<SpoolLimits, 'ageDaysMax'> {
  return { ageDaysMax: config.spanDaysMax };
}

/** The ingest on the hub's own database. */
export function createIngest(
  pool: Pool,
  dataSource: DataSource,
  config: Pick<CollectorConfig, 'spanDaysMax'>,
): SpanIngest {
  const ensureDay = async (dayMs: number) => {
    await ensurePartition(dataSource, 'spans', dayMs);
    await ensurePartition(dataSource, 'span_minutes', dayMs);
  };
  return new SpanIngest(new SpanStore(pool), ensureDay, { ageDaysMax: config.spanDaysMax });
}
