import { type ConnectionItem, type ControlMessage, TOPICS } from '@tutti/contracts';
import { SecretBox } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';

const SECRET = 'canary-5f0a-secret';
const PLUGIN = {
  kind: 'crm',
  database: false,
  summary: 'A CRM.',
  settings: {
    type: 'object',
    required: ['baseUrl', 'token'],
    additionalProperties: false,
    properties: {
      baseUrl: { type: 'string', format: 'uri' },
      pageSize: { type: 'integer', minimum: 1 },
      token: { type: 'string', minLength: 1, secret: true },
    },
  },
  capabilities: [
    {
      name: 'crm.contact.find',
      summary: 'Find a contact.',
      effect: 'read',
      input: { type: 'object' },
      output: { type: 'object' },
      reconciles: false,
    },
  ],
};

describe('connections', () => {
  let api: ApiHarness;
  const tested: object[] = [];
  beforeAll(async () => {
    api = await ApiHarness.start({
      config: { secretEnvAllowed: ['CRM_*'], hasVault: true },
      tester: {
        test: (at) => {
          tested.push(at);
          return Promise.resolve({ ok: false, detail: '401 from the CRM', durationMs: 12 });
        },
      },
    });
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state, error) VALUES
      ('crm-x', '1.0.0', 1, $1, 'folder', 'loaded', NULL), ('broken', '0.1.0', 1, '{}', 'folder', 'failed', 'it does not load')`,
      [JSON.stringify(PLUGIN)],
    );
  });
  afterAll(() => api.close());

  const put = (name: string, settings: object, more: object = {}) =>
    api.call<ConnectionItem>('PUT', `/v1/connections/${name}`, {
      body: { plugin: 'crm-x', settings, ...more },
    });
  async function storedSecret(name: string): Promise<string | undefined> {
    const [row] = await api.query<{ secrets: Buffer }>('SELECT secrets FROM connections WHERE name = $1', [
      name,
    ]);
    return api.app.get(SecretBox).open(row?.secrets as Buffer, { workspaceId: 'default', connection: name })
      .token;
  }

  it('lists plugins and capabilities, failed ones with their reason', async () => {
    expect((await api.call('GET', '/v1/plugins')).body.items).toMatchObject([
      { name: 'broken', state: 'failed', error: 'it does not load', capabilities: [] },
      { name: 'crm-x', state: 'loaded', capabilities: [{ name: 'crm.contact.find' }] },
      { name: 'kafka', state: 'loaded', capabilities: [] },
    ]);
    expect((await api.call('GET', '/v1/capabilities')).body.items).toMatchObject([
      { name: 'crm.contact.find', effect: 'read', plugins: ['crm-x'] },
    ]);
  });

  it('seals secrets, and shows them as a mask', async () => {
    const answer = await put('main', { baseUrl: 'https://crm.example', token: SECRET });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        name: 'main',
        enabled: true,
        health: 'unknown',
        capabilities: ['crm.contact.find'],
        settings: { baseUrl: 'https://crm.example', token: '********' },
        recent: { calls: 0, failed: 0, p50Ms: null, p95Ms: null, cost: [] },
      },
    });
    expect(await storedSecret('main')).toBe(SECRET);
  });

  it('keeps a secret that comes back as its mask, and takes a new one', async () => {
    expect((await put('main', { baseUrl: 'https://crm2.example', token: '********' })).body.settings).toEqual(
      { baseUrl: 'https://crm2.example', token: '********' },
    );
    expect(await storedSecret('main')).toBe(SECRET);
    await put('main', { baseUrl: 'https://crm2.example', token: `${SECRET}-2` });
    expect(await storedSecret('main')).toBe(`${SECRET}-2`);
  });

  it('refuses settings that the plugin does not take, and a mask with nothing behind it', async () => {
    const answer = await put('other', { baseUrl: 'not a url', token: '********', surplus: 1 });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map(({ pointer }) => pointer).sort()).toEqual([
      '/settings/baseUrl',
      '/settings/surplus',
      '/settings/token',
    ]);
    expect((await put('Bad_Name', { baseUrl: 'https://x.example', token: 't' })).status).toBe(400);
    expect((await put('other', {}, { plugin: 'broken' })).status).toBe(422);
    expect((await api.call('GET', '/v1/connections/other')).status).toBe(404);
  });

  it('keeps references as they are, and says what is wrong with one', async () => {
    const token = { $vault: 'kv/crm#token' };
    const set = await put('by-reference', { baseUrl: 'https://crm.example', token });
    expect(set.body.settings).toMatchObject({ token });
    const [row] = await api.query<{ secrets: Buffer | null }>(
      `SELECT secrets FROM connections WHERE name = 'by-reference'`,
    );
    expect(row?.secrets).toBeNull();
    // A secret takes its place, and a reference the place of a secret.
    expect(
      (await put('by-reference', { baseUrl: 'https://crm.example', token: SECRET })).body.settings,
    ).toMatchObject({ token: '********' });
    expect(
      (await put('by-reference', { baseUrl: 'https://crm.example', token: { $env: 'CRM_TOKEN' } })).status,
    ).toBe(200);
    const wrong = async (setting: unknown, name = 'token') =>
      (await put('wrong', { baseUrl: 'https://crm.example', [name]: setting })).body.errors?.map(
        ({ pointer, detail }) => `${pointer} ${detail}`,
      );
    expect(await wrong({ $env: 'HOME' })).toEqual([
      '/settings/token the variable HOME may not be read: the operator names those that may in TUTTI_SECRET_ENV_ALLOWED',
    ]);
    expect(await wrong({ $env: 'TUTTI_MASTER_KEY' })).toEqual([expect.stringContaining('may not be read')]);
    expect(await wrong({ $vault: 'kv/crm' })).toEqual([expect.stringContaining('names no place in Vault')]);
    expect(await wrong({ $vault: 'a/b#c', $env: 'CRM_X' })).toEqual([
      expect.stringContaining('is no reference'),
    ]);
    await api.query(`DELETE FROM connections WHERE name = 'by-reference'`);
  });

  it('leaves no secret in the database, the audit log or an answer', async () => {
    for (const table of ['connections', 'audit_events', 'idempotency_keys']) {
      const rows = await api.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t`);
      expect(
        rows.filter(({ row }) => row.includes(SECRET) || row.includes(Buffer.from(SECRET).toString('hex'))),
      ).toEqual([]);
    }
    expect(
      JSON.stringify([
        (await api.call('GET', '/v1/connections')).body,
        (await api.call('GET', '/v1/audit')).body,
      ]),
    ).not.toContain(SECRET);
  });

  it('tests a connection where plugins run, and remembers the outcome', async () => {
    expect((await api.call('POST', '/v1/connections/main/test')).body).toEqual({
      ok: false,
      detail: '401 from the CRM',
      durationMs: 12,
    });
    expect(tested).toEqual([{ workspaceId: 'default', name: 'main' }]);
    expect((await api.call('GET', '/v1/connections/main')).body).toMatchObject({
      health: 'failing',
      healthDetail: '401 from the CRM',
      checkedAt: expect.any(String),
    });
    expect((await api.call('POST', '/v1/connections/nobody/test')).status).toBe(404);
  });

  describe('limits', () => {
    const SETTINGS = { baseUrl: 'https://crm.example', token: '********' };
    const LIMITS = { concurrency: 4, rateLimit: { requests: 60, perMs: 60_000 } };
    const limitsOf = async () => (await api.call<ConnectionItem>('GET', '/v1/connections/main')).body.limits;

    it('are none at first; are set, kept when left out, and cleared with null', async () => {
      expect(await limitsOf()).toBeNull();
      expect((await put('main', SETTINGS, { limits: LIMITS })).body.limits).toEqual(LIMITS);
      expect((await put('main', SETTINGS)).body.limits).toEqual(LIMITS);
      expect((await put('main', SETTINGS, { limits: { concurrency: 2 } })).body.limits).toEqual({
        concurrency: 2,
      });
      expect((await api.call('GET', '/v1/connections')).body.items).toMatchObject([
        { limits: { concurrency: 2 } },
      ]);
      await put('main', SETTINGS, { limits: null });
      expect(await limitsOf()).toBeNull();
      expect((await put('main', SETTINGS, { limits: {} })).body.limits).toBeNull();
    });

    it('tell the hosts of a change, and are in the audit log with what they were before', async () => {
      const told: ControlMessage[] = [];
      const end = api.bus.subscribe(TOPICS.control, (messages) => void told.push(...messages));
      const revision = async () =>
        (await api.query<{ revision: number }>(`SELECT revision FROM connections WHERE name = 'main'`))[0]
          ?.revision ?? 0;
      const before = await revision();
      await put('main', SETTINGS, { limits: LIMITS });
      await eventually(() => told.length > 0);
      end();
      expect(told).toEqual([{ kind: 'definitions.changed', workspaceId: 'default', what: 'connection' }]);
      expect(await revision()).toBe(before + 1);
      expect((await api.call('GET', '/v1/audit')).body.items).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            action: 'connection.changed',
            before: expect.objectContaining({ limits: null }),
            after: expect.objectContaining({ limits: LIMITS }),
          }),
        ]),
      );
    });

    it('are refused when they are out of range, half or misspelt, and nothing changes', async () => {
      for (const [limits, pointer] of [
        [{ concurrency: 0 }, '/limits/concurrency'],
        [{ concurrency: 1_025 }, '/limits/concurrency'],
        [{ concurrency: 1.5 }, '/limits/concurrency'],
        [{ rateLimit: { requests: 5 } }, '/limits/rateLimit/perMs'],
        [{ rateLimit: { requests: 5, perMs: 99 } }, '/limits/rateLimit/perMs'],
        [{ concurency: 5 }, '/limits'],
        [7, '/limits'],
      ] as const) {
        const answer = await put('main', SETTINGS, { limits });
        expect([limits, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([limits, 400, pointer]);
      }
      expect(await limitsOf()).toEqual(LIMITS);
    });
  });

  it('removes a connection', async () => {
    expect((await api.call('DELETE', '/v1/connections/main')).status).toBe(204);
    expect((await api.call('DELETE', '/v1/connections/main')).status).toBe(404);
    expect((await api.call<{ items: unknown[] }>('GET', '/v1/connections')).body.items).toEqual([]);
  });
});
