import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { DataSource } from 'typeorm';
import { openDatabase } from '../database.js';
import { deriveKey, encrypt, MasterKey } from './master-key.js';
import { type GivenKeys, openSecretBox, type OpenedBox, setKeyState } from './open-secret-box.js';

let test: TestDatabase;
let database: DataSource;
const opened: OpenedBox[] = [];
const newKey = () => randomBytes(32).toString('hex');
const idOf = (key: string) => new MasterKey(key).id;

beforeEach(async () => {
  test = await createTestDatabase();
  database = await openDatabase(test.connection);
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await database.destroy();
  await test.drop();
});

async function open(given: GivenKeys | string): Promise<OpenedBox> {
  const one = await openSecretBox(database, typeof given === 'string' ? { masterKey: given } : given);
  opened.push(one);
  return one;
}

const states = async () =>
  Object.fromEntries(
    ((await database.query('SELECT id, state FROM master_keys')) as { id: string; state: string }[]).map(
      ({ id, state }) => [id, state],
    ),
  ) as Record<string, string>;

/** A connection from before data keys. */
async function legacyConnection(key: string): Promise<void> {
  const associated = Buffer.from(JSON.stringify(['default', 'crm']));
  const sealed = encrypt(
    deriveKey(Buffer.from(key, 'hex'), 'connection-secrets'),
    Buffer.from('{"token":"canary"}'),
    associated,
  );
  await database.query(
    `INSERT INTO connections (id, workspace_id, name, plugin, settings, secrets)
     VALUES (gen_random_uuid(), 'default', 'crm', 'crm-acme', '{}', $1)`,
    [Buffer.concat([Buffer.of(1), sealed])],
  );
}

const plugin = () =>
  database.query(
    `INSERT INTO plugins (name, version, contract, description, origin, state)
     VALUES ('p', '1', 1, '{}', 'folder', 'loaded')`,
  );

it('knows the key again, and derives the same from it in every process', async () => {
  const key = newKey();
  const [first, second] = [await open(key), await open(key)];
  expect(first.box.derive('x').equals(second.box.derive('x'))).toBe(true);
  // Random, not the master key's.
  expect(first.box.derive('x').equals(deriveKey(Buffer.from(key, 'hex'), 'x'))).toBe(false);
  expect(await states()).toEqual({ [idOf(key)]: 'active' });
});

it('refuses another key with what to do, and takes it when the old one is said to be lost', async () => {
  const [key, other] = [newKey(), newKey()];
  const first = (await open(key)).box.derive('x');
  const refused = openSecretBox(database, { masterKey: other });
  await expect(refused).rejects.toMatchObject({ name: 'StartError' });
  await expect(refused).rejects.toThrow(
    `under the master key ${idOf(key)}, and this process was given ${idOf(other)}`,
  );
  await expect(refused).rejects.not.toThrow(new RegExp(`${key}|${other}`));
  const anew = await open({ masterKey: other, lostKeyId: idOf(key) });
  expect(anew.box.derive('x').equals(first)).toBe(false);
  expect(await states()).toEqual({ [idOf(key)]: 'lost', [idOf(other)]: 'active' });
  await open(other);
});

it('checks the key of a hub from before with the secrets that it has, and derives what it did', async () => {
  const [key, wrong] = [newKey(), newKey()];
  await legacyConnection(key);
  await plugin();
  await expect(open(wrong)).rejects.toThrow('opens none of the secrets in the database');
  expect(await states()).toEqual({});
  const { box } = await open(key);
  expect(box.derive('x').equals(deriveKey(Buffer.from(key, 'hex'), 'x'))).toBe(true);
});

it('finds which of two keys the secrets of a hub from before are under', async () => {
  const [old, next] = [newKey(), newKey()];
  await legacyConnection(old);
  const { box } = await open({ masterKey: next, previousKey: old });
  expect(box.sealingKeyId).toBe(idOf(old));
  expect(await states()).toEqual({ [idOf(old)]: 'active', [idOf(next)]: 'next' });
});

it('goes on sealing under the old key until the database says otherwise, and then follows', async () => {
  const [old, next] = [newKey(), newKey()];
  await open(old);
  const both = await open({ masterKey: next, previousKey: old });
  expect([both.box.sealingKeyId, both.box.keyIds.length]).toEqual([idOf(old), 2]);
  await database.transaction(async (manager) => {
    await setKeyState(manager, idOf(old), 'old');
    await setKeyState(manager, idOf(next), 'active');
  });
  await both.look();
  expect(both.box.sealingKeyId).toBe(idOf(next));
  await expect(open(next)).rejects.toThrow('a rotation has not ended');
  await expect(open(old)).rejects.toThrow('the secrets of this hub are under the master key');
});

it('takes one new key at a time, and another when no living process has the first', async () => {
  const [old, next, other] = [newKey(), newKey(), newKey()];
  await open(old);
  const first = await open({ masterKey: next, previousKey: old });
  await expect(open({ masterKey: other, previousKey: old })).rejects.toThrow(
    `Other processes of this hub were started with the new master key ${idOf(next)}`,
  );
  await first.close();
  await open({ masterKey: other, previousKey: old });
  expect(await states()).toEqual({ [idOf(old)]: 'active', [idOf(other)]: 'next' });
});

it('leaves one key when many processes begin at once on an empty database', async () => {
  const key = newKey();
  const boxes = await Promise.all(Array.from({ length: 6 }, () => open(key)));
  const derived = new Set(boxes.map(({ box }) => box.derive('x').toString('hex')));
  expect(derived.size).toBe(1);
});
