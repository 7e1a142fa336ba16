import { randomBytes } from 'node:crypto';
import { createTestDatabase, eventually, type TestDatabase } from '@tutti/testing';
import type { DataSource } from 'typeorm';
import { openDatabase } from '../database.js';
import { beginRotation, KeyRotation, keyStatus } from './key-rotation.js';
import { MasterKey } from './master-key.js';
import { openSecretBox, type OpenedBox } from './open-secret-box.js';

const [OLD, NEXT] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
const [OLD_ID, NEXT_ID] = [new MasterKey(OLD).id, new MasterKey(NEXT).id];
const BY = { workspaceId: 'default', by: 'ann' };
const owner = (i: number) => ({ workspaceId: 'default', secret: `s${i}` });

let test: TestDatabase;
let database: DataSource;
let opened: OpenedBox[] = [];

beforeEach(async () => {
  test = await createTestDatabase();
  database = await openDatabase(test.connection);
});
afterEach(async () => {
  for (const one of opened) await one.close();
  opened = [];
  await database.destroy();
  await test.drop();
});

async function open(masterKey: string, previousKey?: string): Promise<OpenedBox> {
  const one = await openSecretBox(database, { masterKey, previousKey });
  opened.push(one);
  return one;
}

async function store({ box }: OpenedBox, i: number): Promise<void> {
  await database.query(
    `INSERT INTO secrets (workspace_id, name, sealed, updated_by) VALUES ('default', $1, $2, 'test')
     ON CONFLICT (workspace_id, name) DO UPDATE SET sealed = excluded.sealed`,
    [`s${i}`, box.seal({ value: `canary-${i}` }, owner(i))],
  );
}

/** A hub that ran under the old key, stopped, with so many secrets. */
async function hubOf(count: number): Promise<Buffer> {
  const old = await open(OLD);
  for (let i = 0; i < count; i++) await store(old, i);
  const derived = old.box.derive('x');
  await old.close();
  return derived;
}

async function everythingOpens({ box }: OpenedBox, count: number): Promise<void> {
  const rows = (await database.query('SELECT name, sealed FROM secrets')) as {
    name: string;
    sealed: Buffer;
  }[];
  expect(rows).toHaveLength(count);
  for (const { name, sealed } of rows)
    expect(box.open(sealed, { workspaceId: 'default', secret: name })).toEqual({
      value: `canary-${name.slice(1)}`,
    });
}

const usesOf = async () => new Set((await keyStatus(database)).uses.map(({ keyId }) => keyId));

it('brings everything under the new key, after which the old one is not needed', async () => {
  const derived = await hubOf(250);
  const both = await open(NEXT, OLD);
  const rotation = new KeyRotation(database, both);
  expect(await rotation.work()).toBeNull();
  expect(await beginRotation(database, BY)).toMatchObject({
    begun: true,
    rotation: { keyId: NEXT_ID, state: 'waiting' },
  });
  expect((await beginRotation(database, BY)).begun).toBe(false);
  expect(await rotation.work()).toMatchObject({ state: 'done', total: 251, moved: 251, unreadable: [] });
  expect(await usesOf()).toEqual(new Set([NEXT_ID]));
  await both.close();
  const only = await open(NEXT);
  await everythingOpens(only, 250);
  expect(only.box.derive('x').equals(derived)).toBe(true);
  await expect(open(OLD)).rejects.toThrow(`under the master key ${NEXT_ID}`);
});

it('waits for a process without the new key, and for one that still seals under the old', async () => {
  const late = await open(OLD);
  await store(late, 0);
  const both = await open(NEXT, OLD);
  const rotation = new KeyRotation(database, both);
  await beginRotation(database, BY);
  expect(await rotation.work()).toBeNull();
  expect((await keyStatus(database)).rotation?.detail).toMatch(/^Waits for process \d+ on .* to have/);
  expect(both.box.sealingKeyId).toBe(OLD_ID);
  await late.close();
  const other = await open(NEXT, OLD);
  // It has not looked since the key was changed: what it writes is not lost, and is moved too.
  expect(await rotation.work()).toBeNull();
  await store(other, 1);
  expect(other.box.sealingKeyId).toBe(OLD_ID);
  await other.look();
  expect(await rotation.work()).toMatchObject({ state: 'done' });
  await everythingOpens(other, 2);
  expect(await usesOf()).toEqual(new Set([NEXT_ID]));
});

it('goes on in another process where one was ended inside', async () => {
  await hubOf(350);
  const first = await open(NEXT, OLD);
  await beginRotation(database, BY);
  // Ended while it waits for a row of the third batch: what it had committed stays, as after kill -9.
  const own = await openDatabase(test.connection);
  const blocker = database.createQueryRunner();
  await blocker.startTransaction();
  await blocker.query(`SELECT 1 FROM secrets WHERE name = 's95' FOR UPDATE`);
  const working = new KeyRotation(own, first).work().catch((error: Error) => error);
  await eventually(async () => ((await keyStatus(database)).rotation?.moved ?? 0) >= 100, 60_000);
  await eventually(async () => {
    const ended = (await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`,
    )) as unknown[];
    return ended.length > 0;
  }, 60_000);
  expect(await working).toBeInstanceOf(Error);
  await blocker.rollbackTransaction();
  await blocker.release();
  await own.destroy();
  const moved = (await keyStatus(database)).rotation?.moved ?? 0;
  expect(moved).toBeLessThan(351);
  const second = await open(NEXT, OLD);
  expect(await new KeyRotation(database, second).work()).toMatchObject({ state: 'done', moved: 351 });
  await everythingOpens(second, 350);
});

it('names what no key opens, and ends; without a new key it moves what is of before', async () => {
  await hubOf(2);
  await database.query(
    `UPDATE secrets SET sealed = set_byte(sealed, 30, 255 - get_byte(sealed, 30)) WHERE name = 's1'`,
  );
  const both = await open(NEXT, OLD);
  const rotation = new KeyRotation(database, both);
  await beginRotation(database, BY);
  expect(await rotation.work()).toMatchObject({ state: 'done', unreadable: ['workspace under "s1"'] });
  await beginRotation(database, BY);
  expect(await rotation.work()).toMatchObject({ keyId: NEXT_ID, state: 'done', moved: 0 });
});

it('does not overwrite what is written meanwhile', async () => {
  await hubOf(1);
  const both = await open(NEXT, OLD);
  const rotation = new KeyRotation(database, both);
  await beginRotation(database, BY);
  const blocker = database.createQueryRunner();
  await blocker.startTransaction();
  await blocker.query(`UPDATE secrets SET sealed = $1 WHERE name = 's0'`, [
    both.box.seal({ value: 'written meanwhile' }, owner(0)),
  ]);
  const working = rotation.work();
  await eventually(async () => {
    const rows = await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return (rows as unknown[]).length > 0;
  }, 60_000);
  await blocker.commitTransaction();
  await blocker.release();
  await working;
  await rotation.work();
  const [row] = (await database.query('SELECT sealed FROM secrets')) as { sealed: Buffer }[];
  expect(both.box.open(row?.sealed as Buffer, owner(0))).toEqual({ value: 'written meanwhile' });
  expect(await usesOf()).toEqual(new Set([NEXT_ID]));
});
