import { type ConnectionDetail, type ConnectionPage, uuidv7 } from '@tutti/contracts';
import { ConnectionUseStore, DURATION_BUCKETS_MS } from '@tutti/store';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { ApiHarness } from '../testing/api-harness.js';
import { openReview } from '../testing/fixtures.js';

type Page = z.infer<typeof ConnectionPage>;

const capability = (name: string) => ({
  name,
  summary: name,
  effect: 'read',
  input: {},
  output: {},
  reconciles: false,
});
const about = (more: object = {}) =>
  JSON.stringify({
    kind: 'crm',
    settings: { type: 'object' },
    capabilities: [capability('crm.contact.find')],
    ...more,
  });

describe('facts of connections', () => {
  let api: ApiHarness;
  let detail = '401 from the CRM';
  beforeAll(async () => {
    const test = () => Promise.resolve({ ok: detail === '', detail, durationMs: 12 });
    api = await ApiHarness.start({ tester: { test } });
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES
         ('crm-x', '1.0.0', 1, $1, 'p', 'loaded'), ('crm-signed', '1.0.0', 1, $2, 'p', 'loaded'),
         ('crm-bad', '1.0.0', 1, $1, 'p', 'loaded')`,
      [about(), about({ signIn: 'authorization_code' })],
    );
    await put('main', { owner: ' crm@example.com ', environment: 'production' });
    await put('second', { environment: 'test' });
  });
  afterAll(() => api.close());

  const put = (name: string, more: object = {}) =>
    api.call<ConnectionDetail>('PUT', `/v1/connections/${name}`, { body: { plugin: 'crm-x', ...more } });
  const apply = async (kind: string, raw: string) => {
    const headers = { 'content-type': 'application/yaml' };
    expect(await api.call('PUT', `/v1/${kind}`, { raw, headers })).toMatchObject({ status: 200 });
  };
  const get = async (name: string) =>
    (await api.call<ConnectionDetail>('GET', `/v1/connections/${name}`)).body;
  const names = async (query: string) =>
    (await api.call<Page>('GET', `/v1/connections${query}`)).body.items.map(({ name }) => name);
  const store = () => new ConnectionUseStore(api.app.get(DataSource));

  it('keeps owner and environment that are left out, and clears those that are null', async () => {
    expect(await get('main')).toMatchObject({ owner: 'crm@example.com', environment: 'production' });
    expect((await put('main')).body).toMatchObject({ owner: 'crm@example.com', environment: 'production' });
    expect((await put('second', { environment: null })).body.environment).toBeNull();
    await put('second', { environment: 'test' });
    const { body } = await api.call<{ items: { before: unknown; after: unknown }[] }>('GET', '/v1/audit');
    expect(body.items[0]).toMatchObject({ before: { environment: null }, after: { environment: 'test' } });
  });

  it('tells calls, times and cost of a day from the sums of connector hosts', async () => {
    const durations = DURATION_BUCKETS_MS.map((_, i) => (i === 4 ? 9 : i === 10 ? 1 : 0));
    const use = { workspaceId: 'default', connection: 'main', currency: '', calls: 10, failed: 2 };
    const hourMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    await store().add([
      { ...use, hourMs, costMicros: 0, durations },
      { ...use, hourMs, currency: 'USD', costMicros: 1_500, durations },
      { ...use, hourMs: hourMs - 22 * 3_600_000, currency: 'USD', costMicros: 500, durations },
      { ...use, hourMs: hourMs - 25 * 3_600_000, costMicros: 0, durations },
    ]);
    const { recent, hours } = await get('main');
    expect(recent).toMatchObject({ calls: 30, failed: 6, cost: [{ currency: 'USD', micros: 2_000 }] });
    expect(recent.p50Ms).toBeLessThanOrEqual(8);
    expect(recent.p95Ms).toBeGreaterThan(89);
    expect(hours.map(({ calls }) => calls)).toEqual([10, 20]);
    expect((await get('second')).recent).toMatchObject({ calls: 0, p50Ms: null, p95Ms: null, cost: [] });
  });

  it('tells the last error with its run, if the run is there, and the quotas', async () => {
    const error = {
      at: '2026-01-01T00:00:00.000Z',
      title: 'No',
      status: 500,
      capability: 'crm.contact.find',
    };
    const headroom = JSON.stringify({ at: error.at, quotas: [], retryAt: error.at });
    const lastError = JSON.stringify({ ...error, runId: uuidv7() });
    await store().tell([{ workspaceId: 'default', connection: 'main', lastError, headroom }]);
    expect(await get('main')).toMatchObject({
      lastError: { ...error, runId: null },
      headroom: { retryAt: error.at },
    });
    const { runId } = await openReview(api);
    const known = JSON.stringify({ ...error, runId });
    await store().tell([{ workspaceId: 'default', connection: 'main', lastError: known, headroom: null }]);
    expect(await get('main')).toMatchObject({ lastError: { runId }, headroom: { retryAt: error.at } });
  });

  it('keeps the last 20 tests with who asked for them', async () => {
    for (let n = 1; n <= 21; n++) {
      detail = n === 21 ? '' : `failure ${n}`;
      await api.call('POST', '/v1/connections/main/test');
    }
    const { checks, state } = await get('main');
    expect(checks).toHaveLength(20);
    expect(checks[0]).toMatchObject({ ok: true, durationMs: 12, by: expect.any(String) });
    expect(checks.at(-1)).toMatchObject({ ok: false, detail: 'failure 2' });
    expect(state).toBe('ok');
  });

  it('says what keeps a connection from working, and lists by it, by plugin and by environment', async () => {
    await put('signs', { plugin: 'crm-signed' });
    await put('asks', { environment: 'test' });
    await put('idle', { enabled: false });
    await put('bad', { plugin: 'crm-bad' });
    await api.query(
      `INSERT INTO connection_hosts (connection_id, plugin, asked, confirmed)
       SELECT id, plugin, '["a.test","b.test"]', '["a.test"]' FROM connections WHERE name = 'asks'`,
    );
    const stateOf = async (name: string) => (await get(name)).state;
    expect(await Promise.all(['signs', 'asks', 'idle', 'second'].map(stateOf))).toEqual([
      'sign-in-needed',
      'hosts-to-confirm',
      'off',
      'unknown',
    ]);
    await api.query(`UPDATE plugins SET state = 'quarantined' WHERE name = 'crm-bad'`);
    expect(await stateOf('bad')).toBe('quarantined');
    await api.query(`UPDATE plugins SET state = 'failed' WHERE name = 'crm-bad'`);
    expect(await stateOf('bad')).toBe('plugin-missing');
    await api.query(`UPDATE connection_hosts SET confirmed = '["b.test","a.test"]'`);
    expect(await stateOf('asks')).toBe('unknown');
    expect(await names('?environment=test')).toEqual(['asks', 'second']);
    expect(await names('?plugin=crm-signed')).toEqual(['signs']);
    expect(await names('?state=plugin-missing')).toEqual(['bad']);
    expect(await names('?limit=2')).toEqual(['asks', 'bad']);
    expect((await api.call('GET', '/v1/connections?state=fine')).status).toBe(400);
  });

  it('tells which policies, workflows and triggers use it', async () => {
    const calls = `document: { dsl: '1.0.3', namespace: sales, name: finds, version: '1.0.0' }
do: [ { find: { call: 'crm.contact.find:1@default', with: {} } } ]`;
    await apply('workflows', calls);
    const trigger = `apiVersion: tutti/v1
kind: Trigger
metadata: { name: changed }
spec: { workflow: { namespace: sales, name: finds }, plugin: { connection: second, trigger: crm.contact.changed } }`;
    await api.query(`UPDATE plugins SET description = $1 WHERE name = 'crm-x'`, [
      about({ triggers: [{ name: 'crm.contact.changed', summary: 'x', kind: 'poll', event: {} }] }),
    ]);
    await apply('triggers', trigger);
    const workflow = { namespace: 'sales', name: 'finds', capabilities: ['crm.contact.find'] };
    expect((await get('second')).usedBy).toEqual({
      policies: [],
      workflows: [workflow],
      triggers: ['changed'],
    });
    const policy = `apiVersion: tutti/v1
kind: RoutingPolicy
metadata: { name: finding }
spec: { objective: ordered, capability: crm.contact.find, candidates: [ { connection: main } ] }`;
    await apply('policies', policy);
    expect((await get('main')).usedBy).toEqual({
      policies: [{ name: 'finding', capability: 'crm.contact.find' }],
      workflows: [workflow],
      triggers: [],
    });
    expect((await get('second')).usedBy).toMatchObject({ policies: [], workflows: [] });
  });
});
