import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerCall } from '@tutti/contracts';
import { ProcessHost } from '../testing/process-host.js';
import { failed, output } from '../testing/requests.js';

/**
 * No engine is needed for these: a stand-in on the PATH writes down what it is asked, and does what it is
 * told.
 */
describe('run: container', () => {
  let folder: string;
  let host: ProcessHost;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tutti-engine-'));
    host = new ProcessHost({
      engine: { PATH: `/nowhere:${folder}`, DOCKER_HOST: 'there', SECRET: 'canary' },
    });
  });
  afterEach(async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  });

  /** Puts an engine on the PATH, which writes its command lines down, one argument a line. */
  function engine(name: string, body = ''): void {
    const file = join(folder, name);
    const paths = `PATH=/usr/local/bin:/usr/bin:/bin`;
    const note = `printf '%s\\n' "$@" --- >> ${folder}/log`;
    writeFileSync(file, `#!/bin/sh\n${paths}\n${note}\n${body}\n`);
    chmodSync(file, 0o755);
  }
  const lines = () => readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(0, -2);

  test('is the command line of the engine', async () => {
    engine('docker', 'cat; echo err >&2; exit 4');
    const call: Partial<ContainerCall> = {
      name: 'job-1',
      command: 'echo "$1"',
      arguments: ['a b', '--privileged'],
      ports: { '8080': '80' },
      volumes: { '/data': '/srv:ro' },
      environment: { A: 'x y' },
      stdin: 'input',
      pullPolicy: 'always',
      cleanup: 'always',
      return: 'all',
    };
    expect(output(await host.container(call))).toEqual({ code: 4, stdout: 'input', stderr: 'err\n' });
    expect(lines()).toEqual([
      'run',
      '--name=job-1',
      '--pull=always',
      '--rm',
      '--interactive',
      '--env=A=x y',
      '--publish=8080:80',
      '--volume=/data:/srv:ro',
      '--entrypoint=sh',
      'alpine',
      '-c',
      'echo "$1"',
      'sh',
      'a b',
      '--privileged',
    ]);
  });

  test('has a name of its own, and its own command with the arguments', async () => {
    engine('podman');
    output(await host.container({ arguments: ['x'], pullPolicy: 'never' }));
    const [run, name, ...rest] = lines();
    expect([run, ...rest]).toEqual(['run', '--pull=never', 'alpine', 'x']);
    expect(name).toMatch(/^--name=calls-[0-9a-f-]{36}\.tests-call$/);
  });

  test('gives the command what it needs to find its engine, and nothing else of the hub', async () => {
    engine('docker', 'env');
    const told = output(await host.container({})) as string;
    expect(told).toContain('DOCKER_HOST=there');
    expect(told).not.toMatch(/canary|NODE_/);
  });

  test('prefers docker to podman', async () => {
    engine('podman', 'echo podman');
    engine('docker', 'echo docker');
    expect(output(await host.container({}))).toBe('docker\n');
  });

  test.each([
    ['always', ['rm', '--force', 'job']],
    ['never', ['kill', 'job']],
  ] as const)('is ended at its deadline by the engine (cleanup: %s)', async (cleanup, words) => {
    engine('docker', 'test "$1" != run || sleep 600');
    const outcome = failed(await host.container({ name: 'job', cleanup }, { timeoutMs: 5_000 }));
    expect(outcome).toMatchObject({ fate: 'unknown', error: { type: expect.stringContaining('/timeout') } });
    expect(lines().slice(-words.length)).toEqual(words);
  });

  test.each([
    [{ image: '--privileged' }, '"--privileged" is no name of an image.'],
    [{ name: '-v' }, '"-v" is no name of a container.'],
  ])('is refused with %j', async (call, detail) => {
    engine('docker');
    expect(failed(await host.container(call)).error).toMatchObject({ detail });
  });

  test('says what to do where there is no engine', async () => {
    expect(failed(await host.container({})).error).toMatchObject({
      type: expect.stringContaining('/errors/configuration'),
      detail: expect.stringMatching(/looked for docker, podman.*install one/s),
    });
  });

  test('is refused until the operator allows it, with the switch', async () => {
    const strict = new ProcessHost({ allowContainers: false });
    const { error } = failed(await strict.container({}));
    expect(error.detail).toContain('--allow-containers');
    await strict.close();
  });
});
