import { randomUUID } from 'node:crypto';
import type { TriggerDetail } from '@tutti/contracts';
import { PluginTriggerStore, type StoredEvent } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

const CRM = {
  name: 'crm-acme',
  version: '1.0.0',
  kind: 'crm',
  contract: 1,
  settings: { type: 'object' },
  capabilities: [],
  database: false,
  triggers: [
    {
      name: 'crm.contact.changed',
      summary: 'A contact changed.',
      kind: 'poll',
      event: {},
      options: { type: 'object', properties: { list: { type: 'string' } }, additionalProperties: false },
    },
  ],
};

const event = (id: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  id,
  key: null,
  happenedAt: null,
  data: '{"amount":1}',
  problem: null,
  ...more,
});

describe('a trigger of a plugin', () => {
  let api: ApiHarness;
  let workflow: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ('crm-acme', '1.0.0', 1, $1, 'test', 'loaded')`,
      [JSON.stringify(CRM)],
    );
    await api.query(
      `INSERT INTO connections (id, workspace_id, name, plugin, settings) VALUES ($1, 'default', 'crm', 'crm-acme', '{}')`,
      [randomUUID()],
    );
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    workflow = await applyWorkflow(api);
  });

  const store = () => api.app.get(PluginTriggerStore, { strict: false });
  const documentOf = (
    name: string,
    spec: Record<string, unknown> = {},
    source: Record<string, unknown> = {},
  ) => ({
    apiVersion: 'tutti/v1',
    kind: 'Trigger',
    metadata: { name },
    spec: {
      workflow: { namespace: 'test', name: workflow },
      plugin: { connection: 'crm', trigger: 'crm.contact.changed', ...source },
      ...spec,
    },
  });
  const put = (body: unknown) => api.call('PUT', '/v1/triggers', { body });
  const detail = async (name: string) => (await api.call<TriggerDetail>('GET', `/v1/triggers/${name}`)).body;

  async function applied(spec: Record<string, unknown> = {}): Promise<{ name: string; id: string }> {
    const name = `t-${randomUUID()}`;
    expect(await put(documentOf(name, spec))).toMatchObject({ status: 200, body: { findings: [] } });
    return { name, id: (await detail(name)).id };
  }

  const runsOf = (name: string) =>
    api.query<{ input: string }>(`SELECT input FROM runs WHERE trigger = $1 ORDER BY input`, [
      `plugin:${name}`,
    ]);
  const emptied = (id: string) => eventually(async () => (await store().eventsWaitingOf(id)) === 0);

  it('makes one run of each event, however often it is found, and shows how far it is', async () => {
    const { name, id } = await applied({ input: '{ amount: .value.amount, note: .event.id }' });
    await store().keepSent(id, [
      event('e1'),
      event('e2', { data: '{"amount":2}', happenedAt: '2026-03-01T10:00:00Z' }),
    ]);
    await emptied(id);
    await store().keepSent(id, [event('e2'), event('e3')]);
    await emptied(id);
    expect((await runsOf(name)).map(({ input }) => JSON.parse(input) as unknown)).toEqual([
      { amount: 1, note: 'e1' },
      { amount: 1, note: 'e3' },
      { amount: 2, note: 'e2' },
    ]);
    expect(await detail(name)).toMatchObject({
      kind: 'plugin',
      source: 'crm.contact.changed',
      connection: 'crm',
      state: 'running',
      plugin: { events: 4, waiting: 0, cursor: null, hookPath: null },
    });
  });

  it('turns an event that cannot be a run into a dead letter, once, which can be redriven', async () => {
    const { name, id } = await applied();
    for (let i = 0; i < 2; i++) {
      await store().keepSent(id, [event('bad', { problem: 'The data breaks the schema.' }), event('good')]);
      await emptied(id);
    }
    const letters = await api.query<{ id: string; reason: string }>(
      'SELECT id, reason, detail FROM dead_letters WHERE trigger_id = $1',
      [id],
    );
    expect(letters).toEqual([
      { id: expect.any(String), reason: 'schema', detail: 'The data breaks the schema.' },
    ]);
    expect(await runsOf(name)).toHaveLength(1);
    const redriven = await api.call('POST', `/v1/dead-letters/${letters[0]?.id}/redrive`, { body: {} });
    expect(redriven.status).toBeLessThan(300);
    expect(await runsOf(name)).toHaveLength(2);
  });

  it('holds its events while its workflow is disabled, and while it is paused', async () => {
    const { name, id } = await applied();
    const switchTo = (path: string, enabled: boolean) => api.call('PATCH', path, { body: { enabled } });
    await switchTo(`/v1/workflows/test/${workflow}`, false);
    await store().keepSent(id, [event('held')]);
    await eventually(async () => {
      const { state, error } = await detail(name);
      return state === 'failing' && error?.includes('disabled');
    });
    expect(await runsOf(name)).toEqual([]);
    await switchTo(`/v1/triggers/${name}`, false);
    await switchTo(`/v1/workflows/test/${workflow}`, true);
    expect(await store().keepSent(id, [event('refused')])).toBe(false);
    expect(await detail(name)).toMatchObject({ state: 'paused', lag: null, plugin: { nextLookAt: null } });
    await switchTo(`/v1/triggers/${name}`, true);
    await emptied(id);
    expect(await runsOf(name)).toHaveLength(1);
  });

  it('goes on from its cursor when its document changes, and begins anew with another source', async () => {
    const { name, id } = await applied();
    const cursor = async () => (await detail(name)).plugin?.cursor;
    const hold = async () =>
      (await store().takeDue({ owner: randomUUID(), leaseMs: 60_000, limit: 100 })).find(
        (one) => one.id === id,
      );
    const held = await hold();
    await put(documentOf(name, { filter: 'true' }));
    const look = { kind: 'poll', events: [event('late')], cursor: '"c1"', nextInMs: 0, hold: false };
    await expect(store().keep(held as never, randomUUID(), look)).rejects.toThrow('was changed');
    await api.query(`UPDATE plugin_triggers SET cursor = '"c1"' WHERE trigger_id = $1`, [id]);
    await put(documentOf(name, { filter: '1' }));
    expect(await cursor()).toBe('c1');
    await put(documentOf(name, { filter: '1' }, { options: { list: 'vip' } }));
    expect(await cursor()).toBeNull();
    await api.call('DELETE', `/v1/triggers/${name}`);
    expect(await api.query('SELECT 1 FROM plugin_triggers WHERE trigger_id = $1', [id])).toEqual([]);
  });

  it('says at once what is wrong with it', async () => {
    const unknown = await put(documentOf('wrong', {}, { trigger: 'crm.contact.lost' }));
    expect(unknown).toMatchObject({
      status: 422,
      body: {
        errors: [{ pointer: '/spec/plugin/trigger', detail: expect.stringContaining('crm.contact.changed') }],
      },
    });
    const options = await put(documentOf('wrong', {}, { options: { lst: 'vip' } }));
    expect(options).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/spec/plugin/options/lst' }] },
    });
    expect((await put(documentOf('wrong', {}, { every: '10ms' }))).status).toBe(422);
    expect((await put(documentOf('wrong', { cloudevents: { type: 'x' } }))).status).toBe(422);
    const early = await put(documentOf('early', {}, { connection: 'to-come' }));
    expect(early).toMatchObject({ status: 200, body: { findings: [{ code: 'unknown-connection' }] } });
  });

  it('is looked at when somebody asks, unless it is paused', async () => {
    const { name, id } = await applied();
    await api.query(`UPDATE plugin_triggers SET next_at = 'infinity' WHERE trigger_id = $1`, [id]);
    expect((await api.call('POST', `/v1/triggers/${name}/look`)).status).toBe(202);
    const [row] = await api.query<{ due: boolean }>(
      'SELECT next_at <= clock_timestamp() AS due FROM plugin_triggers WHERE trigger_id = $1',
      [id],
    );
    expect(row).toEqual({ due: true });
    await api.call('PATCH', `/v1/triggers/${name}`, { body: { enabled: false } });
    expect((await api.call('POST', `/v1/triggers/${name}/look`)).status).toBe(409);
  });
});
