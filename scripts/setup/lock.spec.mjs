import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from './lock.mjs';

let folder;
let file;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('takeLock', () => {
  it('holds the lock until it is released', async () => {
    const release = await takeLock(file);
    expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid);
    release();
    expect(existsSync(file)).toBe(false);
  });

  it('takes over from a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    writeFileSync(file, JSON.stringify({ pid: child.pid, startTime: null, command: 'start' }));
    const release = await takeLock(file);
    expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid);
    release();
  });

  it('waits for a living holder, and goes on when it lets go', async () => {
    const first = await takeLock(file);
    let taken = false;
    const second = takeLock(file).then((release) => {
      taken = true;
      return release;
    });
    expect(taken).toBe(false);
    first();
    (await second)();
    expect(taken).toBe(true);
  });
});
