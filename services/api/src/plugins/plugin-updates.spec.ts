import { pluginTarball } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { NpmStub } from '../testing/npm-stub.js';

const PACKAGE = '@acme/util-sizer';

describe('updates of plugins', () => {
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
  afterEach(() => hub.query('DELETE FROM plugin_packages'));

  const publish = (version: string) =>
    registry.publish({ name: PACKAGE, version, tarball: pluginTarball({ name: PACKAGE, version }) });
  const serve = () => hub.query(`UPDATE plugin_packages SET state = 'active'`);

  it('are asked for when a person wants it, of what came from the registry alone', async () => {
    publish('1.0.0');
    const fetched = await hub.call('POST', '/v1/plugins/packages/npm', { body: { spec: PACKAGE } });
    const handedIn = pluginTarball({ name: 'util-private', version: '1.0.0' });
    const uploaded = await hub.call('POST', '/v1/plugins/packages/tarball', { raw: handedIn });
    expect([fetched.status, uploaded.status]).toEqual([201, 201]);
    await serve();
    publish('1.1.0');
    registry.asked.length = 0;
    const { body } = await hub.call('POST', '/v1/plugins/updates');
    const about = { name: 'util-sizer', packageName: PACKAGE };
    expect(body).toEqual({ items: [{ ...about, active: '1.0.0', latest: '1.1.0', error: null }] });
    expect(registry.asked).toEqual([`/${PACKAGE}`]);
  });

  it('say what keeps the registry from answering', async () => {
    await hub.call('POST', '/v1/plugins/packages/npm', { body: { spec: `${PACKAGE}@1.0.0` } });
    await serve();
    const away = await ApiHarness.start({ beside: hub, config: { pluginRegistry: 'http://127.0.0.1:9/' } });
    const { body } = await away.call('POST', '/v1/plugins/updates');
    const error = expect.stringContaining('could not be fetched from http://127.0.0.1:9/');
    expect(body).toMatchObject({ items: [{ name: 'util-sizer', latest: null, error }] });
    await away.close();
  });
});
