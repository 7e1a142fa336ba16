import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HOT_POOL, StoreModule } from '@tutti/store';
import { createTestDatabase } from '@tutti/testing';
import type { Pool } from 'pg';
import { CollectorConfig } from '../src/collector.config.js';
import { CollectorModule, CollectorServers } from '../src/collector.module.js';
import { SpanIngest } from '../src/ingest/span-ingest.js';

/** A collector on a database of its own, on free ports. */
export async function startCollector(overrides: Partial<CollectorConfig> = {}) {
  const database = await createTestDatabase();
  const config = CollectorConfig.parse({ httpPort: 0, grpcPort: 0, ...overrides });
  class TestModule {}
  Module({ imports: [StoreModule.forRoot(database.connection), CollectorModule.forRoot(config)] })(
    TestModule,
  );
  const app = await NestFactory.createApplicationContext(TestModule, { logger: ['error'] });
  const servers = app.get(CollectorServers);
  const pool = app.get<Pool>(HOT_POOL);
  return {
    app,
    connection: database.connection,
    pool,
    ingest: app.get(SpanIngest),
    url: `http://127.0.0.1:${servers.httpPort}`,
    grpcAddress: `127.0.0.1:${servers.grpcPort}`,
    rows: async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
      (await pool.query(sql, values)).rows as T[],
    stop: async (): Promise<void> => {
      await app.close();
      await database.drop();
    },
  };
}

export type TestCollector = Awaited<ReturnType<typeof startCollector>>;
