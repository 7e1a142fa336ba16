import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { hexId, traceExample } from '../test/examples.js';
import { startCollector, type TestCollector } from '../test/collector-under-test.js';

const TRACES_MIN = 60;
const TRACES_MAX = 2_000;
const KILLS_MIN = 3;
const RETRIES_MAX = 400;
const KILLS_MAX = 12;

describe('a collector that loses its database connections under load', () => {
  let collector: TestCollector;
  beforeAll(async () => {
    collector = await startCollector();
  });
  afterAll(() => collector.stop());

  /** A sender that repeats a request as OTLP wants it: the same bytes, until it is acknowledged. */
  async function deliver(traceId: string): Promise<number> {
    const body = JSON.stringify(traceExample({ traceId }));
    for (let attempt = 1; attempt <= RETRIES_MAX; attempt++) {
      const response = await fetch(`${collector.url}/v1/traces`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      await response.arrayBuffer();
      if (response.status === 200) return attempt;
      expect(response.status).toBe(503);
      await sleep(5);
    }
    throw new Error('The request was never acknowledged.');
  }

  it('has every acknowledged span stored and counted exactly once', async () => {
    const [database] = await collector.rows<{ name: string }>('SELECT current_database() AS name');
    const client = new Client({ ...(collector.connection as object), database: database?.name });
    await client.connect();
    let kills = 0;
    let over = false;
    const killer = (async () => {
      while (!over && kills < KILLS_MAX) {
        const { rowCount } = await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'tutti-hot' AND state = 'active'`,
        );
        kills += rowCount ?? 0;
        await sleep(2);
      }
    })();
    let sent = 0;
    while (sent < TRACES_MIN || (kills < KILLS_MIN && sent < TRACES_MAX)) {
      await Promise.all(Array.from({ length: 10 }, () => deliver(hexId(16))));
      sent += 10;
    }
    over = true;
    await killer;
    await client.end();
    expect(kills).toBeGreaterThanOrEqual(KILLS_MIN);
    const [stored] = await collector.rows<{ spans: number; counted: number; rolled: number }>(
      `SELECT (SELECT count(*)::int FROM spans) AS spans,
         (SELECT value::int FROM telemetry_counters WHERE name = 'spans.accepted') AS counted,
         (SELECT sum(spans)::int FROM span_minutes) AS rolled`,
    );
    expect(stored).toEqual({ spans: sent, counted: sent, rolled: sent });
  });
});
