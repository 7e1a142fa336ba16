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
import { RunStore } from './runs/run-store.js';

/** Injection token of the hot path's `pg` pool. */
export const HOT_POOL = Symbol('HOT_POOL');

@Injectable()
class HotPoolCloser implements OnApplicationShutdown {
  constructor(@Inject(HOT_POOL) private readonly pool: Pool) {}

  async onApplicationShutdown(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }
}

/**
 * Gives the data source (by class `DataSource`), the entities' repositories and the `RunStore` to every
 * module.
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
        { provide: RunStore, useFactory: (pool: Pool) => new RunStore(pool), inject: [HOT_POOL] },
        HotPoolCloser,
      ],
      exports: [RunStore, HOT_POOL, TypeOrmModule],
    };
  }
}
