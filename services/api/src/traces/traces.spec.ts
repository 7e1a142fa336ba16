import { newSpanId, newTraceId, Trace, TracePage, uuidv7 } from '@tutti/contracts';
import { HOT_POOL, type SpanRow, SpanStore } from '@tutti/store';
import type { Pool } from 'pg';
import type { z } from 'zod';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

type TraceAnswer = z.infer<typeof Trace>;
type PageAnswer = z.infer<typeof TracePage>;

describe('traces', () => {
  let api: ApiHarness;
  let store: SpanStore;
  let sourceId: number;
  beforeAll(async () => {
    api = await ApiHarness.start();
    store = new SpanStore(api.app.get<Pool>(HOT_POOL, { strict: false }));
    sourceId = await store.sourceId({
      workspaceId: 'default',
      application: 'shop',
      environment: 'test',
      managed: false,
      sender: 'shop (python)',
      scopeName: 'shop',
      scopeVersion: '1',
      resource: '{}',
    });
  });
  afterAll(() => api.close());

  const baseMs = Date.now() - 60_000;
  const startUs = (offsetMs: number) => (baseMs + offsetMs) * 1000;
  const span = (more: Partial<SpanRow>): SpanRow => ({
    workspaceId: 'default',
    traceId: newTraceId(),
    spanId: newSpanId(),
    parentSpanId: undefined,
    startUs: startUs(0),
    durationMs: 10,
    sourceId,
    role: 1,
    status: 0,
    kind: 'other',
    name: 'work',
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
    attributes: '{"a":1}',
    events: undefined,
    links: undefined,
    ...more,
  });
  /** An agent with one model call inside, both reporting the same tokens, as frameworks do. */
  async function agentTrace(offsetMs: number): Promise<string> {
    const root = span({
      kind: 'agent',
      name: 'invoke_agent clerk',
      startUs: startUs(offsetMs),
      inputTokens: 7,
    });
    const call = span({
      traceId: root.traceId,
      parentSpanId: root.spanId,
      kind: 'llm',
      name: 'chat m',
      status: 2,
      startUs: startUs(offsetMs + 2),
      durationMs: 20,
      model: 'm',
      inputTokens: 7,
      outputTokens: 3,
      costMicros: 12,
    });
    await store.insert([root, call]);
    return root.traceId;
  }

  it('shows the spans of a trace in the order in which they began', async () => {
    const traceId = await agentTrace(0);
    const { status, body } = await api.call<TraceAnswer>('GET', `/v1/traces/${traceId.toUpperCase()}`);
    expect(status).toBe(200);
    expect(Trace.parse(body).spans.map((one) => [one.name, one.kind, one.status, one.open])).toEqual([
      ['invoke_agent clerk', 'agent', 'unset', false],
      ['chat m', 'llm', 'error', false],
    ]);
    expect(body.spans[1]).toMatchObject({
      parentSpanId: body.spans[0]?.spanId,
      service: 'shop',
      managed: false,
      costMicros: 12,
      attributes: { a: 1 },
    });
    expect(body.durationMs).toBeCloseTo(22, 3);
  });

  it('lists traces newest first by pages, with tokens and cost of model calls only', async () => {
    const ids = [await agentTrace(100), await agentTrace(200), await agentTrace(300)];
    const first = await api.call<PageAnswer>('GET', '/v1/traces?limit=2&q=clerk');
    expect(TracePage.parse(first.body).items.map((one) => one.traceId)).toEqual([ids[2], ids[1]]);
    expect(first.body.items[0]).toMatchObject({
      spans: 2,
      errors: 1,
      inputTokens: 7,
      outputTokens: 3,
      costMicros: 12,
    });
    const next = await api.call<PageAnswer>(
      'GET',
      `/v1/traces?limit=1&q=clerk&cursor=${first.body.nextCursor}`,
    );
    expect(next.body.items.map((one) => one.traceId)).toEqual([ids[0]]);
  });

  it('filters by service and by whether the hub manages it', async () => {
    const traceId = await agentTrace(400);
    const seen = async (query: string) =>
      (await api.call<PageAnswer>('GET', `/v1/traces?${query}`)).body.items.some(
        (one) => one.traceId === traceId,
      );
    expect(await seen('service=shop')).toBe(true);
    expect(await seen('service=other')).toBe(false);
    expect(await seen('managed=false')).toBe(true);
    expect(await seen('managed=true')).toBe(false);
  });

  it("lists a producer's trace once, by the first run until the producer reports its own spans", async () => {
    const producer = span({ name: 'publish foreign', startUs: startUs(590) });
    const runs = [600, 610].map((offsetMs) =>
      span({
        traceId: producer.traceId,
        parentSpanId: producer.spanId,
        kind: 'workflow',
        name: 'invoke_workflow foreign',
        runId: uuidv7(),
        startUs: startUs(offsetMs),
      }),
    );
    await store.insert(runs);
    const listed = async () =>
      (await api.call<PageAnswer>('GET', '/v1/traces?q=foreign')).body.items.map(
        ({ traceId, name, spans }) => [traceId, name, spans],
      );
    expect(await listed()).toEqual([[producer.traceId, 'invoke_workflow foreign', 2]]);
    await store.insert([producer]);
    expect(await listed()).toEqual([[producer.traceId, 'publish foreign', 3]]);
    const { body } = await api.call<TraceAnswer>('GET', `/v1/traces/${producer.traceId}`);
    expect(body.spans.map(({ parentSpanId }) => parentSpanId)).toEqual([
      null,
      producer.spanId,
      producer.spanId,
    ]);
  });

  it('answers 404 for a trace of another workspace, an unknown and a malformed id', async () => {
    const traceId = await agentTrace(500);
    const token = await api.tokenOf('other');
    expect((await api.call('GET', `/v1/traces/${traceId}`, { token })).status).toBe(404);
    expect((await api.call<PageAnswer>('GET', '/v1/traces', { token })).body.items).toEqual([]);
    expect((await api.call('GET', `/v1/traces/${newTraceId()}`)).status).toBe(404);
    expect((await api.call('GET', '/v1/traces/zzz')).status).toBe(404);
  });

  it.each(['cursor=abc', 'from=yesterday', 'managed=perhaps', 'runId=1', 'limit=0'])(
    'refuses the query %s',
    async (query) => {
      expect((await api.call('GET', `/v1/traces?${query}`)).status).toBe(400);
    },
  );

  it('shows the trace of a run still going, its root span open; 404 to another workspace', async () => {
    const name = await applyWorkflow(api);
    const started = await api.call<{ id: string }>('POST', `/v1/workflows/test/${name}/runs`, {
      body: { amount: 1 },
      headers: { 'idempotency-key': `"${name}"` },
    });
    const path = `/v1/runs/${started.body.id}/trace`;
    const going = Trace.parse((await api.call('GET', path)).body);
    expect(going.spans).toMatchObject([
      { name: `invoke_workflow test/${name}`, kind: 'workflow', open: true, managed: true },
    ]);

    const [run] = await api.query<{ trace_id: string; root_span_id: string }>(
      'SELECT * FROM runs WHERE id = $1',
      [started.body.id],
    );
    await store.insert([
      span({
        traceId: run?.trace_id,
        parentSpanId: run?.root_span_id,
        name: 'call x',
        kind: 'call',
        runId: started.body.id,
      }),
    ]);
    const more = Trace.parse((await api.call('GET', path)).body);
    expect(more.spans.map((one) => [one.name, one.open]).sort()).toEqual([
      ['call x', false],
      [`invoke_workflow test/${name}`, true],
    ]);
    expect((await api.call('GET', path, { token: await api.tokenOf('other') })).status).toBe(404);
    expect((await api.call('GET', '/v1/runs/nothing/trace')).status).toBe(404);
  });
});
