import type { CallRequest, ConnectionCapabilities, NamedCapability, System } from '@tutti/contracts';
import { DiscoveryStore } from '@tutti/store';
import { ApiHarness } from '../testing/api-harness.js';

const ABOUT = { kind: 'util', database: false, settings: { type: 'object' }, capabilities: [] };

const named = (name: string, more: Partial<NamedCapability> = {}): NamedCapability => ({
  name,
  capability: `tools.desk.${name}`,
  effect: 'write',
  description: `Does ${name}.`,
  input: { type: 'object' },
  output: { type: 'object', properties: { count: { type: 'integer' } } },
  hash: `hash of ${name} ${JSON.stringify(more)}`,
  ...more,
});

let found: NamedCapability[] = [];
let tried: CallRequest | undefined;
let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.start({
    tester: {
      async discover({ workspaceId, name: connection }) {
        const store = new DiscoveryStore(api.dataSource);
        await store.align(['util-finder']);
        await store.keep({ workspaceId, connection }, { found, leftOut: [], nextMs: 1_000_000 });
        return { ok: true, detail: '' };
      },
      tryCall(request) {
        tried = request;
        const { runId, callId, attempt } = request;
        const outcome = { status: 'succeeded', output: { count: 2 } } as const;
        return Promise.resolve({
          kind: 'call.settled',
          runId,
          callId,
          attempt,
          outcome,
          startedAt: 1,
          endedAt: 2,
        });
      },
    },
  });
  for (const [name, more] of [
    ['util-finder', { discovers: true }],
    ['util-plain', {}],
  ] as const)
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ($1, '1.0.0', 1, $2, 'p', 'loaded')`,
      [name, JSON.stringify({ ...ABOUT, ...more })],
    );
  await api.call('PUT', '/v1/connections/desk', { body: { plugin: 'util-finder' } });
  await api.call('PUT', '/v1/connections/plain', { body: { plugin: 'util-plain' } });
});
afterAll(() => api.close());

const PATH = '/v1/connections/desk/capabilities';
const shown = async () => (await api.call<ConnectionCapabilities>('GET', PATH)).body;
const find = async () => (await api.call<ConnectionCapabilities>('POST', `${PATH}/find`)).body;
const approve = (hash: string | null, effects = {}) =>
  api.call<ConnectionCapabilities>('POST', `${PATH}/approve`, { body: { hash, effects } });
const uses = ({ items }: ConnectionCapabilities) => items.map(({ name, use, change }) => [name, use, change]);
const catalog = async () => {
  const { body } = await api.call<{ items: { name: string; plugins: string[] }[] }>(
    'GET',
    '/v1/capabilities',
  );
  return body.items.filter(({ name }) => name.startsWith('tools.')).map(({ name }) => name);
};
const lint = async (capability: string) => {
  const document = `
document: { dsl: '1.0.3', namespace: test, name: calls, version: 1.0.0 }
do:
  - one: { call: '${capability}:1@default', with: {} }
`;
  const { body } = await api.call<{ findings: { code: string; message: string }[] }>(
    'POST',
    '/v1/workflows/lint',
    {
      raw: document,
      headers: { 'content-type': 'application/yaml' },
    },
  );
  return body.findings.filter(({ code, message }) => code !== 'no-timeout' && message.includes(capability));
};

it('are shown, approved as they were shown, and then part of the catalog', async () => {
  expect((await api.call('GET', '/v1/connections/plain/capabilities')).body).toMatchObject({ state: 'none' });
  expect(await shown()).toMatchObject({ state: 'waiting', items: [] });
  expect((await approve('x')).status).toBe(409);
  found = [named('close'), named('search', { effect: 'read', hinted: true })];
  const first = await find();
  expect(first).toMatchObject({ state: 'new', mode: 'pin', prefix: 'desk', approved: null });
  expect(uses(first)).toEqual([
    ['tools.desk.close', 'waiting', 'added'],
    ['tools.desk.search', 'waiting', 'added'],
  ]);
  expect(first.items[1]).toMatchObject({ effect: 'read', hinted: true, original: 'search' });
  expect(await catalog()).toEqual([]);
  expect((await lint('tools.desk.close')).length).toBeGreaterThan(0);
  expect((await approve('another')).status).toBe(409);
  expect((await approve(first.hash, { 'tools.desk.other': 'read' })).status).toBe(422);
  const approved = await approve(first.hash, { 'tools.desk.close': 'idempotent-write' });
  expect(approved.body).toMatchObject({ state: 'approved', approved: { hash: first.hash } });
  expect(approved.body.items[0]).toMatchObject({ effect: 'idempotent-write', use: 'callable', change: null });
  expect(await catalog()).toEqual(['tools.desk.close', 'tools.desk.search']);
  expect(await lint('tools.desk.close')).toEqual([]);
  const audit = await api.query<{ after: string }>(
    `SELECT after FROM audit_events WHERE action = 'connection.capabilities-approved'`,
  );
  expect(audit).toHaveLength(1);
});

it('can be tried out', async () => {
  const path = '/v1/plugins/util-finder/capabilities';
  const answer = await api.call('POST', `${path}/tools.desk.search/try`, {
    body: { connection: 'desk', input: {} },
  });
  expect(answer.body).toMatchObject({ status: 'succeeded', effect: 'read', output: { count: 2 } });
  expect(tried?.target).toMatchObject({ capability: 'tools.desk.search', connection: 'desk' });
  const write = await api.call('POST', `${path}/tools.desk.close/try`, {
    body: { connection: 'desk', input: {} },
  });
  expect(write.status).toBe(409);
});

it('show what changed, and warn until it is approved', async () => {
  found = [named('close', { description: 'Does something else.' }), named('open')];
  const changed = await find();
  expect(changed.state).toBe('changed');
  expect(uses(changed)).toEqual([
    ['tools.desk.close', 'refused', 'changed'],
    ['tools.desk.open', 'waiting', 'added'],
    ['tools.desk.search', 'refused', 'removed'],
  ]);
  expect(changed.items[0]).toMatchObject({
    parts: ['description', 'effect'],
    description: 'Does something else.',
    approved: { description: 'Does close.' },
  });
  const warned = async () => {
    const { body } = await api.call<System>('GET', '/v1/system');
    return body.warnings.filter(({ code }) => code === 'capabilities-changed').map(({ message }) => message);
  };
  expect(await warned()).toEqual([expect.stringContaining('Calls of 2 tools are refused')]);
  await approve(changed.hash);
  expect(await warned()).toEqual([]);
  expect(await catalog()).toEqual(['tools.desk.close', 'tools.desk.open']);
});

it('follow the other side where somebody says so', async () => {
  const set = await api.call<ConnectionCapabilities>('PATCH', PATH, { body: { mode: 'follow' } });
  expect(set.body).toMatchObject({ mode: 'follow', prefix: 'desk' });
  found = [named('close'), named('guess', { effect: 'read', hinted: true })];
  const followed = await find();
  expect(followed).toMatchObject({ state: 'approved', approved: { by: 'hub' } });
  expect(followed.items.map(({ effect }) => effect)).toEqual(['write', 'write']);
  expect((await api.call('PATCH', PATH, { body: { prefix: 'Not a name' } })).status).toBe(400);
});

it('are of one workspace', async () => {
  const token = await api.tokenOf('other');
  expect((await api.call('GET', PATH, { token })).status).toBe(404);
  const { body } = await api.call<{ items: { name: string }[] }>('GET', '/v1/capabilities', { token });
  expect(body.items.filter(({ name }) => name.startsWith('tools.'))).toEqual([]);
});
