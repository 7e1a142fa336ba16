import { randomBytes } from 'node:crypto';
import type { MasterKeyRotation, MasterKeys } from '@tutti/contracts';
import { KeyRotation, openSecretBox } from '@tutti/store';
import { ApiHarness } from '../testing/api-harness.js';

const [OLD, NEW] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];

describe('master keys', () => {
  let hub: ApiHarness;
  beforeAll(async () => {
    hub = await ApiHarness.start();
  });
  afterAll(() => hub.close());

  const keys = async () => (await hub.call<MasterKeys>('GET', '/v1/master-keys')).body;
  const rotate = () => hub.call<MasterKeyRotation>('POST', '/v1/master-keys/rotation');

  it('are rotated when somebody asks for it, once at a time, and no key comes out', async () => {
    await (await openSecretBox(hub.dataSource, { masterKey: OLD })).close();
    const opened = await openSecretBox(hub.dataSource, { masterKey: NEW, previousKey: OLD });
    const before = await keys();
    expect(before.keys.map(({ state }) => state)).toEqual(['active', 'next']);
    expect(before).toMatchObject({ processes: [{ pid: process.pid }], rotation: null });
    const [begun, again] = [await rotate(), await rotate()];
    expect(begun).toMatchObject({ status: 202, body: { state: 'waiting', keyId: before.keys[1]?.id } });
    expect(again.body.id).toBe(begun.body.id);
    await new KeyRotation(hub.dataSource, opened).work();
    const after = await keys();
    expect(after.keys.map(({ state }) => state)).toEqual(['retired', 'active']);
    expect(after.rotation).toMatchObject({ state: 'done', moved: 1, unreadable: [] });
    expect(after.uses).toEqual([{ what: 'installation', keyId: after.keys[1]?.id, count: 1 }]);
    expect(JSON.stringify([before, after])).not.toMatch(new RegExp(`${OLD}|${NEW}`));
    const audit = await hub.call<{ items: { action: string }[] }>('GET', '/v1/audit');
    const actions = audit.body.items.map(({ action }) => action);
    expect(actions.filter((action) => action === 'master-key.rotation-begun')).toHaveLength(1);
    await opened.close();
  });
});
