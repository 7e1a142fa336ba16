import { newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import { ATTR, startTelemetry, type Telemetry, writeSpan } from '@tutti/telemetry';
import { startCollector, type TestCollector } from '../../test/collector-under-test.js';
import { IngestUnavailable } from './ingest.types.js';
import { createLocalExporter } from './local-exporter.js';

describe("the hub's own spans", () => {
  let collector: TestCollector;
  let telemetry: Telemetry;
  beforeAll(async () => {
    collector = await startCollector();
    telemetry = startTelemetry({
      serviceName: 'tutti',
      serviceVersion: '0.1.0',
      exporter: createLocalExporter(collector.ingest),
      limits: { queueSpansMax: 5, batchSpansMax: 5 },
      redact: (text) => text.replaceAll('s3cret', '***'),
    });
  });
  afterAll(async () => {
    await telemetry.shutdown();
    await collector.stop();
  });

  const span = (more: Partial<Parameters<typeof writeSpan>[0]> = {}) => ({
    traceId: newTraceId(),
    spanId: newSpanId(),
    name: 'call crm',
    kind: 'client' as const,
    startMs: Date.now() - 5,
    endMs: Date.now(),
    attributes: {},
    status: 'unset' as const,
    ...more,
  });
  const rowsOf = (traceId: string) =>
    collector.rows<Record<string, unknown>>(
      'SELECT * FROM spans WHERE trace_id = $1::uuid ORDER BY started_at',
      [traceId],
    );

  it('are stored with the ids they were given, their run, links, events and status', async () => {
    const runId = uuidv7();
    const one = span({
      parentSpanId: newSpanId(),
      status: 'error',
      statusMessage: 'refused',
      startMs: Date.now() - 1.5,
      attributes: { [ATTR.runId]: runId, [ATTR.spanKind]: 'call', [ATTR.capability]: 'crm.contact.find' },
      links: [{ traceId: newTraceId(), spanId: newSpanId() }],
      events: [{ name: 'retry', timeMs: Date.now(), attributes: { attempt: 2 } }],
    });
    writeSpan(one);
    await telemetry.forceFlush();
    const [row] = await rowsOf(one.traceId);
    expect(row).toMatchObject({
      span_id: one.spanId,
      parent_span_id: one.parentSpanId,
      run_id: runId,
      kind: 'call',
      role: 3,
      status: 2,
      status_message: 'refused',
      workspace_id: 'default',
    });
    expect(JSON.parse(row?.['links'] as string)).toMatchObject([{ traceId: one.links?.[0]?.traceId }]);
    expect(JSON.parse(row?.['events'] as string)).toMatchObject([
      { name: 'retry', attributes: { attempt: 2 } },
    ]);
  });

  it('make the hub a managed application, and its capabilities managed tools', async () => {
    writeSpan(span({ attributes: { [ATTR.spanKind]: 'call', [ATTR.capability]: 'document.extract' } }));
    await telemetry.forceFlush();
    const assets = await collector.rows(
      "SELECT kind, name, managed FROM ai_assets WHERE name IN ('tutti', 'document.extract') ORDER BY kind",
    );
    expect(assets).toEqual([
      { kind: 'application', name: 'tutti', managed: true },
      { kind: 'tool', name: 'document.extract', managed: true },
    ]);
  });

  it('are stored once when a span is written again after a crash', async () => {
    const one = span();
    writeSpan(one);
    await telemetry.forceFlush();
    writeSpan({ ...one, endMs: one.endMs + 10 });
    await telemetry.forceFlush();
    expect(await rowsOf(one.traceId)).toHaveLength(1);
  });

  it('pass the redaction point', async () => {
    const one = span({
      name: 'call s3cret',
      attributes: { header: 'Bearer s3cret', list: ['s3cret'] },
      status: 'error',
      statusMessage: 'bad s3cret',
    });
    writeSpan(one);
    await telemetry.forceFlush();
    expect(JSON.stringify(await rowsOf(one.traceId))).not.toContain('s3cret');
  });

  it('are dropped over the bound of the queue; drops are counted and shown', async () => {
    const droppedBefore = telemetry.stats().dropped;
    const traceId = newTraceId();
    for (let i = 0; i < 12; i++) writeSpan(span({ traceId }));
    expect(telemetry.stats().dropped - droppedBefore).toBe(7);
    await telemetry.forceFlush();
    expect(await rowsOf(traceId)).toHaveLength(5);
    writeSpan(span());
    await telemetry.forceFlush();
    await expect(
      collector.rows("SELECT value::int FROM telemetry_counters WHERE name = 'spans.dropped'"),
    ).resolves.toEqual([{ value: 7 }]);
  });

  it('wait for a database that is away', async () => {
    const ingest = collector.ingest;
    const original = ingest.ingest.bind(ingest);
    let calls = 0;
    ingest.ingest = (batch) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new IngestUnavailable('unavailable', 5, 'away')) : original(batch);
    };
    const one = span();
    writeSpan(one);
    await telemetry.forceFlush();
    ingest.ingest = original;
    expect(calls).toBe(2);
    expect(await rowsOf(one.traceId)).toHaveLength(1);
  });

  it('are not waited for when the hub ends while the database is away: they count as lost', async () => {
    const ingest = collector.ingest;
    const original = ingest.ingest.bind(ingest);
    let tried: () => void = () => undefined;
    const firstTry = new Promise<void>((resolve) => {
      tried = resolve;
    });
    ingest.ingest = () => {
      tried();
      return Promise.reject(new IngestUnavailable('unavailable', 3_600_000, 'away'));
    };
    writeSpan(span());
    const { failed } = telemetry.stats();
    const flushed = telemetry.forceFlush().catch(() => undefined);
    await firstTry;
    await telemetry.shutdown();
    await flushed;
    ingest.ingest = original;
    expect(telemetry.stats().failed).toBe(failed + 1);
  });
});
