import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { aliveBrokers, freePorts } from '../deploy/kafka-local/probe.mjs';

const script = join(import.meta.dirname, '..', 'deploy', 'kafka-local', 'start.mjs');

describe('the command that runs Kafka', () => {
  let dir;
  let child;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tutti-kafka-start-'))));
  afterEach(() => {
    child?.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
  });

  const start = async (args) => {
    child = spawn(process.execPath, [script, '--dir', dir, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8');
    const [line] = await once(child.stdout, 'data');
    return line;
  };
  const ended = async () => (child.exitCode === null ? once(child, 'exit') : [child.exitCode]);

  it('says in one line where Kafka is, and ends in order on SIGTERM', async () => {
    const [port] = await freePorts(1);
    const line = await start(['--port', String(port)]);
    expect(line).toMatch(/^Apache Kafka \d+\.\d+\.\d+ is ready: /);
    expect(line).toContain(`127.0.0.1:${port} (data in ${dir})`);
    expect(await aliveBrokers(port)).toEqual([1]);
    child.kill('SIGTERM');
    expect(await ended()).toEqual([0, null]);
    expect(await aliveBrokers(port)).toBeNull();
  });

  it('takes its brokers with it when it is killed', async () => {
    const [port] = await freePorts(1);
    await start(['--port', String(port)]);
    child.kill('SIGKILL');
    await ended();
    while ((await aliveBrokers(port)) !== null) await delay(20);
  });

  it('says what Kafka said when it cannot start', async () => {
    const [port] = await freePorts(1);
    await start(['--port', String(port)]);
    const second = spawn(process.execPath, [script, '--dir', `${dir}/second`, '--port', String(port)]);
    let said = '';
    second.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    expect(await once(second, 'close')).toEqual([1, null]);
    expect(said).toContain('did not start');
    expect(said).toContain('Address already in use');
    expect(readFileSync(join(dir, 'second', 'broker-1.log'), 'utf8')).toContain('Address already in use');
  });

  it('refuses options that make no sense', async () => {
    child = spawn(process.execPath, [script, '--brokers', 'many']);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(said).toContain('Usage: ');
  });
});
