import type { Applied, Finding } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';

const yaml = { 'content-type': 'application/yaml' };
const plugin = (...capabilities: [string, string][]) =>
  JSON.stringify({
    kind: 'erp',
    summary: 'An ERP.',
    settings: { type: 'object' },
    capabilities: capabilities.map(([name, effect]) => ({
      name,
      effect,
      summary: name,
      input: {},
      output: {},
    })),
  });
const calls = (name: string, capability: string, more = '') =>
  `document: { dsl: '1.0.3', namespace: test, name: ${name}, version: 1.0.0 }
${more}
do:
  - pay:
      call: ${capability}:1@default
`;

describe('what the hub knows when it checks a workflow', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES
      ('erp-x', '1.0.0', 1, $1, 'folder', 'loaded'), ('erp-y', '1.0.0', 1, $2, 'folder', 'loaded'),
      ('erp-gone', '1.0.0', 1, $3, 'folder', 'failed')`,
      [
        plugin(['erp.payment.create', 'write'], ['erp.invoice.find', 'read']),
        plugin(['erp.order.find', 'read']),
        plugin(['erp.lost.find', 'read']),
      ],
    );
    const body = { plugin: 'erp-x', settings: {} };
    expect((await api.call('PUT', '/v1/connections/books', { body })).status).toBeLessThan(300);
  });
  afterAll(() => api.close());

  const lint = async (raw: string): Promise<Finding[]> =>
    (await api.call<{ findings: Finding[] }>('POST', '/v1/workflows/lint', { raw, headers: yaml })).body
      .findings;
  const codes = async (raw: string) => (await lint(raw)).map(({ code }) => code);

  it('tells a missing connection from a capability that nobody has', async () => {
    const timeout = 'timeout: { after: PT1M }';
    expect(await codes(calls('a', 'erp.invoice.find', timeout))).toEqual([]);
    expect(await lint(calls('a', 'erp.order.find', timeout))).toMatchObject([
      { code: 'missing-connection', line: 5, column: 7, fix: expect.stringContaining('erp-y') },
    ]);
    expect(await codes(calls('a', 'erp.lost.find', timeout))).toEqual(['unknown-capability']);
    await api.call('PUT', '/v1/connections/books', {
      body: { plugin: 'erp-x', settings: {}, enabled: false },
    });
    expect(await codes(calls('a', 'erp.invoice.find', timeout))).toEqual(['missing-connection']);
    await api.call('PUT', '/v1/connections/books', {
      body: { plugin: 'erp-x', settings: {}, enabled: true },
    });
  });

  it('warns of a write that nobody catches and a call without a time, and applies all the same', async () => {
    const raw = calls('warned', 'erp.payment.create');
    const applied = await api.call<Applied>('PUT', '/v1/workflows', { raw, headers: yaml });
    expect([applied.status, applied.body.change]).toEqual([200, 'created']);
    expect(applied.body.findings.map(({ code, severity, docs }) => [severity, code, docs])).toEqual([
      ['warning', 'no-timeout', 'docs/workflows/findings.md#no-timeout'],
      ['warning', 'write-without-catch', 'docs/workflows/findings.md#write-without-catch'],
    ]);
  });

  it('is content with the timeout and the fallback of a routing policy', async () => {
    const policy = (spec: string) => `apiVersion: tutti/v1
kind: RoutingPolicy
metadata: { name: payments }
spec: { capability: erp.payment.create, ${spec} }
`;
    const apply = async (spec: string) =>
      expect((await api.call('PUT', '/v1/policies', { raw: policy(spec), headers: yaml })).status).toBe(200);
    const raw = calls('a', 'erp.payment.create');
    await apply('candidates: [ { connection: books } ]');
    expect(await codes(raw)).toEqual(['no-timeout', 'write-without-catch']);
    await apply('candidates: [ { connection: books, timeout: PT20S } ]');
    expect(await codes(raw)).toEqual(['write-without-catch']);
    await apply('candidates: [ { connection: books } ], timeout: PT20S, exhausted: review');
    expect(await codes(raw)).toEqual([]);
  });

  it('repeats no secret in its answers: of lint, of apply, of a refusal', async () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const raw = (task: string) =>
      `document: { dsl: '1.0.3', namespace: test, name: s, version: 1.0.0 }\ndo:\n  - a: ${task}\n`;
    const found = await lint(raw(`{ set: { x: ${secret} } }`));
    expect(found.map(({ code }) => code)).toEqual(['secret-in-text']);
    const applied = await api.call('PUT', '/v1/workflows', {
      raw: raw(`{ set: { x: ${secret} } }`),
      headers: yaml,
    });
    const refused = await api.call('PUT', '/v1/workflows', {
      raw: raw(`{ set: { x: '\${ "${secret}" | }' } }`),
      headers: yaml,
    });
    expect([applied.status, refused.status]).toEqual([200, 422]);
    expect(JSON.stringify([found, applied.body, refused.body])).not.toContain(secret);
  });

  it('knows which workflows and versions tasks can run', async () => {
    const document = (name: string, task: string) =>
      `document: { dsl: '1.0.3', namespace: lint, name: ${name}, version: 1.0.0 }\ndo:\n- a: ${task}\n`;
    const runs = (name: string, version: string) =>
      document('outer', `{ run: { workflow: { namespace: lint, name: ${name}, version: ${version} } } }`);
    expect(await lint(runs('inner', 'latest'))).toMatchObject([
      {
        severity: 'warning',
        code: 'unknown-workflow',
        message: 'There is no workflow lint/inner on this hub',
      },
    ]);
    const applied = await api.call('PUT', '/v1/workflows', {
      raw: document('inner', '{ set: { x: 1 } }'),
      headers: yaml,
    });
    expect(applied.status).toBeLessThan(300);
    expect(await codes(runs('inner', 'latest'))).toEqual([]);
    expect(await codes(runs('inner', '1.0.0'))).toEqual([]);
    expect(await codes(runs('inner', '2.0.0'))).toEqual(['unknown-version']);
  });
});
