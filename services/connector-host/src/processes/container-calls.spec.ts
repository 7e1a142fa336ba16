import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerCall } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { ProcessHost } from '../testing/process-host.js';
import { failed, output } from '../testing/requests.js';
import { Children } from './children.js';
import { Containers } from './containers.js';

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
      '--label=tutti.installation=tests',
      '--label=tutti.host=this',
      '--label=tutti.cleanup=always',
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
    const [run, name, ...rest] = lines().filter((line) => !line.startsWith('--label'));
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
    ['always', ['---', 'stop', '-t', '5', 'job', '---', 'rm', '--force', 'job']],
    ['never', ['---', 'stop', '-t', '5', 'job']],
  ] as const)('is asked to stop when the hub ends (cleanup: %s)', async (cleanup, words) => {
    engine('docker', 'test "$1" != run || sleep 600');
    const running = host.container({ name: 'job', cleanup });
    await eventually(() => existsSync(join(folder, 'log')) && lines().includes('run'), 60_000);
    await host.close();
    expect(failed(await running).error.title).toBe('The container was ended with the hub');
    expect(lines().slice(-words.length)).toEqual(words);
  });

  /** An engine with these containers, which lists those that run or those that have ended. */
  function engineWith(containers: Record<'running' | 'exited', object[]>): void {
    for (const [state, found] of Object.entries(containers)) {
      writeFileSync(join(folder, state), found.map((_, i) => `${state}-${i}\n`).join(''));
      writeFileSync(join(folder, `${state}.json`), JSON.stringify(found));
    }
    engine(
      'docker',
      `case "$*" in
        ps*tutti.installation=tests*status=running*) cat ${folder}/running ;;
        ps*tutti.installation=tests*status=exited*) cat ${folder}/exited ;;
        inspect*running-*) cat ${folder}/running.json ;;
        inspect*exited-*) cat ${folder}/exited.json; touch ${folder}/looked ;;
      esac`,
    );
  }

  const container = (Id: string, labels: Record<string, string>, FinishedAt?: string) => ({
    Id,
    State: { FinishedAt },
    Config: { Labels: labels },
  });

  /** What is done with containers when these hosts live, without the looking. */
  async function cleared(...living: string[]): Promise<string[]> {
    const containers = new Containers({
      children: new Children(),
      engine: { PATH: folder },
      owner: { installation: 'tests', host: 'this' },
    });
    await containers.clear(new Set(living));
    await containers.close();
    const commands = lines().join(' ').split(' --- ');
    return commands.filter((line) => /^(stop|rm)/.test(line));
  }

  test('is ended at the next start when its host is dead, and stays when that lives', async () => {
    engineWith({
      running: [
        container('left', { 'tutti.host': 'dead', 'tutti.cleanup': 'always' }),
        container('kept', { 'tutti.host': 'dead', 'tutti.cleanup': 'never' }),
        container('ours', { 'tutti.host': 'other', 'tutti.cleanup': 'always' }),
      ],
      exited: [],
    });
    expect(await cleared('this', 'other')).toEqual(['stop -t 5 left', 'rm --force left', 'stop -t 5 kept']);
  });

  test('is removed when it was kept for as long as its task says', async () => {
    const kept = { 'tutti.cleanup': 'eventually', 'tutti.remove-after-ms': '60000' };
    engineWith({
      running: [],
      exited: [
        container('old', kept, '2026-01-31T12:00:00.123456789Z'),
        container('new', kept, '2999-01-31T12:00:00.123456789Z'),
        container('never', { 'tutti.cleanup': 'never' }, '2026-01-31T12:00:00.123456789Z'),
      ],
    });
    expect(await cleared('this')).toEqual(['rm --force old']);
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
