import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '@tutti/testing';
import { END_WITH_PARENT } from './end-with-parent.js';

const CHILD = `['--import', ${JSON.stringify(END_WITH_PARENT)}, '-e', 'setInterval(() => undefined, 1000)']`;
const PARENT = `
  const child = require('node:child_process').spawn(process.execPath, ${CHILD}, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  console.log(child.pid);`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a child process that ends with its parent', () => {
  it('lives while the parent does, and ends when that is killed', async () => {
    const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => !isAlive(pid), 10_000);
  });
});
