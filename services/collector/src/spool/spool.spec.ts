import { Bus, BusModule, type BusStatus, decodeSpooled, encodeSpooled, type TopicMessages } from '@tutti/bus';
import { StoreModule } from '@tutti/store';
import { createTestDatabase, eventually, type TestDatabase } from '@tutti/testing';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { hexId, logsExample, traceExample } from '../../test/examples.js';
import { CollectorConfig } from '../collector.config.js';
import { CollectorModule, CollectorServers } from '../collector.module.js';
import { SpoolController } from './spool.controller.js';
import { SpoolIntake } from './spool-intake.js';

/** Keeps what is published until the test hands it on, as a broker does; `away`: it does not answer. */
class HeldBus extends Bus {
  readonly held: Uint8Array[] = [];
  away = false;

  async publish<T extends keyof TopicMessages>(_: T, messages: readonly TopicMessages[T][]): Promise<void> {
    if (this.away) await new Promise(() => undefined);
    this.held.push(...(messages as readonly Uint8Array[]));
  }

  subscribe(): () => void {
    return () => undefined;
  }

  status(): BusStatus {
    const shards = { owned: [], count: 0 };
    return { transport: 'kafka', connected: true, sending: 0, handling: 0, lag: {}, shards };
  }
}

describe('telemetry over the bus', () => {
  const bus = new HeldBus();
  let database: TestDatabase;
  let app: INestApplicationContext;
  let spool: SpoolController;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const config = CollectorConfig.parse({ httpPort: 0, grpcPort: 0 });
    class TestModule {}
    Module({
      imports: [
        StoreModule.forRoot(database.connection),
        BusModule.forRoot(bus),
        CollectorModule.forRoot(config, 'bus'),
      ],
    })(TestModule);
    app = await NestFactory.createApplicationContext(TestModule, { logger: ['error'] });
    spool = app.get(SpoolController, { strict: false });
    url = `http://127.0.0.1:${app.get(CollectorServers).httpPort}`;
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });
  beforeEach(() => {
    bus.held.length = 0;
  });

  async function send(
    path: string,
    body: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  const spansOf = async (traceId: string) => {
    const rows = await app
      .get(DataSource)
      .query<{ n: number }[]>('SELECT count(*)::int AS n FROM spans WHERE trace_id = $1::uuid', [traceId]);
    return rows[0]?.n;
  };

  it('acknowledges when the bus has it, and stores it when it comes from there, once', async () => {
    const traceId = hexId(16);
    expect((await send('/v1/traces', traceExample({ traceId }))).status).toBe(200);
    expect(bus.held).toHaveLength(1);
    expect(await spansOf(traceId)).toBe(0);
    await Promise.all(spool.take([...bus.held, ...bus.held]));
    expect(await spansOf(traceId)).toBe(1);
  });

  it('carries metrics and logs too', async () => {
    expect((await send('/v1/logs', logsExample())).status).toBe(200);
    const [message] = bus.held as [Uint8Array];
    expect(await decodeSpooled(message, 1_000_000)).toMatchObject({ signal: 'logs', encoding: 'json' });
    await Promise.all(spool.take(bus.held));
    const rows = await app
      .get(DataSource)
      .query<{ value: string }[]>(`SELECT value FROM telemetry_counters WHERE name = 'log_records.accepted'`);
    expect(Number(rows[0]?.value)).toBeGreaterThan(0);
  });

  it('refuses at the door what can be neither read nor stored', async () => {
    expect((await send('/v1/traces', '{')).status).toBe(400);
    expect(bus.held).toHaveLength(0);
    const old = await send('/v1/traces', traceExample({ agoMs: 40 * 86_400_000 }));
    expect(old).toMatchObject({
      status: 200,
      body: { partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('days ago') } },
    });
  });

  it('rejects a message that is none, so that it becomes a dead letter, and takes the others', async () => {
    const traceId = hexId(16);
    await send('/v1/traces', traceExample({ traceId }));
    const unreadable = await encodeSpooled({
      signal: 'traces',
      encoding: 'protobuf',
      fromHub: false,
      body: Buffer.from('no protobuf'),
    });
    const bomb = await encodeSpooled({
      signal: 'traces',
      encoding: 'json',
      fromHub: false,
      body: Buffer.alloc(21 * 1024 ** 2),
    });
    const results = await Promise.allSettled(
      spool.take([Buffer.from('garbage'), unreadable, bomb, ...bus.held]),
    );
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
    expect(String((results[0] as PromiseRejectedResult).reason)).toContain('begins with the byte 103');
    expect(await spansOf(traceId)).toBe(1);
  });

  it('keeps what it took while the database is away, and takes more meanwhile', async () => {
    const pool = app.get(DataSource);
    const traceId = hexId(16);
    await pool.query('ALTER TABLE spans RENAME TO spans_away');
    expect((await send('/v1/traces', traceExample({ traceId }))).status).toBe(200);
    const stored = Promise.all(spool.take(bus.held));
    await pool.query('ALTER TABLE spans_away RENAME TO spans');
    await stored;
    await eventually(async () => (await spansOf(traceId)) === 1);
  });

  it('asks senders to come again while the bus is away, with a bound on what waits', async () => {
    const away = new HeldBus();
    away.away = true;
    const intake = new SpoolIntake(away, { publishMsMax: 20, pendingBytesMax: 1_000 });
    const body = Buffer.from(JSON.stringify(traceExample()));
    await expect(intake.accept('traces', 'json', body)).rejects.toMatchObject({ reason: 'unavailable' });
    await expect(intake.accept('traces', 'json', body)).rejects.toMatchObject({ reason: 'overloaded' });
  });
});
