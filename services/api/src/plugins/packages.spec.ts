import type { PluginVersionDetail, PluginVersionItem } from '@tutti/contracts';
import { integrityOf } from '@tutti/store';
import { pluginTarball } from '@tutti/testing';
import { type Answer, ApiHarness } from '../testing/api-harness.js';
import { NpmStub } from '../testing/npm-stub.js';

const NAME = 'util-sizer';
const PACKAGE = `@acme/${NAME}`;
const PATH = `/v1/plugins/packages/${NAME}`;
const tarball = (version: string, more = {}) => pluginTarball({ name: PACKAGE, version, ...more });

let hub: ApiHarness;
let registry: NpmStub;
beforeAll(async () => {
  registry = await NpmStub.start();
  hub = await ApiHarness.start({ config: { pluginRegistry: registry.url } });
});
afterAll(async () => {
  await hub.close();
  await registry.close();
});
afterEach(async () => {
  await hub.query('DELETE FROM plugin_packages');
  await hub.query('DELETE FROM plugins');
  await hub.query('DELETE FROM workflow_plugins');
});

type Detail = Answer<PluginVersionDetail>;
const upload = (bytes: Buffer, query = '', api = hub): Promise<Detail> =>
  api.call('POST', `/v1/plugins/packages/tarball${query}`, { raw: bytes });
const fromNpm = (spec: string, api = hub): Promise<Detail> =>
  api.call('POST', '/v1/plugins/packages/npm', { body: { spec } });
const show = (version: string): Promise<Detail> => hub.call('GET', `${PATH}/versions/${version}`);
const approve = (version: string, body: object = {}, headers: Record<string, string> = {}): Promise<Detail> =>
  hub.call('POST', `${PATH}/versions/${version}/approve`, { body, headers });
const rollBack = (): Promise<Detail> => hub.call('POST', `${PATH}/rollback`);
const states = async (): Promise<Record<string, string>> => {
  const { body } = await hub.call<{ items: PluginVersionItem[] }>('GET', '/v1/plugins/packages');
  return Object.fromEntries(body.items.map(({ version, state }) => [version, state]));
};

/** What a connector host does when it has read what a version says about itself. */
async function described(version: string, more: object = {}): Promise<void> {
  const size = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
  const about = {
    name: NAME,
    version,
    kind: 'util',
    contract: 1,
    settings: { type: 'object', properties: { key: { type: 'string', secret: true } } },
    capabilities: [
      {
        name: 'util.size',
        summary: 'Size.',
        effect: 'read',
        input: { type: 'object', properties: {} },
        output: size,
        reconciles: false,
      },
    ],
    database: false,
    ...more,
  };
  await hub.query(
    `UPDATE plugin_packages SET state = 'proposed', description = $2, revision = revision + 1 WHERE version = $1`,
    [version, JSON.stringify(about)],
  );
}

async function installed(version: string, more?: object): Promise<void> {
  expect((await upload(tarball(version))).status).toBe(201);
  await described(version, more);
  expect((await approve(version)).status).toBe(200);
}

describe('a tarball', () => {
  it('is proposed with its integrity, approved, and then what connections can be made of', async () => {
    const bytes = tarball('1.0.0');
    const made = await upload(bytes);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: NAME,
      version: '1.0.0',
      packageName: PACKAGE,
      state: 'waiting',
      integrity: integrityOf(bytes),
      bytes: bytes.length,
      source: { kind: 'upload', signed: false, provenance: false },
      permissions: null,
    });
    const early = await approve('1.0.0');
    expect([early.status, early.body.detail]).toEqual([
      409,
      expect.stringContaining('waits for a connector host'),
    ]);
    await described('1.0.0', { network: true });
    expect((await show('1.0.0')).body).toMatchObject({
      state: 'proposed',
      permissions: { network: true, hosts: null, secrets: ['key'], database: false, contract: 1 },
      changes: null,
    });
    expect((await hub.call('GET', '/v1/capabilities')).body).toMatchObject({ items: [] });
    expect((await approve('1.0.0', {}, { 'if-match': '"1"' })).status).toBe(412);
    expect((await approve('1.0.0', {}, { 'if-match': '"2"' })).body).toMatchObject({ state: 'active' });
    const offers = await hub.call('GET', '/v1/capabilities');
    expect(offers.body).toMatchObject({ items: [{ name: 'util.size', plugins: [NAME] }] });
    const same = await hub.call('GET', `${PATH}/versions/1.0.0/tarball`);
    expect(same.headers.get('content-length')).toBe(String(bytes.length));
    const audit = await hub.query<{ action: string }>(
      `SELECT action FROM audit_events WHERE target = 'plugin:${NAME}' ORDER BY id`,
    );
    expect(audit.map(({ action }) => action)).toEqual(['plugin.proposed', 'plugin.activated']);
  });

  it('is refused when it is not the one that was meant, or is no plugin', async () => {
    const bytes = tarball('1.0.0');
    const other = encodeURIComponent(integrityOf(Buffer.from('other')));
    expect((await upload(bytes, `?integrity=${other}`)).status).toBe(422);
    expect((await upload(bytes, `?integrity=${encodeURIComponent(integrityOf(bytes))}`)).status).toBe(201);
    const needy = await upload(tarball('1.0.1', { manifest: { dependencies: { lodash: '4' } } }));
    expect([needy.status, needy.body.detail]).toEqual([422, expect.stringContaining('bundle them')]);
    expect((await upload(Buffer.from('hello'))).status).toBe(422);
  });

  it('never changes under its version, nor does its package', async () => {
    await upload(tarball('1.0.0'));
    const again = await upload(tarball('1.0.0'));
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining('there already')]);
    const changed = await upload(tarball('1.0.0', { module: 'export default 1;' }));
    expect(changed.body.detail).toContain('A version never changes');
    const foreign = await upload(pluginTarball({ name: `@evil/${NAME}`, version: '1.0.1' }));
    expect(foreign.body.detail).toContain(`installed from the package ${PACKAGE}`);
  });

  it('does not take the place of a plugin of the hub', async () => {
    await hub.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ($1, '1', 1, '{}', 'folder', 'loaded')`,
      [NAME],
    );
    expect((await upload(tarball('1.0.0'))).body.detail).toContain('a plugin of the hub itself');
  });
});

describe('an upgrade', () => {
  it('shows what is different and keeps the former version for a roll-back', async () => {
    await installed('1.0.0');
    await upload(tarball('2.0.0'));
    const settings = {
      type: 'object',
      properties: { key: { type: 'string', secret: true }, url: { type: 'string' } },
      required: ['url'],
    };
    const output = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
    const capability = { name: 'util.size', summary: 'Size.', effect: 'write', input: { type: 'object' } };
    await described('2.0.0', {
      network: true,
      settings,
      capabilities: [{ ...capability, output, reconciles: false }],
    });
    const { body } = await show('2.0.0');
    expect(body.changes?.map(({ what, name, breaking }) => `${what} ${name} ${breaking}`)).toEqual([
      'permission network false',
      'setting /url true',
      'capability util.size true',
      'output util.size/n true',
    ]);
    expect((await approve('2.0.0')).status).toBe(200);
    expect(await states()).toEqual({ '1.0.0': 'inactive', '2.0.0': 'active' });
    expect((await rollBack()).body).toMatchObject({ version: '1.0.0', state: 'active' });
    expect(await states()).toEqual({ '1.0.0': 'active', '2.0.0': 'withdrawn' });
    const rows = await hub.query('SELECT version, state FROM plugins ORDER BY version');
    expect(rows).toEqual([
      { version: '1.0.0', state: 'loaded' },
      { version: '2.0.0', state: 'inactive' },
    ]);
    expect((await rollBack()).status).toBe(409);
  });

  it('shows which hosts may be called besides', async () => {
    const reaching = (patterns: string[], settings: string[] = []) => ({
      network: true,
      hosts: { patterns, settings },
    });
    await installed('1.0.0', reaching(['api.acme.com', 'old.acme.com']));
    await upload(tarball('1.1.0'));
    await described('1.1.0', reaching(['api.acme.com', '*.evil.com'], ['size']));
    const { body } = await show('1.1.0');
    expect(body.changes?.map(({ what, name, detail }) => `${what} ${name} ${detail}`)).toEqual([
      'permission hosts may call *.evil.com now',
      'permission hosts may call the host that the setting "size" names now',
      'permission hosts may not call old.acme.com any more',
    ]);
  });

  it('says of an addition that it breaks nothing', async () => {
    await installed('1.0.0');
    await upload(tarball('1.1.0'));
    const output = { type: 'object', properties: { n: { type: 'integer' }, m: {} }, required: ['n', 'm'] };
    const input = { type: 'object', properties: { unit: { type: 'string' } } };
    const of = (name: string) => ({
      name,
      summary: 'S.',
      effect: 'read',
      input,
      output,
      reconciles: false,
    });
    const settings = {
      type: 'object',
      properties: { key: { type: 'string', secret: true }, more: { type: 'string' } },
    };
    await described('1.1.0', { settings, capabilities: [of('util.size'), of('util.more')] });
    expect((await show('1.1.0')).body.changes).toEqual([
      { what: 'capability', name: 'util.more', detail: 'is new: S.', breaking: false },
    ]);
  });
});

it('that is let out of the quarantine serves as it did before', async () => {
  await installed('1.0.0');
  await installed('2.0.0');
  await hub.query(`UPDATE plugins SET state = 'quarantined', error = 'It keeps ending.'`);
  expect((await show('1.0.0')).body.log).toBe('It keeps ending.');
  await hub.call('POST', `/v1/plugins/${NAME}/release`);
  const rows = await hub.query<{ state: string }>('SELECT state FROM plugins ORDER BY version');
  expect(rows.map(({ state }) => state)).toEqual(['inactive', 'loaded']);
});

it('is read again on request, when it could not be read', async () => {
  await upload(tarball('1.0.0'));
  const retry = () => hub.call<PluginVersionDetail>('POST', `${PATH}/versions/1.0.0/retry`);
  expect((await retry()).status).toBe(409);
  await hub.query(`UPDATE plugin_packages SET state = 'failed', log = 'No room.'`);
  expect((await approve('1.0.0')).body.detail).toContain('npx tutti plugin retry util-sizer 1.0.0');
  const { status, body } = await retry();
  expect([status, body.state, body.log]).toEqual([200, 'waiting', null]);
});

describe('workflows', () => {
  const apply = (version: string) =>
    hub.call('PUT', '/v1/workflows', {
      headers: { 'content-type': 'application/yaml' },
      raw: `document: { dsl: '1.0.3', namespace: test, name: sized, version: ${version} }
do: [ { size: { call: 'util.size:1@default', with: {} } } ]`,
    });
  const served = async () => {
    const { body } = await hub.call<{ plugins: object[] }>('GET', '/v1/workflows/test/sized');
    return body.plugins;
  };
  const withVersion = (version: string) => [{ name: NAME, version, problem: null }];

  it('stay with the version they were applied with, until they are applied anew or moved', async () => {
    await installed('1.0.0');
    expect((await hub.call('PUT', '/v1/connections/sized', { body: { plugin: NAME } })).status).toBe(200);
    expect((await apply('1.0.0')).status).toBe(200);
    await upload(tarball('2.0.0'));
    await described('2.0.0');
    const user = { workflow: 'test/sized', version: '1.0.0', published: true, runs: 0 };
    expect((await show('2.0.0')).body).toMatchObject({ users: [], touched: [user] });
    await approve('2.0.0');
    expect(await served()).toEqual(withVersion('1.0.0'));
    const refused = await hub.call('DELETE', `${PATH}/versions/1.0.0`);
    expect([refused.status, refused.body.errors]).toEqual([409, [{ detail: 'workflow test/sized 1.0.0' }]]);
    await apply('1.1.0');
    expect(await served()).toEqual(withVersion('2.0.0'));
    expect((await hub.call('DELETE', `${PATH}/versions/1.0.0`)).status).toBe(204);
    await upload(tarball('3.0.0'));
    await described('3.0.0');
    await approve('3.0.0', { moveWorkflows: true });
    expect(await served()).toEqual(withVersion('3.0.0'));
    await hub.call('DELETE', '/v1/connections/sized');
  });

  it('go back with a roll-back, and say when a host cannot load what they need', async () => {
    await installed('1.0.0');
    await hub.call('PUT', '/v1/connections/sized', { body: { plugin: NAME } });
    await apply('2.0.0');
    await installed('2.0.0');
    await apply('2.1.0');
    expect(await served()).toEqual(withVersion('2.0.0'));
    await rollBack();
    expect(await served()).toEqual(withVersion('1.0.0'));
    const id = '01a20414-b762-7000-82b3-9420bed4fe62';
    await hub.query(
      `INSERT INTO service_instances (id, role, host, pid, version, state, seen_at)
       VALUES ($1, 'connector-host', 'h', 1, '1', 'ready', clock_timestamp() + interval '1 hour')`,
      [id],
    );
    await hub.query(
      `INSERT INTO plugin_hosts (name, version, instance_id, state, log) VALUES ($1, '1.0.0', $2, 'failed', 'No room.')`,
      [NAME, id],
    );
    expect(await served()).toEqual([{ name: NAME, version: '1.0.0', problem: 'No room.' }]);
    await hub.query(`DELETE FROM plugin_packages`);
    await hub.query(`UPDATE plugins SET state = 'failed', error = 'It was removed.'`);
    expect(await served()).toEqual([
      { name: NAME, version: '1.0.0', problem: expect.stringContaining('is not loaded: It was removed.') },
    ]);
    await hub.call('DELETE', '/v1/connections/sized');
  });

  it('say how their plugin fares in each host', async () => {
    await installed('1.0.0');
    const id = '01a20414-b762-7000-82b3-9420bed4fe62';
    await hub.query(
      `INSERT INTO plugin_hosts (name, version, instance_id, state, log) VALUES ($1, '1.0.0', $2, 'failed', 'No room.')`,
      [NAME, id],
    );
    expect((await show('1.0.0')).body.hosts).toMatchObject([
      { instance: id, state: 'failed', log: 'No room.' },
    ]);
  });
});

describe('a removal', () => {
  it('is refused while connections are made of the plugin, but not by force', async () => {
    await installed('1.0.0');
    const put = await hub.call('PUT', '/v1/connections/sized', { body: { plugin: NAME } });
    expect(put.status).toBe(200);
    const refused = await hub.call('DELETE', `${PATH}/versions/1.0.0`);
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('connection sized')]);
    expect((await hub.call('DELETE', `${PATH}/versions/1.0.0?force=true`)).status).toBe(204);
    expect((await hub.call('GET', PATH)).status).toBe(404);
    expect((await hub.call('GET', '/v1/capabilities')).body).toMatchObject({ items: [] });
    await hub.call('DELETE', '/v1/connections/sized');
  });
});

describe('a package of the registry', () => {
  it('is picked by its range and fetched with its integrity and signature checked', async () => {
    for (const version of ['3.0.0', '3.1.0', '4.0.0'])
      registry.publish({ name: PACKAGE, version, tarball: tarball(version), signed: 'right' });
    const { status, body } = await fromNpm(`${PACKAGE}@^3`);
    expect([status, body.version, body.state]).toEqual([201, '3.1.0', 'waiting']);
    expect(body.source).toEqual({
      kind: 'npm',
      spec: `${PACKAGE}@^3`,
      registry: registry.url,
      signed: true,
      provenance: false,
    });
    expect((await fromNpm(PACKAGE)).body.version).toBe('4.0.0');
  });

  it('is refused when its bytes, its signature or its attestation are wrong', async () => {
    const version = '1.0.0';
    const publish = (name: string, more: object) =>
      registry.publish({ name, version, tarball: pluginTarball({ name, version }), ...more });
    publish('util-swapped', { integrity: integrityOf(Buffer.from('other')) });
    publish('util-forged', { signed: 'wrong' });
    publish('util-attested', { signed: 'right', attested: true });
    for (const [name, why] of [
      ['util-swapped', 'not what the registry said'],
      ['util-forged', 'signature is wrong'],
      ['util-attested', 'attestation is about another package'],
    ] as const) {
      const { status, body } = await fromNpm(name);
      expect([status, body.detail]).toEqual([403, expect.stringContaining(why)]);
    }
    expect(await states()).toEqual({});
  });

  it('is refused where it is not in a registry, or there is none', async () => {
    expect((await fromNpm('util-nobody-has')).status).toBe(404);
    for (const spec of ['git+https://github.com/a/b', 'file:/etc', '../x', 'https://a.example/x.tgz', ''])
      expect([spec, (await fromNpm(spec)).status]).toEqual([spec, 400]);
    expect(registry.asked.filter((path) => path.includes('etc'))).toEqual([]);
  });

  it('is refused where the operator does not allow it', async () => {
    const name = '@acme/util-private';
    registry.publish({ name, version: '1.0.0', tarball: pluginTarball({ name }) });
    const config = { pluginRegistry: registry.url };
    const strict = await ApiHarness.start({
      config: { ...config, pluginsAllowed: ['@other/*', 'util-one'] },
    });
    const known = tarball('1.0.1');
    const careful = await ApiHarness.start({
      config: { ...config, pluginsRequireProvenance: true, pluginsTrusted: [integrityOf(known)] },
    });
    const away = await ApiHarness.start({ config: { pluginRegistry: 'http://127.0.0.1:9/' } });
    try {
      for (const answer of [await fromNpm(name, strict), await upload(tarball('1.0.0'), '', strict)])
        expect([answer.status, answer.body.detail]).toEqual([403, expect.stringContaining('@other/*')]);
      for (const answer of [await fromNpm(name, careful), await upload(tarball('1.0.0'), '', careful)])
        expect([answer.status, answer.body.detail]).toEqual([403, expect.stringContaining('provenance')]);
      expect((await upload(known, '', careful)).status).toBe(201);
      const offline = await fromNpm(name, away);
      expect([offline.status, offline.body.detail]).toEqual([503, expect.stringContaining('bundle')]);
    } finally {
      await Promise.all([strict.close(), careful.close(), away.close()]);
    }
  });
});
