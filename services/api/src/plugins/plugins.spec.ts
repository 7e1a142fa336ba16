import type { PluginLog } from '@tutti/contracts';
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

it('has a log that shows nobody the lines of other workspaces', async () => {
  const line = (text: string, workspaceId: string | null) => ({
    at: `2026-01-01T00:00:0${text.length}.000Z`,
    level: 'info',
    text,
    workspaceId,
  });
  const lines = [line('aaaa', '*'), line('aaa', 'elsewhere'), line('aa', 'default'), line('a', null)];
  await api.query(
    `INSERT INTO plugin_logs (name, version, instance_id, lines) VALUES ($1, '1.0.0', gen_random_uuid(), $2)`,
    ['util-logged', JSON.stringify(lines)],
  );
  const log = async (query = '') => {
    const { body } = await api.call<PluginLog>('GET', `/v1/plugins/util-logged/log${query}`);
    return body.items.map(({ text }) => text);
  };
  expect(await log()).toEqual(['a', 'aa', 'aaaa']);
  expect(await log('?version=2.0.0')).toEqual([]);
  await api.tokenOf('elsewhere');
  expect(await log()).toEqual(['a', 'aa']);
});
