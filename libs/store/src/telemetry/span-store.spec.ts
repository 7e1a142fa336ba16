import { newSpanId, newTraceId } from '@tutti/contracts';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import fc from 'fast-check';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { openDatabase, openHotPool } from '../database.js';
import { cleanText, type SpanRow } from './span-row.js';
import { SpanStore } from './span-store.js';

describe('the span store', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let pool: Pool;
  let store: SpanStore;
  let sourceId: number;
  const source = {
    workspaceId: 'default',
    application: 'shop',
    environment: 'prod',
    managed: false,
    sender: 's',
    scopeName: 's',
    scopeVersion: '1',
    resource: '{}',
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await openDatabase(database.connection);
    pool = openHotPool(database.connection);
    store = new SpanStore(pool);
    sourceId = await store.sourceId(source);
  });
  afterAll(async () => {
    await pool.end();
    await dataSource.destroy();
    await database.drop();
  });

  const span = (more: Partial<SpanRow> = {}): SpanRow => ({
    workspaceId: 'default',
    traceId: newTraceId(),
    spanId: newSpanId(),
    parentSpanId: undefined,
    startUs: Date.now() * 1000,
    durationMs: 2,
    sourceId,
    role: 1,
    status: 0,
    kind: 'other',
    name: 'x',
    statusMessage: undefined,
    provider: undefined,
    model: undefined,
    agent: undefined,
    tool: undefined,
    mcpServer: undefined,
    inputTokens: undefined,
    outputTokens: undefined,
    costMicros: undefined,
    currency: undefined,
    priceVersion: undefined,
    runId: undefined,
    attributes: '{}',
    events: undefined,
    links: undefined,
    ...more,
  });
  const rows = async <T>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as T[];
  const call = (model: string, more: Partial<SpanRow> = {}) =>
    span({
      kind: 'llm',
      model,
      provider: 'p',
      inputTokens: 10,
      outputTokens: 4,
      costMicros: 100,
      currency: 'USD',
      ...more,
    });

  it('gives a source one id, whoever asks', async () => {
    const ids = await Promise.all([
      store.sourceId(source),
      new SpanStore(pool).sourceId(source),
      store.sourceId({ ...source, scopeVersion: '2' }),
    ]);
    expect([ids[0] === sourceId, ids[1] === sourceId, ids[2] === sourceId]).toEqual([true, true, false]);
  });

  it('counts a span once, also when it comes beside new ones or twice in a statement', async () => {
    const [one, two] = [call('once'), call('once')];
    expect(await store.insert([one])).toBe(1);
    expect(await store.insert([one, two, two])).toBe(1);
    expect(
      await rows("SELECT calls::int, input_tokens::int, cost_micros::int FROM ai_assets WHERE name = 'once'"),
    ).toEqual([{ calls: 2, input_tokens: 20, cost_micros: 200 }]);
    expect(
      await rows(
        "SELECT sum(spans)::int AS spans, sum(cost_micros)::int AS cost FROM span_minutes WHERE model = 'once'",
      ),
    ).toEqual([{ spans: 2, cost: 200 }]);
  });

  it('sums tokens and cost over model calls only', async () => {
    await store.insert([call('inner'), call('inner', { kind: 'agent', agent: 'clerk' })]);
    expect(
      await rows(
        "SELECT kind, calls::int, input_tokens::int FROM ai_assets WHERE name IN ('inner', 'clerk') ORDER BY kind",
      ),
    ).toEqual([
      { kind: 'agent', calls: 1, input_tokens: 0 },
      { kind: 'model', calls: 1, input_tokens: 10 },
    ]);
  });

  it('remembers when an asset was first and last seen, however late spans come', async () => {
    const at = (minutesAgo: number) => (Math.floor(Date.now() / 1000) - minutesAgo * 60) * 1_000_000;
    await store.insert([call('late', { startUs: at(10) })]);
    await store.insert([call('late', { startUs: at(30), status: 2 })]);
    const [asset] = await rows<{ age: number; errors: number }>(
      "SELECT round(extract(epoch FROM last_seen_at - first_seen_at) / 60)::int AS age, errors::int FROM ai_assets WHERE name = 'late'",
    );
    expect(asset).toEqual({ age: 20, errors: 1 });
  });

  it('stores any text as it is, but for the three characters that it cannot', async () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\0', '\x1e', '\x1f', '"', '\\', ',', '{', '}', "'"),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (names) => {
        const traceId = newTraceId();
        await store.insert(
          names.map((name, i) =>
            span({
              traceId,
              name,
              statusMessage: i % 2 ? name : undefined,
              attributes: JSON.stringify({ name }),
              startUs: Date.now() * 1000 + i,
            }),
          ),
        );
        const stored = await rows<{ name: string; status_message: string | null; attributes: string }>(
          'SELECT name, status_message, attributes FROM spans WHERE trace_id = $1::uuid ORDER BY started_at',
          [traceId],
        );
        expect(stored.map((row) => row.name)).toEqual(names.map(cleanText));
        expect(stored.map((row) => row.status_message)).toEqual(
          names.map((name, i) => (i % 2 ? cleanText(name) : null)),
        );
        expect(stored.map((row) => JSON.parse(row.attributes) as unknown)).toEqual(
          names.map((name) => ({ name })),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('lets two collectors update the same rollups at once', async () => {
    const batch = () =>
      Array.from({ length: 40 }, (_, i) =>
        call(`shared-${i % 7}`, { tool: `tool-${i % 5}`, agent: `agent-${i % 3}` }),
      );
    const other = new SpanStore(pool);
    await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? store : other).insert(batch())));
    expect(await rows("SELECT sum(calls)::int AS calls FROM ai_assets WHERE name LIKE 'shared-%'")).toEqual([
      { calls: 480 },
    ]);
  });

  it('adds counters up by the hour and names assets that were only told of', async () => {
    await Promise.all(
      [1, 2, 3].map((value) => store.count('default', new Map([['things.accepted', value]]))),
    );
    expect(await rows("SELECT value::int FROM telemetry_counters WHERE name = 'things.accepted'")).toEqual([
      { value: 6 },
    ]);
    const sighting = {
      kind: 'model' as const,
      application: 'shop',
      environment: '',
      provider: 'p',
      name: 'only-told',
      managed: false,
      sender: 's',
    };
    await store.sight('default', [sighting]);
    await store.sight('default', [sighting]);
    expect(await rows("SELECT calls::int FROM ai_assets WHERE name = 'only-told'")).toEqual([{ calls: 0 }]);
  });
});
