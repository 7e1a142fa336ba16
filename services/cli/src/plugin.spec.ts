import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pluginTarball } from '@tutti/testing';
import { readBundle, writeBundle } from './commands/plugin-archives.js';
import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

const NAME = 'util-sizer';
const PACKAGE = `@acme/${NAME}`;
const PATH = `/v1/plugins/packages/${NAME}`;
const AT = '2026-01-02T03:04:05.000000Z';

const ITEM = {
  name: NAME,
  version: '2.0.0',
  packageName: PACKAGE,
  state: 'proposed',
  summary: 'Sizes.',
  integrity: 'sha512-x',
  bytes: 10,
  source: { kind: 'upload', signed: false, provenance: false },
  log: null,
  revision: 2,
  requestedBy: 'ann',
  requestedAt: AT,
  approvedBy: null,
  activatedAt: null,
  hosts: [],
};
const DETAIL = {
  ...ITEM,
  permissions: {
    network: true,
    hosts: { patterns: ['*.acme.com'], settings: [] },
    secrets: ['key'],
    database: false,
    contract: 1,
  },
  settings: {},
  capabilities: [{ name: 'util.size', summary: 'Size.', effect: 'read', input: {}, output: {} }],
  changes: [{ what: 'input', name: 'util.size/n', detail: 'is required now', breaking: true }],
  users: [],
  touched: [{ workflow: 'test/sized', version: '1.0.0', published: true, runs: 2 }],
};

describe('tutti plugin', () => {
  const cli = CliHarness.forSuite();

  it('installs a folder as npm packs it, waits until it is read, and shows what it may do', async () => {
    const folder = join(cli.folder, 'sizer');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: PACKAGE, version: '2.0.0' }));
    cli.replies['POST /v1/plugins/packages/tarball'] = { status: 201, body: { ...DETAIL, state: 'waiting' } };
    cli.replies[`GET ${PATH}/versions/2.0.0`] = { body: DETAIL };
    const { exitCode, out } = await cli.run(['plugin', 'install', './sizer']);
    expect(exitCode).toBe(EXIT.ok);
    expect(cli.seen[0]?.headers['content-type']).toBe('application/gzip');
    expect(cli.seen[0]?.body.length).toBeGreaterThan(50);
    for (const words of [
      'call *.acme.com',
      'these secrets used for it: key',
      '1; this hub speaks contract 1',
      'util.size (read): Size.',
      'BREAKING input util.size/n: is required now',
      'test/sized 1.0.0, 2 runs',
      `npx tutti plugin approve ${NAME} 2.0.0`,
    ])
      expect(out).toContain(words);
  });

  it('installs from npm and approves of what was shown at once', async () => {
    cli.replies['POST /v1/plugins/packages/npm'] = { status: 201, body: DETAIL };
    cli.replies[`POST ${PATH}/versions/2.0.0/approve`] = { body: { ...ITEM, state: 'active' } };
    const { out } = await cli.run(['plugin', 'install', `${PACKAGE}@^2`, '--approve', '--move-workflows']);
    expect(out).toBe(`${NAME} 2.0.0 is active\n`);
    expect(JSON.parse(cli.seen[0]?.body ?? '')).toEqual({ spec: `${PACKAGE}@^2` });
    expect(cli.seen[1]?.headers['if-match']).toBe('"2"');
    expect(JSON.parse(cli.seen[1]?.body ?? '')).toEqual({ moveWorkflows: true });
  });

  it('ends with a failure when the package cannot be read', async () => {
    const failed = { ...DETAIL, state: 'failed', log: 'No plugin.', permissions: null, capabilities: null };
    cli.replies['POST /v1/plugins/packages/npm'] = { status: 201, body: failed };
    const { exitCode, out } = await cli.run(['plugin', 'install', PACKAGE, '--approve']);
    expect(exitCode).toBe(EXIT.failed);
    expect(out).toContain('No plugin.');
    expect(cli.seen).toHaveLength(1);
  });

  it('upgrades by the name of the package, approves of the newest, rolls back and removes', async () => {
    const old = { ...ITEM, version: '1.0.0', state: 'active' };
    cli.replies[`GET ${PATH}`] = { body: { items: [ITEM, old], nextCursor: null } };
    cli.replies['POST /v1/plugins/packages/npm'] = { status: 201, body: DETAIL };
    await cli.run(['plugin', 'upgrade', NAME]);
    expect(JSON.parse(cli.seen[1]?.body ?? '')).toEqual({ spec: `${PACKAGE}@latest` });
    cli.replies[`POST ${PATH}/versions/2.0.0/approve`] = { body: ITEM };
    expect((await cli.run(['plugin', 'approve', NAME])).out).toBe(`${NAME} 2.0.0 is active\n`);
    cli.replies[`POST ${PATH}/rollback`] = { body: old };
    expect((await cli.run(['plugin', 'rollback', NAME])).out).toBe(`${NAME} is back at 1.0.0\n`);
    cli.replies[`DELETE ${PATH}/versions/2.0.0`] = { status: 204, body: null };
    const removed = await cli.run(['plugin', 'remove', NAME, '2.0.0', '--force']);
    expect(removed.out).toBe(`${NAME} 2.0.0 is removed\n`);
    expect(cli.seen.at(-1)?.url).toBe(`${PATH}/versions/2.0.0?force=true`);
  });

  it('tells what the registry has newer, and what it could not be asked', async () => {
    const update = { name: NAME, packageName: PACKAGE, active: '1.0.0', latest: '2.0.0', error: null };
    const same = { ...update, name: 'util-same', latest: '1.0.0' };
    cli.replies['POST /v1/plugins/updates'] = { body: { items: [update, same] } };
    const { exitCode, out } = await cli.run(['plugin', 'outdated']);
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toMatch(/2\.0\.0 +npx tutti plugin upgrade/);
    expect(out).toMatch(/util-same.*up to date/);
    const away = { ...update, latest: null, error: 'No network.' };
    cli.replies['POST /v1/plugins/updates'] = { body: { items: [away] } };
    const failed = await cli.run(['plugin', 'outdated']);
    expect([failed.exitCode, failed.out]).toEqual([EXIT.failed, expect.stringContaining('No network.')]);
  });

  it('lists versions with what is wrong with them', async () => {
    const host = { instance: 'i', state: 'failed', log: 'No room.', at: AT };
    const items = [ITEM, { ...ITEM, version: '1.0.0', state: 'active', hosts: [host] }];
    cli.replies['GET /v1/plugins/packages'] = { body: { items, nextCursor: null } };
    const { out } = await cli.run(['plugin', 'list']);
    expect(out).toMatch(/util-sizer +2\.0\.0 +proposed +@acme\/util-sizer/);
    expect(out).toMatch(/util-sizer +1\.0\.0 +active, failed on a host: No room\./);
  });

  it('installs a bundle with the integrity that it was written with, and skips what is there', async () => {
    const tarball = pluginTarball({ name: PACKAGE, version: '2.0.0' });
    const integrity = 'sha512-abc+/=';
    const file = join(cli.folder, 'plugins.tar');
    writeBundle(file, [{ name: NAME, version: '2.0.0', integrity, tarball }]);
    expect(readBundle(file)).toEqual([{ name: NAME, version: '2.0.0', integrity, tarball }]);
    cli.replies['GET /v1/plugins/packages'] = { body: { items: [], nextCursor: null } };
    cli.replies['POST /v1/plugins/packages/tarball'] = { status: 201, body: DETAIL };
    await cli.run(['plugin', 'install', 'plugins.tar']);
    const [, sent] = cli.seen;
    expect(sent?.url).toBe(`/v1/plugins/packages/tarball?integrity=${encodeURIComponent(integrity)}`);
    const there = { ...ITEM, integrity };
    cli.replies['GET /v1/plugins/packages'] = { body: { items: [there], nextCursor: null } };
    expect((await cli.run(['plugin', 'install', 'plugins.tar'])).out).toContain('is there already');
    expect(readFileSync(file).length).toBeGreaterThan(tarball.length);
  });

  it.each<[string, string[], string]>([
    ['a name without a kind', ['acme'], 'Say what kind of connector it is'],
    ['an unknown kind', ['acme', '--kind', 'bank'], 'Say what kind of connector it is'],
    ['a name in upper case', ['Acme', '--kind', 'crm'], 'is no name of a plugin'],
    ['a folder that is in use', ['crm-acme', '--dir', '.'], 'is there and not empty'],
  ])('makes no plugin of %s', async (...[, args, message]) => {
    cli.write('there.txt', 'x');
    const { exitCode, err } = await cli.run(['plugin', 'create', ...args]);
    expect([exitCode, err]).toEqual([EXIT.usage, expect.stringContaining(message)]);
  });

  it('says when there is nothing at a path, or no bundle in a file', async () => {
    expect((await cli.run(['plugin', 'install', './gone'])).err).toContain('no file or folder');
    cli.write('bad.tar', 'hello');
    const { exitCode, err } = await cli.run(['plugin', 'install', 'bad.tar']);
    expect([exitCode, err]).toEqual([EXIT.usage, expect.stringContaining('no bundle of plugins')]);
  });
});
