// The process under measurement: a collector on an embedded database of its own, as standalone starts it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CollectorConfig, CollectorModule, CollectorServers } from '@tutti/collector';
import { HOT_POOL, StoreModule, startEmbeddedPostgres } from '@tutti/store';

const folder = mkdtempSync(join(tmpdir(), 'tutti-bench-otlp-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
class Bench {}
const config = CollectorConfig.parse({ httpPort: 0, grpcPort: 0 });
Module({ imports: [StoreModule.forRoot(postgres.connection), CollectorModule.forRoot(config)] })(Bench);
const app = await NestFactory.createApplicationContext(Bench, { logger: ['error'] });
const pool = app.get(HOT_POOL);

async function obey(message) {
  if (message === 'count')
    process.send({ count: (await pool.query('SELECT count(*)::int AS n FROM spans')).rows[0].n });
  if (message === 'stop') {
    await app.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  }
}

process.on('message', (message) => void obey(message));
process.send({ port: app.get(CollectorServers).httpPort, pid: process.pid, databasePid: postgres.pid });
