import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@tutti/testing';
import { endLeftDatabase, HubProcess, temporaryFolder } from './testing/hub-process.js';
import { PluginAuthor } from './testing/plugin-author.js';

const ANY_PORTS = [
  '--port',
  '0',
  '--api-port',
  '0',
  '--otlp-port',
  '0',
  '--otlp-grpc-port',
  '0',
  '--no-dashboard',
  '--no-examples',
];

const ANN = '{"id":"7","email":"ann@example.com","name":"Ann"}';

/** A run that creates a contact over the plugin that was made. */
async function callOnce(hub: HubProcess, baseUrl: string): Promise<void> {
  const connection = { plugin: 'crm-acme', settings: { baseUrl, token: 'secret-of-acme' } };
  // The hosts take the plugin into use a moment after it was approved.
  await eventually(
    async () => (await hub.call('PUT', '/v1/connections/acme', { body: connection })).status < 300,
    60_000,
  );
  const text = `
document: { dsl: '1.0.3', namespace: made, name: contact, version: '1.0.0' }
do:
  - create:
      call: crm.acme-contact.create:1@default
      with: { email: ann@example.com, name: Ann }`;
  await eventually(async () => (await hub.call('PUT', '/v1/workflows', { text })).status === 200, 60_000);
  const completed = await eventually(async () => {
    const options = { body: {}, headers: { prefer: 'wait=30' } };
    const { body } = await hub.call('POST', '/v1/workflows/made/contact/runs', options);
    return String(body?.status) === 'completed' ? body : undefined;
  }, 60_000);
  expect(completed).toMatchObject({ output: JSON.parse(ANN) as object });
}

function readBundleNames(file: string): string {
  return spawnSync('tar', ['-tf', file], { encoding: 'utf8' }).stdout;
}

describe('starting and stopping', () => {
  const folder = temporaryFolder();
  afterAll(async () => {
    await endLeftDatabase(join(folder.path, 'data'));
    spawnSync('umount', [join(folder.path, 'small')]);
    spawnSync('umount', [join(folder.path, 'sealed')]);
    folder.remove();
  });

  async function refusal(args: readonly string[]): Promise<string> {
    const hub = HubProcess.launch(join(folder.path, 'refused'), args);
    expect(await hub.exited()).toBe(1);
    return hub.output;
  }

  it('keeps all data over a SIGTERM, exits 0, and starts again on the same folder', async () => {
    const dataDir = join(folder.path, 'data');
    const first = await HubProcess.start(dataDir);
    const text = `
document: { dsl: '1.0.3', namespace: keep, name: me, version: '1.0.0' }
do: [ { greet: { set: { hello: '\${ .name }' } } } ]`;
    expect((await first.call('PUT', '/v1/workflows', { text })).status).toBe(200);
    const run = await first.call('POST', '/v1/workflows/keep/me/runs', {
      body: { name: 'Ada' },
      headers: { prefer: 'wait=10' },
    });
    expect(run).toMatchObject({ status: 200, body: { status: 'completed', output: { hello: 'Ada' } } });
    const { token } = first;
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await HubProcess.start(dataDir);
    expect(second.token).toBe(token);
    expect((await second.call('GET', `/v1/runs/${String(run.body?.id)}`)).body).toMatchObject({
      output: { hello: 'Ada' },
    });
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('takes a plugin from its making to its first call, as its author does', async () => {
    const hub = await HubProcess.start(join(folder.path, 'data'));
    const acme = createServer((request, response) => {
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(ANN));
    });
    await new Promise<void>((done) => acme.listen(0, '127.0.0.1', done));
    const baseUrl = `http://127.0.0.1:${(acme.address() as AddressInfo).port}`;
    try {
      const author = new PluginAuthor(folder.path, hub);
      author.tutti('plugin', 'create', 'crm-acme');
      const made = new PluginAuthor(join(folder.path, 'crm-acme'), hub);
      made.withoutNetwork();
      made.npm('install', '--offline', '--no-audit', '--no-fund');
      expect(made.npm('test')).toContain('pass 1');
      expect(made.tutti('plugin', 'test')).toMatch(/isolated[^]* 0 failed, 0 warnings/);
      expect(made.tutti('plugin', 'install', '.', '--approve')).toBe('crm-acme 0.1.0 is active\n');
      made.tutti('plugin', 'bundle', 'crm-acme', '--output', 'acme.tar');
      expect(readBundleNames(join(folder.path, 'crm-acme', 'acme.tar'))).toContain('tutti-plugins.json');
      await callOnce(hub, baseUrl);
    } finally {
      acme.closeAllConnections();
      acme.close();
      expect(await hub.end('SIGTERM')).toBe(0);
    }
  }, 240_000);

  it('stops at once on the second Ctrl-C and works again afterwards', async () => {
    const dataDir = join(folder.path, 'data');
    const hub = await HubProcess.start(dataDir);
    hub.signal('SIGINT');
    hub.signal('SIGINT');
    expect([0, 130]).toContain(await hub.exited());
    const next = await HubProcess.start(dataDir);
    expect((await next.call('GET', '/readyz')).status).toBe(200);
    expect(await next.end('SIGTERM')).toBe(0);
  });

  it('refuses a second hub on the same folder', async () => {
    const dataDir = join(folder.path, 'data');
    const hub = await HubProcess.start(dataDir);
    const other = HubProcess.launch(dataDir, ANY_PORTS);
    expect(await other.exited()).toBe(1);
    expect(other.output).toContain('already works on');
    expect((await hub.call('GET', '/readyz')).status).toBe(200);
    expect(await hub.end('SIGTERM')).toBe(0);
  });

  it('names a taken port and the flag that changes it', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const output = await refusal([
      '--port',
      '0',
      '--api-port',
      String(port),
      '--otlp-port',
      '0',
      '--otlp-grpc-port',
      '0',
      '--no-dashboard',
      '--no-examples',
    ]);
    server.close();
    expect(output).toContain(`Port ${port}`);
    expect(output).toContain('--api-port');
  });

  it('refuses a folder of a newer version and changes nothing in it', async () => {
    const dataDir = join(folder.path, 'newer');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'version'), '99\n');
    const hub = HubProcess.launch(dataDir, ANY_PORTS);
    expect(await hub.exited()).toBe(1);
    expect(hub.output).toContain('newer Tutti');
    expect(spawnSync('ls', [dataDir], { encoding: 'utf8' }).stdout.trim()).toBe('version');
  });

  it('refuses a folder that cannot be written', async () => {
    writeFileSync(join(folder.path, 'file'), '');
    const hub = HubProcess.launch(join(folder.path, 'file', 'data'), ANY_PORTS);
    expect(await hub.exited()).toBe(1);
    expect(hub.output).toMatch(/cannot be (written|opened)[^]*--data-dir/);
  });

  it('refuses a read-only file system and a disk without room', async () => {
    // Mounting needs root; without it the cases above stand for these two.
    if (process.getuid?.() !== 0) return;
    for (const [name, options, words] of [
      ['sealed', 'ro', /cannot be written/],
      ['small', 'size=32m', /MiB left/],
    ] as const) {
      const mount = join(folder.path, name);
      mkdirSync(mount);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount]).status !== 0) continue;
      const hub = HubProcess.launch(mount, ANY_PORTS);
      expect(await hub.exited()).toBe(1);
      expect(hub.output).toMatch(words);
      spawnSync('umount', [mount]);
    }
  });

  it('says what is wrong with an option', async () => {
    expect(await refusal(['--api-port', 'many'])).toContain('--api-port');
    expect(await refusal(['--wrong'])).toContain('--help');
  });
});
