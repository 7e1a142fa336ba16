import {
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { type DatabaseConnection, openDatabase, openHotPool } from './database.js';
import { BusStateStore } from './bus/bus-state-store.js';
import { Counters } from './bus/counters.js';
import { DeadLetterStore } from './bus/dead-letter-store.js';
import { PayloadStore } from './bus/payload-store.js';
import { ServiceInstances } from './bus/service-instances.js';
import { EventOutbox } from './events/event-outbox.js';
import { EventStore } from './events/event-store.js';
import { RunAdmission } from './places/run-admission.js';
import { RunPlaces } from './places/run-places.js';
import { RunStore } from './runs/run-store.js';
import { PluginTriggerStore } from './triggers/plugin-trigger-store.js';

/** What is made of the pool alone. */
const STORES = [
  RunStore,
  RunPlaces,
  DeadLetterStore,
  PayloadStore,
  BusStateStore,
  ServiceInstances,
  EventOutbox,
  EventStore,
  PluginTriggerStore,
] as const;

/** Injection token of the hot path's `pg` pool. */
export const HOT_POOL = Symbol('HOT_POOL');

/** Closes last, so that this process is seen to live for as long as a module of it works. */
@Injectable()
class HotPoolCloser implements OnApplicationShutdown {
  constructor(
    @Inject(HOT_POOL) private readonly pool: Pool,
    @Inject(ServiceInstances) private readonly instances: ServiceInstances,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    // Without a database the row stays, and the others see it grow old.
    await this.instances.stop().catch(() => undefined);
    if (!this.pool.ended) await this.pool.end();
  }
}

/**
 * Gives the data source (by class `DataSource`), the entities' repositories, the stores of runs and of the
 * bus, and the process's counters to every module.
 */
@Global()
@Module({})
export class StoreModule {
  static forRoot(connection: DatabaseConnection): DynamicModule {
    return {
      module: StoreModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres' as const }),
          dataSourceFactory: () => openDatabase(connection),
        }),
      ],
      providers: [
        { provide: HOT_POOL, useFactory: () => openHotPool(connection) },
        ...STORES.map((Store) => ({
          provide: Store,
          useFactory: (pool: Pool) => new Store(pool),
          inject: [HOT_POOL],
        })),
        Counters,
        {
          provide: RunAdmission,
          useFactory: (pool: Pool, places: RunPlaces, store: RunStore) =>
            new RunAdmission(pool, places, store),
          inject: [HOT_POOL, RunPlaces, RunStore],
        },
        HotPoolCloser,
      ],
      exports: [...STORES, RunAdmission, Counters, HOT_POOL, TypeOrmModule],
    };
  }
}
