import { ApiHarness } from '../testing/api-harness.js';

const GUARDS = [{ name: 'network', held: false, detail: 'There is no unshare.' }];

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.start();
  await api.query(
    `INSERT INTO plugins (name, version, contract, description, origin, state, error, guards) VALUES
    ('util-x', '1.0.0', 1, '{}', 'folder', 'quarantined', 'It keeps ending.', $1),
    ('util-y', '1.0.0', 1, '{}', 'folder', 'failed', 'It does not load.', NULL)`,
    [JSON.stringify(GUARDS)],
  );
});
afterAll(() => api.close());

it('tells what holds an isolated plugin in, and what the machine cannot hold', async () => {
  expect((await api.call('GET', '/v1/plugins')).body.items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'util-x', state: 'quarantined', guards: GUARDS }),
      expect.objectContaining({ name: 'util-y', state: 'failed', guards: null }),
    ]),
  );
});

it('lets a plugin out of the quarantine once, with an audit event', async () => {
  const release = (name: string) => api.call('POST', `/v1/plugins/${name}/release`);
  for (let i = 0; i < 2; i++)
    expect(await release('util-x')).toMatchObject({
      status: 200,
      body: { items: [{ name: 'util-x', state: 'loaded', error: null }] },
    });
  const events = await api.query(`SELECT target FROM audit_events WHERE action = 'plugin.release'`);
  expect(events).toEqual([{ target: 'plugin:util-x' }]);
});

it('changes nothing of a plugin that failed to load, or is not there', async () => {
  const release = (name: string) => api.call('POST', `/v1/plugins/${name}/release`);
  expect(await release('util-y')).toMatchObject({ status: 200, body: { items: [{ state: 'failed' }] } });
  expect(await release('util-z')).toMatchObject({
    status: 404,
    body: { detail: 'There is no plugin "util-z".' },
  });
});
