import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventually } from '@tutti/testing';
import { isPluginReleased, quarantinePlugin } from '../plugins/plugin-rows.js';
import type { PluginPackage } from '../plugins/plugin-packages.js';
import { json } from '../testing/http-stub.js';
import { IsolatedHub, PROCESS_MS, PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { failed } from '../testing/requests.js';
import { probeGuards } from './guards.js';
import { IsolatedPlugins, type IsolatedParts } from './isolated-plugins.js';

const MODULE = `
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
const crash = () => setTimeout(() => { throw new Error('crash'); }, 0);
const one = (effect, run) => ({ summary: 'Do.', effect, input: z.object({}), output: z.unknown(), run });
export default definePlugin({
  contract: 1,
  name: 'util-life',
  kind: 'util',
  settings: z.object({ baseUrl: z.string().default('http://127.0.0.1:1') }),
  hostsFrom: ['baseUrl'],
  http: ({ baseUrl }) => ({ baseUrl }),
  capabilities: {
    'util.fine': one('read', () => 'fine'),
    'util.spin': one('read', () => { for (;;); }),
    'util.spin-later': one('read', () => { setImmediate(() => { for (;;); }); return 'later'; }),
    'util.crash': one('read', () => { crash(); return new Promise(() => undefined); }),
    'util.write': one('write', async ({ http }) => {
      await http.post('/things', { body: {} });
      crash();
      return new Promise(() => undefined);
    }),
  },
});`;

const hub = IsolatedHub.use('util-life', MODULE);
const isFine = () => eventually(async () => (await hub.call('util.fine')).status === 'succeeded', PROCESS_MS);
const context = () => ({
  settings: { baseUrl: 'http://127.0.0.1:1' },
  input: {},
  idempotencyKey: 'k',
  signal: new AbortController().signal,
});

/** A package as a host of its own has it, without a database. */
async function loaded(limits: IsolatedParts['limits'], parts: Partial<IsolatedParts> = {}) {
  const lines: string[] = [];
  const plugins = new IsolatedPlugins({
    line: (_level, text) => lines.push(text),
    count: () => undefined,
    quarantined: () => Promise.resolve(),
    isReleased: () => Promise.resolve(false),
    limits,
    ...parts,
  });
  const isolated = await plugins.load(hub.package);
  const call = (name: string): Promise<unknown> =>
    Promise.resolve(isolated.plugin.capabilities[name]?.run(context() as never)).catch(
      (error: Error) => error,
    );
  return { plugins, isolated, lines, call };
}

it(
  'calls the next one after a call that ended the process, and repeats nothing that may have happened',
  async () => {
    expect(failed(await hub.call('util.crash'))).toMatchObject({
      fate: 'transient',
      error: { reason: 'unavailable' },
    });
    await isFine();
    hub.stub.behaviour = (_request, response) => json(response, 200, {});
    expect(failed(await hub.call('util.write'))).toMatchObject({ fate: 'unknown' });
    expect(hub.stub.seen.length).toBe(1);
    await isFine();
  },
  PROCESS_TEST_MS,
);

it(
  'ends a process that is busy without a call',
  async () => {
    const { plugins, lines, call } = await loaded({ pluginBeatMs: 200, pluginSilenceMsMax: 2_000 });
    try {
      await call('util.spin-later');
      await eventually(() => lines.some((line) => line.includes('It did not answer for')), PROCESS_MS);
    } finally {
      await plugins.stop();
    }
  },
  PROCESS_TEST_MS,
);

it(
  'is quarantined where people look when it keeps ending, until somebody releases it',
  async () => {
    const { database } = hub.host;
    const { plugins, call } = await loaded(
      { pluginBackOffMs: 1, pluginEndsMax: 3 },
      {
        quarantined: (plugin, why) => quarantinePlugin(database, plugin, why),
        isReleased: (plugin) => isPluginReleased(database, plugin),
      },
    );
    const state = async () =>
      ((await database.query('SELECT state, error FROM plugins')) as { state: string; error: string }[])[0];
    try {
      await eventually(async () => /quarantined/.test(String(await call('util.crash'))), PROCESS_MS);
      await eventually(async () => (await state())?.state === 'quarantined', PROCESS_MS);
      expect((await state())?.error).toMatch(/^It ended by itself/);
      expect(String(await call('util.fine'))).toMatch(/npx tutti plugins release util-life/);
      await database.query(`UPDATE plugins SET state = 'loaded', error = NULL WHERE name = 'util-life'`);
      await eventually(async () => !((await call('util.fine')) instanceof Error), PROCESS_MS);
    } finally {
      await plugins.stop();
    }
  },
  PROCESS_TEST_MS,
);

describe('a host that is killed', () => {
  let host: ChildProcess;
  afterEach(() => host.kill('SIGKILL'));

  async function startHost({ folder, module }: PluginPackage): Promise<number> {
    const script = resolve(import.meta.dirname, '../testing/isolated-host.mjs');
    const given = ['--conditions=@tutti/source', '--no-warnings', script, folder, module];
    host = spawn(process.execPath, given, { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(host.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    return Number(line.toString());
  }

  /**
   * Everything that was started for the plugin is in one group; what has ended may wait to be cleared away.
   */
  const isThere = (group: number) =>
    process.platform === 'linux' ? groupsOfLinux().includes(group) : isSignalled(group);

  it(
    'leaves no process of a plugin',
    async () => {
      const pid = await startHost(hub.package);
      expect(isThere(pid)).toBe(true);
      host.kill('SIGKILL');
      await eventually(() => !isThere(pid), PROCESS_MS);
    },
    PROCESS_TEST_MS,
  );

  it(
    'leaves none that keeps the processor busy, where the kernel holds that',
    async () => {
      const pid = await startHost(hub.package);
      host.stdin?.write('util.spin\n');
      const held = (await probeGuards()).list.find(({ name }) => name === 'orphans')?.held;
      host.kill('SIGKILL');
      if (held !== true) process.kill(-pid, 'SIGKILL');
      await eventually(() => !isThere(pid), PROCESS_MS);
    },
    PROCESS_TEST_MS,
  );
});

function groupsOfLinux(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' || state === 'X' ? [] : [Number(group)];
      } catch {
        // It ended just now.
        return [];
      }
    });
}

function isSignalled(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
