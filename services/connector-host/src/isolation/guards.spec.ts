import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HttpStub } from '../testing/http-stub.js';
import { probeGuards, type Guards } from './guards.js';

const run = promisify(execFile);
let guards: Guards;
beforeAll(async () => {
  guards = await probeGuards();
});

/** What the code prints behind the kernel's guards alone, with all of Node at hand. */
async function behind(code: string): Promise<string> {
  const [file, ...given] = [...guards.wrap, process.execPath, '-e', code] as [string, ...string[]];
  const { stdout } = await run(file, given, { env: {} });
  return stdout.trim();
}

/** True where the machine holds a guard; where it does not, it must say why and what is left. */
function holds(name: Guards['list'][number]['name']): boolean {
  const guard = guards.list.find((one) => one.name === name);
  if (guard?.held === true) return true;
  expect(guard?.detail).toMatch(/: .+\.$/);
  return false;
}

it('tells of every guard whether it holds', () => {
  expect(guards.list.map(({ name }) => name)).toEqual([
    'permissions',
    'closed-world',
    'network',
    'signals',
    'memory',
    'orphans',
  ]);
});

it('has no way to the network where the kernel holds that', async () => {
  const stub = await HttpStub.start();
  try {
    const { port } = new URL(stub.origin);
    const code = `require('net').connect(${port}, '127.0.0.1')
      .on('connect', () => { console.log('connected'); process.exit(0); })
      .on('error', ({ code }) => console.log(code))`;
    expect(await behind(code)).toBe(holds('network') ? 'ENETUNREACH' : 'connected');
  } finally {
    await stub.stop();
  }
});

it('sees no other process where the kernel holds that', async () => {
  const code = `try { process.kill(${process.pid}, 0); console.log('reached'); } catch ({ code }) { console.log(code); }`;
  expect(await behind(code)).toBe(holds('signals') ? 'ESRCH' : 'reached');
});

it('gets no more memory than is allowed where the kernel holds that', async () => {
  const code = `const all = []; let said = 'all of it';
    try { for (let i = 0; i < 30; i++) all.push(Buffer.alloc(50_000_000, 1)); } catch { said = 'no more'; }
    console.log(said);`;
  expect(await behind(code)).toBe(holds('memory') ? 'no more' : 'all of it');
});
