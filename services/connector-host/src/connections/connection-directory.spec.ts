import { randomBytes } from 'node:crypto';
import { SecretBox } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { LIMITS } from '../limits.js';
import { CANARY, TestHub } from '../testing/test-plugin.js';
import { ConnectionDirectory } from './connection-directory.service.js';

const hub = TestHub.use();
const find = () => hub.host.host.directory.find('default', 'main');
const baseUrlOf = async () => {
  const found = await find();
  return 'connection' in found ? found.connection.settings['baseUrl'] : found.error;
};

it('notices a change within a second without being told', async () => {
  expect(await baseUrlOf()).toBe(hub.stub.origin);
  await hub.host.database.query(
    `UPDATE connections SET settings = '{"baseUrl": "http://other.test"}', revision = revision + 1`,
  );
  await eventually(async () => (await baseUrlOf()) === 'http://other.test', LIMITS.connectionsAgeMsMax * 5);
});

it('does not load what has not changed, and asks the database at most once at a time', async () => {
  const before = await find();
  hub.host.host.directory.notify();
  const found = await Promise.all([find(), find(), find()]);
  for (const again of found) expect(again).toBe(before);
});

it('finds a connection that was made just before it is called', async () => {
  await find();
  await hub.host.database.query(
    `INSERT INTO connections (id, workspace_id, name, plugin, settings, enabled, revision)
     SELECT gen_random_uuid(), workspace_id, 'fresh', 'none', '{}', true, 1 FROM connections`,
  );
  const { error } = (await hub.host.host.directory.find('default', 'fresh')) as { error: string };
  expect(error).toContain('The plugin "none" of connection "fresh" is not loaded');
});

it('hears of a change that comes while it looks', async () => {
  const { directory } = hub.host.host;
  directory.notify();
  const looking = find();
  const enable = async (enabled: boolean) => {
    await hub.host.database.query('UPDATE connections SET enabled = $1, revision = revision + 1', [enabled]);
    directory.notify();
  };
  await enable(false);
  expect(await find()).toMatchObject({ disabled: true });
  await looking;
  await enable(true);
});

it('keeps workspaces apart', async () => {
  expect(await hub.host.host.directory.find('other', 'main')).toEqual({
    error: 'There is no connection "main".',
    disabled: false,
  });
});

it('says what to do when secrets were sealed under another master key, and shows none', async () => {
  const { registry, knownSecrets } = hub.host.host;
  const secretBox = new SecretBox(randomBytes(32));
  const directory = new ConnectionDirectory({
    database: hub.host.database,
    registry,
    secretBox,
    knownSecrets,
  });
  const found = await directory.find('default', 'main');
  expect(found).toMatchObject({ error: expect.stringContaining('enter the secrets again'), disabled: false });
  expect(JSON.stringify(found)).not.toContain(CANARY);
});

it('forgets the secrets of a connection that is gone', async () => {
  await find();
  expect(hub.host.host.knownSecrets.redact(CANARY)).toBe('[redacted]');
  await hub.host.database.query('DELETE FROM connections');
  hub.host.host.directory.notify();
  expect(await find()).toMatchObject({ error: expect.stringContaining('no connection') });
  expect(hub.host.host.knownSecrets.redact(CANARY)).toBe(CANARY);
});
