import type { ConnectionHosts } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';

const ABOUT = {
  kind: 'util',
  database: false,
  network: true,
  settings: { type: 'object' },
  capabilities: [],
};

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.start();
  await api.query(
    `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ('util-far', '1.0.0', 1, $1, 'p', 'loaded')`,
    [JSON.stringify(ABOUT)],
  );
  await api.call('PUT', '/v1/connections/far', { body: { plugin: 'util-far' } });
});
afterAll(() => api.close());

const HOSTS = '/v1/connections/far/hosts';
const shown = async () => (await api.call<ConnectionHosts>('GET', HOSTS)).body;
const confirm = (...hosts: string[]) => api.call<ConnectionHosts>('POST', HOSTS, { body: { hosts } });
/** What a connector host writes down when the plugin has named them. */
const asks = (...hosts: string[]) =>
  api.query(
    `INSERT INTO connection_hosts (connection_id, plugin, asked) SELECT id, plugin, $1 FROM connections
     ON CONFLICT (connection_id) DO UPDATE SET asked = excluded.asked`,
    [JSON.stringify(hosts)],
  );

it('are confirmed as they were shown, and asked for again when there are others', async () => {
  expect(await shown()).toEqual({ asked: [], confirmed: [], waiting: [] });
  expect((await confirm('a.test')).status).toBe(409);
  await asks('b.test', 'a.test');
  expect(await shown()).toEqual({
    asked: ['b.test', 'a.test'],
    confirmed: [],
    waiting: ['b.test', 'a.test'],
  });
  expect((await confirm('a.test')).body.detail).toContain('wants to call b.test, a.test');
  expect((await confirm('a.test', 'b.test', 'c.test')).status).toBe(409);
  const [before] = await api.query<{ revision: number }>('SELECT revision FROM connections');
  expect((await confirm('a.test', 'b.test')).body.confirmed).toEqual(['a.test', 'b.test']);
  const [after] = await api.query<{ revision: number }>('SELECT revision FROM connections');
  expect(after?.revision).toBe((before?.revision ?? 0) + 1);
  await asks('c.test');
  expect((await shown()).waiting).toEqual(['c.test']);
  expect((await confirm('c.test')).body.confirmed).toEqual(['a.test', 'b.test', 'c.test']);
  const audit = await api.query<{ after: string }>(
    `SELECT after FROM audit_events WHERE action = 'connection.hosts-confirmed' ORDER BY id`,
  );
  expect(audit).toHaveLength(2);
});

it('are those of the plugin that the connection has now', async () => {
  await api.query(`UPDATE connection_hosts SET plugin = 'util-near'`);
  expect(await shown()).toEqual({ asked: [], confirmed: [], waiting: [] });
  expect((await api.call('GET', '/v1/connections/none/hosts')).status).toBe(404);
});
