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
      ('erp-gone', '1.0.0', 1, $3, 'folder', 'failed'), ('erp-ill', '1.0.0', 1, $4, 'folder', 'quarantined')`,
      [
        plugin(['erp.payment.create', 'write'], ['erp.invoice.find', 'read']),
        plugin(['erp.order.find', 'read']),
        plugin(['erp.lost.find', 'read']),
        plugin(['erp.ill.find', 'read']),
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
    expect(await codes(calls('a', 'erp.none.find', timeout))).toEqual(['unknown-capability']);
    await api.call('PUT', '/v1/connections/books', {
      body: { plugin: 'erp-x', settings: {}, enabled: false },
    });
    expect(await codes(calls('a', 'erp.invoice.find', timeout))).toEqual(['missing-connection']);
    await api.call('PUT', '/v1/connections/books', {
      body: { plugin: 'erp-x', settings: {}, enabled: true },
    });
  });

  it('says of a plugin that does not work why, and what to do', async () => {
    const told = async (capability: string) =>
      (await lint(calls('a', capability, 'timeout: { after: PT1M }'))).map(
        ({ severity, code, message, fix }) => `${severity} ${code} ${message} (${fix})`,
      );
    await api.query(
      `INSERT INTO plugin_packages (name, version, package_name, integrity, tarball, source, state, description, requested_by)
       VALUES ('erp-new', '2.0.0', 'erp-new', 'i', '', '{}', 'proposed', $1, 'ann'),
         ('erp-x', '1.0.0', 'erp-x', 'i', '', '{}', 'active', '{}', 'ann')`,
      [plugin(['erp.new.find', 'read'])],
    );
    expect(await told('erp.lost.find')).toEqual([
      'error plugin-not-loaded The plugin that has erp.lost.find does not work: ' +
        'erp-gone 1.0.0 is not loaded (See its log: npx tutti plugins)',
    ]);
    expect((await told('erp.ill.find'))[0]).toContain(
      'in quarantine (Mend the cause, then: npx tutti plugins release erp-ill)',
    );
    expect((await told('erp.new.find'))[0]).toContain(
      'waits for approval (npx tutti plugin approve erp-new 2.0.0)',
    );
    const id = '01a20414-b762-7000-82b3-9420bed4fe62';
    await api.query(
      `INSERT INTO service_instances (id, role, host, pid, version, state, seen_at)
       VALUES ($1, 'connector-host', 'h', 1, '1', 'ready', clock_timestamp() + interval '1 hour')`,
      [id],
    );
    await api.query(
      `INSERT INTO plugin_hosts (name, version, instance_id, state, log) VALUES ('erp-x', '1.0.0', $1, 'failed', 'No room.')`,
      [id],
    );
    expect(await told('erp.invoice.find')).toEqual([
      'warning plugin-not-loaded The plugin that has erp.invoice.find does not work: no connector host ' +
        'can load erp-x 1.0.0: No room. (See its log: npx tutti plugin show erp-x 1.0.0)',
    ]);
    await api.query('DELETE FROM plugin_packages');
    expect(await told('erp.invoice.find')).toEqual([]);
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
