import { newSpanId, newTraceId } from '@tutti/contracts';
import type { SpanRow, SpanStore } from '@tutti/store';
import type { IncomingSpan, SpanBatch } from '@tutti/telemetry';
import type { IngestLimits } from './ingest.types.js';
import { SpanIngest } from './span-ingest.js';

function span(attributes: Record<string, unknown> = {}): IncomingSpan {
  return {
    traceId: newTraceId(),
    spanId: newSpanId(),
    parentSpanId: undefined,
    name: 'x',
    role: 1,
    startUs: Date.now() * 1000,
    durationMs: 1,
    status: 0,
    statusMessage: undefined,
    attributes,
    events: undefined,
    links: undefined,
  };
}

function batch(spans: IncomingSpan[], more: Partial<SpanBatch> = {}): SpanBatch {
  return {
    groups: [{ source: { resource: { 'service.name': 's' }, scopeName: '', scopeVersion: '' }, spans }],
    bytes: 100,
    fromHub: false,
    ...more,
  };
}

/** An ingest on a store in memory, whose failures the test decides. */
function ingestWith(limits: Partial<IngestLimits> = {}) {
  const stored: SpanRow[] = [];
  const failures: Error[] = [];
  let release: (() => void) | undefined;
  const store = {
    hold: false,
    sources: 0,
    sourceId() {
      store.sources += 1;
      return Promise.resolve(1);
    },
    count: () => Promise.resolve(),
    async insert(rows: readonly SpanRow[]) {
      if (store.hold)
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      stored.push(...rows);
      return rows.length;
    },
  };
  const days: number[] = [];
  const ensureDay = (dayMs: number) => {
    days.push(dayMs);
    return Promise.resolve();
  };
  return {
    ingest: new SpanIngest(store as unknown as SpanStore, ensureDay, limits),
    store,
    stored,
    failures,
    days,
    release: () => release?.(),
  };
}

const sqlError = (code: string) => Object.assign(new Error(code), { code });

describe('the span ingest', () => {
  it('asks the database for a source once', async () => {
    const { ingest, store } = ingestWith();
    await ingest.ingest(batch([span()]));
    await ingest.ingest(batch([span()]));
    expect(store.sources).toBe(1);
  });

  it('turns senders away while too many bytes wait; takes a large one when nothing waits', async () => {
    const { ingest, store, release } = ingestWith({ pendingBytesMax: 150 });
    store.hold = true;
    const first = ingest.ingest(batch([span()], { bytes: 1_000 }));
    expect(() => ingest.assertRoomFor(1)).toThrow(
      expect.objectContaining({ reason: 'overloaded', retryAfterMs: 2_000 }),
    );
    await expect(ingest.ingest(batch([span()]))).rejects.toMatchObject({ reason: 'overloaded' });
    store.hold = false;
    for (let i = 0; i < 20; i++) await Promise.resolve();
    release();
    await first;
    expect(ingest.pendingBytes).toBe(0);
    await ingest.ingest(batch([span()]));
  });

  it('asks the sender to repeat when the database fails', async () => {
    const { ingest, failures } = ingestWith();
    failures.push(sqlError('57P01'));
    await expect(ingest.ingest(batch([span()]))).rejects.toMatchObject({ reason: 'unavailable' });
    expect(ingest.pendingBytes).toBe(0);
  });

  it('makes a partition that was dropped meanwhile again', async () => {
    const { ingest, failures, stored, days } = ingestWith();
    await ingest.ingest(batch([span()]));
    failures.push(sqlError('23514'));
    await ingest.ingest(batch([span()]));
    expect(stored).toHaveLength(2);
    expect(days).toHaveLength(2);
  });

  it('cuts long values of a span that is too large, says so, and keeps the short ones', async () => {
    const { ingest, stored } = ingestWith({ attributesCharsMax: 10_000 });
    await ingest.ingest(
      batch([
        span({ prompt: 'p'.repeat(50_000), 'gen_ai.request.model': 'm', 'gen_ai.operation.name': 'chat' }),
      ]),
    );
    const attributes = JSON.parse(stored[0]?.attributes ?? '') as Record<string, unknown>;
    expect(attributes).toMatchObject({
      'tutti.truncated': true,
      'gen_ai.request.model': 'm',
      prompt: expect.stringContaining('[cut, 50000 characters]'),
    });
    expect(stored[0]?.model).toBe('m');
  });

  it('keeps a span with an attribute too many as the list of their names', async () => {
    const { ingest, stored } = ingestWith({ attributesCharsMax: 20_000 });
    await ingest.ingest(
      batch([
        span(Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`name ${i}`, 'value value']))),
      ]),
    );
    expect(JSON.parse(stored[0]?.attributes ?? '')).toMatchObject({
      'tutti.truncated': true,
      'tutti.attributes': expect.arrayContaining(['name 1']),
    });
  });

  it('prices model calls only, with the version of the table, and no unknown model', async () => {
    const { ingest, stored } = ingestWith();
    const usage = { 'gen_ai.usage.input_tokens': 1_000, 'gen_ai.usage.output_tokens': 100 };
    const chat = { 'gen_ai.operation.name': 'chat', ...usage };
    await ingest.ingest(
      batch([
        span({ ...chat, 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o' }),
        span({ ...chat, 'gen_ai.request.model': 'a-model-of-our-own' }),
        span({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.request.model': 'gpt-4o', ...usage }),
        span({ ...chat, 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.cost': 0.5 }),
        span({
          ...chat,
          'gen_ai.provider.name': 'anthropic',
          'gen_ai.request.model': 'claude-sonnet-4-20250514',
          'gen_ai.usage.cache_read.input_tokens': 5_000,
        }),
      ]),
    );
    expect(stored.map((row) => [row.costMicros, row.priceVersion])).toEqual([
      [3_500, 'genai-prices 0.1.8'],
      [undefined, undefined],
      [undefined, undefined],
      [500_000, 'reported'],
      [6_000, 'genai-prices 0.1.8'],
    ]);
  });

  it('calls a service of the hub managed, whichever way its spans come', async () => {
    const { ingest, store } = ingestWith();
    const seen: unknown[] = [];
    store.sourceId = ((source: unknown) => {
      seen.push(source);
      return Promise.resolve(1);
    }) as unknown as typeof store.sourceId;
    const group = (resource: Record<string, unknown>) => ({
      source: { resource, scopeName: 'lib', scopeVersion: '2' },
      spans: [span()],
    });
    await ingest.ingest({
      ...batch([]),
      groups: [
        group({ 'service.namespace': 'tutti', 'service.name': 'connector-host' }),
        group({
          'service.namespace': 'sales',
          'service.name': 'bot',
          'deployment.environment': 'prod',
          'telemetry.sdk.language': 'python',
        }),
        group({}),
      ],
    });
    await ingest.ingest({ ...batch([]), fromHub: true, groups: [group({ 'service.name': 'tutti' })] });
    expect(seen).toMatchObject([
      { application: 'connector-host', managed: true },
      { application: 'sales/bot', managed: false, environment: 'prod', sender: 'lib 2 (python)' },
      { application: 'unknown_service', managed: false },
      { application: 'tutti', managed: true },
    ]);
  });
});
