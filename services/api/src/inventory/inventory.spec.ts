import { AiAssetPage, newSpanId, newTraceId } from '@tutti/contracts';
import { HOT_POOL, type SpanRow, SpanStore } from '@tutti/store';
import type { Pool } from 'pg';
import type { z } from 'zod';
import { ApiHarness } from '../testing/api-harness.js';

type PageAnswer = z.infer<typeof AiAssetPage>;

describe('the AI inventory', () => {
  let api: ApiHarness;
  let store: SpanStore;
  beforeAll(async () => {
    api = await ApiHarness.start();
    store = new SpanStore(api.app.get<Pool>(HOT_POOL, { strict: false }));
    const hub = await source('tutti', true);
    const shop = await source('shop', false);
    await store.insert([
      call(hub, 'gpt-4o'),
      call(shop, 'gpt-4o'),
      call(shop, 'a-secret-model'),
      { ...call(shop, 'a-secret-model'), agent: 'clerk', tool: 'find_order' },
    ]);
  });
  afterAll(() => api.close());

  const source = (application: string, managed: boolean) =>
    store.sourceId({
      workspaceId: 'default',
      application,
      environment: 'prod',
      managed,
      sender: 'sdk',
      scopeName: 'sdk',
      scopeVersion: '1',
      resource: '{}',
    });
  const call = (sourceId: number, model: string): SpanRow => ({
    workspaceId: 'default',
    traceId: newTraceId(),
    spanId: newSpanId(),
    parentSpanId: undefined,
    startUs: Date.now() * 1000,
    durationMs: 10,
    sourceId,
    role: 3,
    status: 0,
    kind: 'llm',
    name: 'chat',
    statusMessage: undefined,
    provider: 'openai',
    model,
    agent: undefined,
    tool: undefined,
    mcpServer: undefined,
    inputTokens: 5,
    outputTokens: 2,
    costMicros: 9,
    currency: 'USD',
    priceVersion: 'p',
    runId: undefined,
    attributes: '{}',
    events: undefined,
    links: undefined,
  });
  const list = async (query: string) => {
    const { status, body } = await api.call<PageAnswer>('GET', `/v1/inventory?${query}`);
    expect(status).toBe(200);
    return AiAssetPage.parse(body);
  };

  it('lists every asset in the order of names, by pages', async () => {
    const all = (await list('')).items;
    expect(all.map((one) => [one.kind, one.name, one.application, one.managed])).toEqual([
      ['model', 'a-secret-model', 'shop', false],
      ['agent', 'clerk', 'shop', false],
      ['tool', 'find_order', 'shop', false],
      ['model', 'gpt-4o', expect.any(String), true],
      ['model', 'gpt-4o', expect.any(String), true],
      ['application', 'shop', null, false],
      ['application', 'tutti', null, true],
    ]);
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: PageAnswer = await list(`limit=2&cursor=${cursor}`);
      ids.push(...page.items.map((one) => one.id));
      cursor = page.nextCursor;
    }
    expect(ids).toEqual(all.map((one) => one.id));
  });

  it('says what an asset was used for and what it cost', async () => {
    const [model] = (await list('q=secret')).items;
    expect(model).toMatchObject({
      provider: 'openai',
      environment: 'prod',
      calls: 2,
      errors: 0,
      inputTokens: 10,
      outputTokens: 4,
      costMicros: 18,
      currency: 'USD',
      sender: 'sdk',
    });
  });

  it('calls a model managed when the hub calls it, too, and filters by that and by kind', async () => {
    expect((await list('managed=false&kind=model')).items.map((one) => one.name)).toEqual(['a-secret-model']);
    expect((await list('managed=true&kind=model')).items).toHaveLength(2);
  });

  it('does not show the assets of another workspace', async () => {
    const token = await api.tokenOf('other');
    expect((await api.call<PageAnswer>('GET', '/v1/inventory', { token })).body.items).toEqual([]);
  });

  it.each(['kind=robot', 'managed=perhaps', 'cursor=YWJj', 'limit=1000'])(
    'refuses the query %s',
    async (query) => {
      expect((await api.call('GET', `/v1/inventory?${query}`)).status).toBe(400);
    },
  );
});
