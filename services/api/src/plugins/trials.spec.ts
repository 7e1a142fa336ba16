import type { CallOutcome, CallRequest, Trial } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';

const offer = (name: string, effect: string) => ({
  name,
  effect,
  summary: name,
  input: { type: 'object' },
  output: {},
  reconciles: false,
});
const ABOUT = {
  kind: 'erp',
  database: false,
  settings: { type: 'object' },
  capabilities: [offer('erp.order.find', 'read'), offer('erp.order.create', 'write')],
};

let api: ApiHarness;
const calls: CallRequest[] = [];
let outcome: CallOutcome;
beforeAll(async () => {
  api = await ApiHarness.start({
    tester: {
      tryCall: (request) => {
        calls.push(request);
        const { runId, callId, attempt } = request;
        return Promise.resolve({
          kind: 'call.settled',
          runId,
          callId,
          attempt,
          outcome,
          startedAt: 1_000,
          endedAt: 1_012,
        });
      },
    },
  });
  await api.query(
    `INSERT INTO plugins (name, version, contract, description, origin, state, error) VALUES
     ('erp-x', '1.2.0', 1, $1, 'folder', 'loaded', NULL), ('erp-y', '1.0.0', 1, $1, 'folder', 'loaded', NULL),
     ('erp-ill', '1.0.0', 1, $1, 'folder', 'quarantined', 'It keeps ending.')`,
    [JSON.stringify(ABOUT)],
  );
  await api.call('PUT', '/v1/connections/books', { body: { plugin: 'erp-x' } });
});
afterAll(() => api.close());
beforeEach(() => {
  calls.length = 0;
  outcome = { status: 'succeeded', output: { id: 7 }, usage: { costMicros: 12, currency: 'EUR' } };
});

const attempt = (capability: string, more: object = {}, plugin = 'erp-x') =>
  api.call<Trial>('POST', `/v1/plugins/${plugin}/capabilities/${capability}/try`, {
    body: { connection: 'books', input: { a: 1 }, ...more },
  });

it('calls a capability once over the connection and tells how it went', async () => {
  const { status, body } = await attempt('erp.order.find');
  expect([status, body]).toMatchObject([
    200,
    { status: 'succeeded', output: { id: 7 }, usage: { costMicros: 12 }, durationMs: 12, version: '1.2.0' },
  ]);
  expect(calls).toMatchObject([
    {
      workspaceId: 'default',
      input: { a: 1 },
      target: { kind: 'capability', connection: 'books', plugin: 'erp-x', pluginVersion: '1.2.0' },
      trace: { traceId: body.traceId },
      idempotencyKey: body.idempotencyKey,
    },
  ]);
  const audit = await api.query<{ after: string }>(
    `SELECT after FROM audit_events WHERE action = 'plugin.tried'`,
  );
  expect(audit.map(({ after }) => JSON.parse(after) as object)).toMatchObject([
    { capability: 'erp.order.find', connection: 'books', effect: 'read', traceId: body.traceId },
  ]);
});

it('changes nothing on the other side before that is confirmed', async () => {
  const refused = await attempt('erp.order.create');
  expect([refused.status, refused.body]).toMatchObject([
    409,
    { detail: expect.stringContaining('changes data on the other side each time') },
  ]);
  expect((await attempt('erp.order.create', { confirm: 'idempotent-write' })).status).toBe(409);
  expect(calls).toEqual([]);
  expect((await attempt('erp.order.create', { confirm: 'write' })).body.status).toBe('succeeded');
});

it('answers with the failure of the call', async () => {
  const error = { type: 'https://example.test/e', status: 503, title: 'Away.' };
  outcome = { status: 'failed', fate: 'transient', error };
  expect(await attempt('erp.order.find')).toMatchObject({
    status: 200,
    body: { status: 'failed', fate: 'transient', error: { title: 'Away.' } },
  });
});

it.each<[string, string, object, string, number]>([
  ['a plugin that is not there', 'erp.order.find', {}, 'erp-none', 404],
  ['a plugin that does not work', 'erp.order.find', {}, 'erp-ill', 409],
  ['a capability that it has not', 'erp.order.lose', {}, 'erp-x', 404],
  ['a connection that is not there', 'erp.order.find', { connection: 'none' }, 'erp-x', 404],
  ['a connection of another plugin', 'erp.order.find', {}, 'erp-y', 422],
])('refuses %s', async (...[, capability, more, plugin, status]) => {
  expect((await attempt(capability, more, plugin)).status).toBe(status);
  expect(calls).toEqual([]);
});

it('reaches no connection of another workspace', async () => {
  const token = await api.tokenOf('elsewhere');
  const path = '/v1/plugins/erp-x/capabilities/erp.order.find/try';
  expect((await api.call('POST', path, { token, body: { connection: 'books' } })).status).toBe(404);
});
