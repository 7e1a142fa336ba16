import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorHost } from '../connector-host.module.js';
import { PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { PluginFolder } from '../testing/plugin-folder.js';
import { TestHost } from '../testing/test-host.js';

const GOOD = (more = '') => `import { z } from 'zod';
${more}
export default {
  contract: 1,
  name: 'util-good',
  kind: 'util',
  settings: z.object({ size: z.int(), key: z.string().meta({ secret: true }) }),
  capabilities: {
    'util.size': {
      summary: 'Size.',
      effect: 'read',
      input: z.object({}),
      output: z.object({ n: z.int() }),
      run: ({ settings }) => ({ n: settings.size }),
    },
  },
};`;

let packages: PluginFolder;
let folder: string;
let host: TestHost;
/** A host for which the folder is the one that comes with the hub: it starts no processes. */
let own: ConnectorHost;

beforeEach(async () => {
  packages = await PluginFolder.make();
  folder = packages.path;
  host = await TestHost.start();
  const config = { masterKey: host.masterKey, blockPrivateAddresses: false, ownPluginFolder: folder };
  own = new ConnectorHost(config, host.database);
});
afterEach(async () => {
  await own.close();
  await host.stop();
  await packages.remove();
});

const pluginPackage: PluginFolder['add'] = (...about) => packages.add(...about);

interface Row {
  name: string;
  version: string;
  contract: number;
  state: string;
  error: string | null;
  origin: string;
  guards: string | null;
  description: string;
}
const rows = () => host.database.query('SELECT * FROM plugins ORDER BY name') as Promise<Row[]>;

it(
  'loads the packages of a folder by their manifest and tells the catalog',
  async () => {
    await pluginPackage('util-good', GOOD());
    await pluginPackage('no-plugin', 'throw new Error("must not be loaded")', { tutti: undefined });
    await writeFile(join(folder, 'a-file'), '');
    await host.host.registry.load([folder, join(folder, 'nowhere')]);
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      name: 'util-good',
      version: '2.1.0',
      contract: 1,
      state: 'loaded',
      error: null,
      origin: join(folder, 'util-good'),
    });
    expect(JSON.parse(row?.description ?? '')).toMatchObject({
      summary: 'Told by npm.',
      settings: { properties: { key: { secret: true } } },
      capabilities: [{ name: 'util.size', effect: 'read' }],
    });
    await host.connect('util-good', { size: 7, key: 'k' });
    expect(await host.call('util.size', {})).toEqual({ status: 'succeeded', output: { n: 7 } });
  },
  PROCESS_TEST_MS,
);

it(
  'runs in its own process what comes with the hub, and everything else in others',
  async () => {
    await pluginPackage('util-good', GOOD());
    await own.registry.load([folder]);
    expect(own.registry.get('util-good')?.guards).toBeNull();
    expect(await rows()).toMatchObject([{ state: 'loaded', guards: null }]);
    await host.host.registry.load([folder]);
    const guards = expect.arrayContaining([expect.objectContaining({ name: 'permissions', held: true })]);
    expect(host.host.registry.get('util-good')?.guards).toEqual(guards);
    expect(JSON.parse((await rows())[0]?.guards ?? '')).toEqual(guards);
  },
  PROCESS_TEST_MS,
);

it(
  'records why a plugin was not loaded, and loads the others',
  async () => {
    await pluginPackage('util-broken', 'throw new Error("broken at load")');
    await pluginPackage(
      'util-future',
      GOOD().replace('contract: 1', 'contract: 2').replace('util-good', 'util-future'),
    );
    await pluginPackage('util-nothing', 'export const x = 1;');
    const database = `database: { schema: 'mine', migrations: [] },\n  capabilities: {`;
    await pluginPackage(
      'util-keeper',
      GOOD().replace('util-good', 'util-keeper').replace('capabilities: {', database),
    );
    await pluginPackage('util-missing', '', { tutti: { plugin: './gone.mjs' } });
    await pluginPackage('util-good', GOOD());
    await host.host.registry.load([folder]);
    const errors = Object.fromEntries((await rows()).map(({ name, state, error }) => [name, [state, error]]));
    expect(errors).toMatchObject({
      'util-broken': ['failed', expect.stringContaining('broken at load')],
      'util-future': [
        'failed',
        expect.stringContaining('written for contract 2, this hub speaks contract 1'),
      ],
      'util-keeper': ['failed', expect.stringContaining('wants a database of its own')],
      'util-nothing': ['failed', expect.stringContaining('definePlugin')],
      'util-missing': ['failed', expect.stringContaining('gone.mjs')],
      'util-good': ['loaded', null],
    });
    expect(host.host.registry.list().map(({ plugin }) => plugin.name)).toEqual(['util-good']);
  },
  PROCESS_TEST_MS,
);

it(
  'clears the error of a plugin that was mended',
  async () => {
    await pluginPackage('util-good', 'throw new Error("broken")');
    await own.registry.load([folder]);
    await writeFile(join(folder, 'util-good', 'mended.mjs'), GOOD());
    await writeFile(
      join(folder, 'util-good', 'package.json'),
      JSON.stringify({ name: 'util-good', version: '2.1.0', tutti: { plugin: './mended.mjs' } }),
    );
    await own.registry.load([folder]);
    expect(await rows()).toMatchObject([{ state: 'loaded', error: null }]);
  },
  PROCESS_TEST_MS,
);

it(
  'refuses a second version of a plugin beside the first',
  async () => {
    await pluginPackage('one', GOOD());
    await pluginPackage('two', GOOD(), { version: '3.0.0' });
    await host.host.registry.load([folder]);
    expect((await rows()).map(({ version, state }) => [version, state])).toEqual([
      ['2.1.0', 'loaded'],
      ['3.0.0', 'failed'],
    ]);
  },
  PROCESS_TEST_MS,
);

it(
  'loads a plugin that lies in two folders once',
  async () => {
    await pluginPackage('one', GOOD());
    await pluginPackage('two', GOOD());
    await own.registry.load([folder]);
    expect((await rows()).map(({ version, state }) => [version, state])).toEqual([['2.1.0', 'loaded']]);
  },
  PROCESS_TEST_MS,
);

it(
  'takes settings apart and says where they are wrong without repeating them',
  async () => {
    await pluginPackage('util-good', GOOD());
    await own.registry.load([folder]);
    const { registry } = own;
    expect(registry.checkSettings('util-good', { size: 1, key: 'canary' })).toEqual({
      ok: true,
      settings: { size: 1 },
      secrets: { key: 'canary' },
    });
    const wrong = registry.checkSettings('util-good', { size: 'canary', key: 5 });
    expect(wrong).toMatchObject({
      ok: false,
      issues: [{ pointer: '/settings/size' }, { pointer: '/settings/key' }],
    });
    expect(JSON.stringify(wrong)).not.toContain('canary');
    expect(registry.checkSettings('util-none', {})).toMatchObject({
      ok: false,
      issues: [{ pointer: '/plugin' }],
    });
  },
  PROCESS_TEST_MS,
);
