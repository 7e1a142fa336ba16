import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { uuidv7 } from '@tutti/contracts';
import { describePlugin, secretSettings } from '@tutti/plugin-sdk';
import { integrityOf } from '@tutti/store';
import { eventually, pluginTarball, testPluginModule } from '@tutti/testing';
import { ConnectorHost } from '../connector-host.module.js';
import { capabilityRequest } from '../testing/requests.js';
import { TestBus } from '../testing/test-bus.js';
import { TestHost } from '../testing/test-host.js';
import { inProcess } from './hosted-plugin.js';
import { PackageFolders } from './package-folders.js';
import { loadPluginPackage } from './plugin-packages.js';
import type { PluginLoader, PluginReconciler } from './plugin-reconciler.js';

const NAME = 'util-sizer';
const EVENTUALLY_MS = 30_000;

/** Reads packages in this process, which the hub never does: what is tested here is around it. */
class LoaderInProcess implements PluginLoader {
  loaded: string[] = [];
  stopped: string[] = [];

  async load(found: Parameters<PluginLoader['load']>[0]): ReturnType<PluginLoader['load']> {
    const read = await loadPluginPackage(found);
    if ('error' in read) throw new Error(read.error);
    const { plugin } = read;
    const key = `${found.name}@${found.version}`;
    this.loaded.push(key);
    const stop = () => Promise.resolve(void this.stopped.push(key));
    const description = describePlugin(plugin, found.version);
    const secretNames = secretSettings(plugin);
    return { plugin: inProcess(plugin), description, secretNames, guards: null, stop };
  }
}

let folder: string;
let test: TestHost;
let first: Reconciled;
/** Hosts over the same database, each with its own folder. */
interface Reconciled {
  host: ConnectorHost;
  loader: LoaderInProcess;
  reconciler: PluginReconciler;
  instanceId: string;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-installed-'));
  await symlink(resolve(import.meta.dirname, '../../../../node_modules'), join(folder, 'node_modules'));
  test = await TestHost.start();
  first = await reconciled(test.host);
});
afterEach(async () => {
  await test.stop();
  await rm(folder, { recursive: true });
});

async function reconciled(host: ConnectorHost, parent = join(folder, uuidv7())): Promise<Reconciled> {
  const loader = new LoaderInProcess();
  const instanceId = uuidv7();
  const folders = new PackageFolders(parent);
  const bus = new TestBus() as never;
  const reconciler = await host.reconcilePlugins({ loader, bus, instanceId, folders });
  return { host, loader, reconciler, instanceId };
}

/** A second process over the same database, or the same one after a restart. */
function another(parent?: string): Promise<Reconciled> {
  const silent = { spans: { write: () => undefined }, log: { write: () => undefined } };
  const config = { masterKey: test.masterKey, blockPrivateAddresses: false };
  return reconciled(new ConnectorHost(config, test.database, silent), parent);
}

/** As the API does when somebody hands a package in; one that waits is described by any host at any time. */
async function propose(
  version: string,
  about: Parameters<typeof pluginTarball>[0] = { name: NAME },
  state = 'proposed',
) {
  const tarball = pluginTarball({ version, ...about });
  await test.database.query(
    `INSERT INTO plugin_packages (name, version, package_name, integrity, tarball, source, state, requested_by)
     VALUES ($1, $2, $1, $3, $4, '{}', $5, 'test')`,
    [about.name, version, integrityOf(tarball), tarball, state],
  );
}

async function choose(version: string, former = 'inactive', name = NAME): Promise<void> {
  const { database } = test;
  const update = 'UPDATE plugin_packages SET state = $2 WHERE name = $1 AND';
  await database.query(`${update} state = 'active'`, [name, former]);
  await database.query(`${update} version = $3`, [name, 'active', version]);
}

/** As the API does when somebody approves of it. */
async function activate(version: string, former = 'inactive', name = NAME): Promise<void> {
  await choose(version, former, name);
  await first.reconciler.look();
}

/** A version that answers with its own number. */
const numbered = (version: string) => ({
  name: NAME,
  module: testPluginModule(NAME, `n: ${version.split('.')[0]}`),
});

async function install(version: string): Promise<void> {
  await propose(version, numbered(version));
  await activate(version);
}

/** A workflow version that was applied with a version of the plugin. */
async function pin(version: string): Promise<void> {
  const [workflow, workflowVersion] = [uuidv7(), uuidv7()];
  await test.database.query(
    `INSERT INTO workflows (id, workspace_id, namespace, name) VALUES ($1, 'default', 'test', $2)`,
    [workflow, `w-${workflow}`],
  );
  await test.database.query(
    `INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, content_hash, source, definition, created_by)
     VALUES ($1, 'default', $2, '1.0.0', $3, '', '{}', 'test')`,
    [workflowVersion, workflow, workflowVersion],
  );
  await test.database.query('INSERT INTO workflow_plugins VALUES ($1, $2, $3)', [
    workflowVersion,
    NAME,
    version,
  ]);
}

async function call(pluginVersion: string, { host } = first): Promise<unknown> {
  const request = capabilityRequest('util.size', {});
  const target = { ...request.target, pluginVersion } as typeof request.target;
  return (await host.executor.execute({ ...request, target })).outcome;
}
const gives = (n: number) => ({ status: 'succeeded', output: { n } });
interface Row {
  state: string;
  log: string | null;
}
async function rows(table: 'plugin_packages' | 'plugin_hosts'): Promise<Row[]> {
  return (await test.database.query(`SELECT state, log FROM ${table} ORDER BY name, version`)) as Row[];
}

it('reads what a proposed package offers and keeps nothing of it until it is active', async () => {
  await propose('1.0.0', { name: NAME }, 'waiting');
  await first.reconciler.look();
  expect(await rows('plugin_packages')).toEqual([{ state: 'proposed', log: null }]);
  expect(await rows('plugin_hosts')).toEqual([]);
  expect(first.loader.stopped).toEqual([`${NAME}@1.0.0`]);
  expect(first.host.registry.get(NAME)).toBeUndefined();
  const [{ description }] = (await test.database.query('SELECT description FROM plugin_packages')) as [
    { description: string },
  ];
  expect(JSON.parse(description)).toMatchObject({ version: '1.0.0', capabilities: [{ name: 'util.size' }] });
  await activate('1.0.0');
  await test.connect(NAME, { size: 7 });
  expect(await call('1.0.0')).toEqual(gives(7));
  expect(await rows('plugin_hosts')).toEqual([{ state: 'loaded', log: null }]);
});

it('has what was installed after a restart and in a second host, from the database alone', async () => {
  await install('1.0.0');
  await test.connect(NAME, { size: 1 });
  const second = await another();
  expect(await call('1.0.0', second)).toEqual(gives(1));
  expect(await rows('plugin_hosts')).toHaveLength(2);
  // A change reaches it without a word as well.
  await install('2.0.0');
  await eventually(() => second.loader.loaded.includes(`${NAME}@2.0.0`), EVENTUALLY_MS);
  expect(await call('2.0.0', second)).toEqual(gives(2));
  await second.host.close();
  expect(await rows('plugin_hosts')).toHaveLength(1);
});

it('has two versions at once for their calls, and drops one that nobody needs', async () => {
  await install('1.0.0');
  await test.connect(NAME, { size: 1 });
  await pin('1.0.0');
  await install('2.0.0');
  expect(await Promise.all([call('1.0.0'), call('2.0.0')])).toEqual([gives(1), gives(2)]);
  await test.database.query('DELETE FROM workflow_plugins');
  await first.reconciler.look();
  expect(first.loader.stopped).toEqual([`${NAME}@1.0.0`]);
  // What is still asked of it is done by the version that serves now.
  expect(await call('1.0.0')).toEqual(gives(2));
});

it('gives the calls of a withdrawn version to the one before', async () => {
  await install('1.0.0');
  await test.connect(NAME, { size: 1 });
  await install('2.0.0');
  await pin('2.0.0');
  expect(await call('2.0.0')).toEqual(gives(2));
  await activate('1.0.0', 'withdrawn');
  expect(await call('2.0.0')).toEqual(gives(1));
});

it('hears of a version with the first call that was made for it', async () => {
  await install('1.0.0');
  await test.connect(NAME, { size: 1 });
  expect(await call('1.0.0')).toEqual(gives(1));
  await propose('2.0.0', numbered('2.0.0'));
  await choose('2.0.0');
  expect(await call('2.0.0')).toEqual(gives(2));
});

it('says why a package cannot be read or loaded, and harms no other', async () => {
  await propose('1.0.0', { name: 'util-broken', module: 'throw new Error("broken at load")' }, 'waiting');
  await propose('1.0.0', { name: 'util-other', module: testPluginModule('util-sizer') }, 'waiting');
  await propose('1.0.0', { name: NAME }, 'waiting');
  await first.reconciler.look();
  expect(await rows('plugin_packages')).toEqual([
    { state: 'failed', log: expect.stringContaining('broken at load') },
    { state: 'failed', log: expect.stringContaining('calls itself "util-sizer"') },
    { state: 'proposed', log: null },
  ]);
  await activate('1.0.0', 'inactive', 'util-broken');
  expect(await rows('plugin_hosts')).toEqual([
    { state: 'failed', log: expect.stringContaining('broken at load') },
  ]);
  await test.database.query(
    `INSERT INTO connections (id, workspace_id, name, plugin, settings) VALUES ($1, 'default', 'main', 'util-broken', '{}')`,
    [uuidv7()],
  );
  expect(await call('1.0.0')).toMatchObject({
    status: 'failed',
    error: { reason: 'unavailable', detail: expect.stringContaining('broken at load') },
  });
});

it('loads nothing whose bytes are not those that were locked', async () => {
  await propose('1.0.0');
  await test.database.query('UPDATE plugin_packages SET tarball = $1', [
    pluginTarball({ name: NAME, version: '1.0.0', module: 'globalThis.tampered = true;' }),
  ]);
  await activate('1.0.0');
  expect(await rows('plugin_hosts')).toEqual([
    { state: 'failed', log: expect.stringContaining('it was changed') },
  ]);
  expect(first.loader.loaded).toEqual([]);
});

it('starts what was installed in a process of its own', async () => {
  const silent = { spans: { write: () => undefined }, log: { write: () => undefined } };
  const host = new ConnectorHost({ masterKey: test.masterKey }, test.database, silent);
  await install('1.0.0');
  await test.database.query(
    `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ($1, '1.0.0', 1, '{}', $1, 'loaded')`,
    [NAME],
  );
  await test.connect(NAME, { size: 7 });
  const [bus, instanceId] = [new TestBus() as never, uuidv7()];
  const folders = new PackageFolders(join(folder, 'isolated'));
  const reconciler = await host.reconcilePlugins({ bus, instanceId, folders });
  expect(host.registry.get(NAME)?.guards).not.toBeNull();
  expect(await call('1.0.0', { ...first, host, reconciler })).toEqual(gives(1));
  const told = (await test.database.query('SELECT guards FROM plugins')) as [{ guards: string }];
  expect(JSON.parse(told[0].guards)).toEqual(host.registry.get(NAME)?.guards);
  await host.close();
  expect(await readdir(join(folder, 'isolated'))).toEqual([]);
});

it('keeps a quarantine over hosts and restarts until somebody releases the plugin', async () => {
  const silent = { spans: { write: () => undefined }, log: { write: () => undefined } };
  await install('1.0.0');
  await test.database.query(
    `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ($1, '1.0.0', 1, '{}', $1, 'loaded')`,
    [NAME],
  );
  await test.connect(NAME, { size: 7 });
  // Of another host: this one has seen nothing of its ends.
  await first.host.close();
  const starts = async () => {
    const host = new ConnectorHost({ masterKey: test.masterKey }, test.database, silent);
    const at = { bus: new TestBus() as never, instanceId: uuidv7(), folders: new PackageFolders(folder) };
    return { host, reconciler: await host.reconcilePlugins(at) };
  };
  const of = ({ host }: Awaited<ReturnType<typeof starts>>) => call('1.0.0', { ...first, host });
  const writeDown = (state: string, error: string | null) =>
    test.database.query('UPDATE plugins SET state = $1, error = $2', [state, error]);
  const refused = { status: 'failed', error: { title: expect.stringContaining('is quarantined') } };
  const before = await starts();
  expect(await of(before)).toEqual(gives(1));
  await writeDown('quarantined', 'It ended by itself.');
  await before.reconciler.look();
  expect(await of(before)).toMatchObject(refused);
  expect(await rows('plugin_hosts')).toEqual([{ state: 'quarantined', log: 'It ended by itself.' }]);
  await before.host.close();
  const after = await starts();
  expect(await of(after)).toMatchObject(refused);
  expect(await rows('plugin_hosts')).toEqual([{ state: 'quarantined', log: 'It ended by itself.' }]);
  await writeDown('loaded', null);
  await after.reconciler.look();
  expect(await of(after)).toEqual(gives(1));
  expect(await rows('plugin_hosts')).toEqual([{ state: 'loaded', log: null }]);
  await after.host.close();
});

it('says so where the disk is full, and leaves nothing behind', async () => {
  const mount = join(folder, 'small');
  await mkdir(mount);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]).status === 0;
  if (!mounted) {
    console.warn('Skipped: a small file system cannot be mounted here.');
    return;
  }
  try {
    const second = await another(mount);
    const big = { path: 'big.txt', text: 'x'.repeat(200_000) };
    await propose('1.0.0', { name: NAME, files: [big] });
    await choose('1.0.0');
    await second.reconciler.look();
    const said = (await test.database.query(`SELECT state, log FROM plugin_hosts WHERE instance_id = $1`, [
      second.instanceId,
    ])) as Row[];
    expect(said).toEqual([{ state: 'failed', log: expect.stringContaining('ENOSPC') }]);
    const [left] = await readdir(mount);
    expect(await readdir(join(mount, left as string))).toEqual([]);
    await second.host.close();
  } finally {
    spawnSync('umount', [mount]);
  }
});
