import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { eventually } from '@tutti/testing';
import { alive } from '../testing/alive.js';

/** Starts a group as the hub does, tells the process that its program has started, and lives on. */
const HUB = `
import { ProcessGroup } from '${new URL('./process-group.ts', import.meta.url).href}';
const environment = { PATH: process.env.PATH };
const command = 'trap "" HUP TERM; sleep 600 & echo $!; wait';
new ProcessGroup({ file: 'sh', arguments: ['-c', command], environment }).process.stdout.pipe(process.stdout);
`;

test('a group of processes is ended with the hub, when that is killed too', async () => {
  const hub = spawn(process.execPath, ['--input-type=module', '-e', HUB], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(hub.stdout, 'data')) as [Buffer];
  const pid = Number(line);
  expect(alive(pid)).toBe(true);
  hub.kill('SIGKILL');
  await eventually(() => !alive(pid), 60_000);
}, 120_000);
