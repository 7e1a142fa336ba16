import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { endLeftDatabase, HubProcess, temporaryFolder } from './testing/hub-process.js';

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
