import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withProcessLock } from './process-lock.js';

describe('a lock among processes', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tutti-lock-'));
    file = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('lets one after the other work, and leaves nothing behind', async () => {
    let working = 0;
    const seen: number[] = [];
    const work = () =>
      withProcessLock(file, async () => {
        working += 1;
        await new Promise((done) => setImmediate(done));
        seen.push(working);
        working -= 1;
      });
    await Promise.all(Array.from({ length: 5 }, work));
    expect(seen).toEqual([1, 1, 1, 1, 1]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    await expect(withProcessLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a process that was killed, by one of many', async () => {
    const killed = spawn(process.execPath, ['-e', '']);
    await once(killed, 'exit');
    writeFileSync(file, String(killed.pid));
    let done = 0;
    await Promise.all(Array.from({ length: 5 }, () => withProcessLock(file, async () => void (done += 1))));
    expect(done).toBe(5);
    expect(readdirSync(folder)).toEqual([]);
  });
});
