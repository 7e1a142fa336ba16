import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from './data-folder.js';

describe('the data folder', () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'tutti-folder-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  it('makes its secrets once, readable for their owner only', () => {
    const first = openDataFolder(join(path, 'data'));
    expect(first.fresh).toBe(true);
    expect(first.masterKey).toHaveLength(32);
    expect(statSync(join(path, 'data', 'admin-token')).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, 'data', 'master-key')).mode & 0o777).toBe(0o600);
    first.release();
    const second = openDataFolder(join(path, 'data'));
    expect(second).toMatchObject({ fresh: false, adminToken: first.adminToken, masterKey: first.masterKey });
    second.release();
  });

  it('takes the key of the environment before its own, and keeps the previous one and the sessions', () => {
    const [own, next] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const given = openDataFolder(path, { masterKey: own });
    given.release();
    expect(given).toMatchObject({ masterKey: Buffer.from(own, 'hex'), previousKey: null });
    expect(existsSync(join(path, 'master-key'))).toBe(false);
    writeFileSync(join(path, 'master-key'), next);
    writeFileSync(join(path, 'master-key.previous'), `${own}\n`);
    const rotating = openDataFolder(path);
    rotating.release();
    expect(rotating).toMatchObject({
      masterKey: Buffer.from(next, 'hex'),
      previousKey: Buffer.from(own, 'hex'),
      dashboardSecret: given.dashboardSecret,
    });
    expect(() => openDataFolder(path, { previousKey: own })).toThrow(/keep one of them/);
  });

  it('takes over the lock of a process that is gone', () => {
    openDataFolder(path).release();
    writeFileSync(join(path, 'hub.pid'), '999999999');
    const folder = openDataFolder(path);
    expect(readFileSync(join(path, 'hub.pid'), 'utf8')).toBe(String(process.pid));
    folder.release();
  });

  it('refuses a newer layout, a damaged version and an empty key, with the remedy', () => {
    openDataFolder(path).release();
    writeFileSync(join(path, 'version'), '2');
    expect(() => openDataFolder(path)).toThrow(/newer Tutti.*Nothing was changed/s);
    writeFileSync(join(path, 'version'), 'x');
    expect(() => openDataFolder(path)).toThrow(/damaged/);
    writeFileSync(join(path, 'version'), '1');
    writeFileSync(join(path, 'master-key'), '');
    expect(() => openDataFolder(path)).toThrow(/back-up/);
  });
});
