import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ShellCall } from '@tutti/contracts';
import { LIMITS } from '../limits.js';
import { alive } from '../testing/alive.js';
import { HttpStub } from '../testing/http-stub.js';
import { ProcessHost } from '../testing/process-host.js';
import { failed, output } from '../testing/requests.js';

const host = new ProcessHost();
const others: ProcessHost[] = [];
let stub: HttpStub;
beforeAll(async () => {
  stub = await HttpStub.start();
});
afterAll(async () => {
  await Promise.all([host, ...others].map((one) => one.close()));
  await stub.stop();
});

function another(settings: ConstructorParameters<typeof ProcessHost>[0]): ProcessHost {
  const made = new ProcessHost(settings);
  others.push(made);
  return made;
}

describe('run: script', () => {
  test.each([
    ['stdout', 'out\n'],
    ['stderr', 'err\n'],
    ['code', 0],
    ['all', { code: 0, stdout: 'out\n', stderr: 'err\n' }],
    ['none', null],
  ] as const)('returns %s', async (wanted, value) => {
    const code = 'console.log("out"); console.error("err")';
    expect(output(await host.script({ code, return: wanted }))).toEqual(value);
  });

  test('that fails is a runtime error with the message and the place', async () => {
    const outcome = failed(await host.script({ code: 'const a = 1;\n  null.x' }));
    expect(outcome).toMatchObject({
      fate: 'permanent',
      error: {
        type: expect.stringContaining('/errors/runtime'),
        status: 500,
        title: 'The script failed',
        detail: expect.stringMatching(/^It ended with status 1: TypeError: .* \(line 2, column \d+\)$/),
        reply: { code: 1 },
      },
    });
  });

  test.each(['code', 'all'] as const)('that fails has its status with return: %s', async (wanted) => {
    const outcome = await host.script({ code: 'process.exit(3)', return: wanted });
    expect(JSON.stringify(output(outcome))).toContain('3');
  });

  test.each(['stdout', 'stderr', 'none'] as const)('that fails fails with return: %s', async (wanted) => {
    const { error } = failed(
      await host.script({ code: 'console.error("why"); process.exit(3)', return: wanted }),
    );
    expect(error.detail).toBe('It ended with status 3: why');
  });

  test('over a limit is a runtime error with its name, whatever is returned', async () => {
    const code = 'for (;;) console.log("x".repeat(10000))';
    const outcome = failed(await host.script({ code, return: 'all' }));
    expect(outcome).toMatchObject({
      fate: 'permanent',
      error: {
        type: expect.stringContaining('/errors/runtime'),
        detail: 'The limit is processOutputBytesMax: its output is larger than 512 KiB.',
      },
    });
    const memory = failed(await host.script({ code: 'const a = []; for (;;) a.push("x".repeat(1e6))' }));
    expect(memory.error.detail).toMatch(/^The limit is scriptMemoryBytesMax/);
  });

  test('has output that fits a message, however it is spelt there', async () => {
    const code = 'process.stdout.write("\\u0000".repeat(300000))';
    expect(failed(await host.script({ code })).error.detail).toContain('processOutputBytesMax');
  });

  test('over its time is a timeout', async () => {
    const outcome = failed(await host.script({ code: 'for (;;);' }, { timeoutMs: 400 }));
    expect(outcome).toMatchObject({
      fate: 'transient',
      error: { type: expect.stringContaining('/timeout') },
    });
  });

  test('waits for its turn, and no longer than its time', async () => {
    const busy = Array.from({ length: LIMITS.scriptsAtOnceMax }, () =>
      host.script({ code: 'for (;;);' }, { timeoutMs: 3_000 }),
    );
    const late = failed(await host.script({ code: '1' }, { timeoutMs: 50 }));
    expect(late.error).toMatchObject({ status: 408, detail: expect.stringContaining('The wait of "call"') });
    const next = host.script({ code: 'console.log(1)' });
    for (const outcome of await Promise.all(busy)) expect(outcome.status).toBe('failed');
    expect(output(await next)).toBe('1\n');
  });

  test('is fetched from where it is', async () => {
    stub.behaviour = ({ url, headers }, response) => {
      response.writeHead(url === '/s.js' ? 200 : 404, { 'content-type': 'text/javascript' });
      response.end(`console.log(${JSON.stringify(headers.authorization)} + ' grün')`);
    };
    const uri = `http://${stub.host}/s.js`;
    host.spans.splice(0);
    const outcome = await host.script({ source: { uri, authorization: 'Bearer t' } });
    expect(output(outcome)).toBe('Bearer t grün\n');
    const [fetched, run] = host.spans;
    expect(fetched).toMatchObject({ name: 'GET', parentSpanId: run?.spanId, traceId: run?.traceId });
    const gone = failed(await host.script({ source: { uri: `http://${stub.host}/gone.js` } }));
    expect(gone.error).toMatchObject({ status: 404, type: expect.stringContaining('/communication') });
  });

  test('is not fetched when it is too large', async () => {
    stub.behaviour = (_request, response) => response.end(' '.repeat(LIMITS.scriptBytesMax + 1));
    const { error } = failed(await host.script({ source: { uri: `http://${stub.host}/s.js` } }));
    expect(error.detail).toMatch(/^The limit is scriptBytesMax/);
  });

  test('needs no switch', async () => {
    const strict = another({ allowProcesses: false, allowContainers: false });
    expect(output(await strict.script({ code: 'console.log(1)' }))).toBe('1\n');
  });

  test('has a span, and no known secret in its error', async () => {
    host.spans.splice(0);
    const { error } = failed(await host.script({ code: `throw new Error("${ProcessHost.SECRET}")` }));
    expect(JSON.stringify([error, host.spans])).not.toContain(ProcessHost.SECRET);
    expect(error.detail).toContain('[redacted]');
    expect(host.spans).toEqual([
      expect.objectContaining({
        name: 'run script',
        kind: 'internal',
        status: 'error',
        attributes: expect.objectContaining({
          'tutti.process.kind': 'script',
          'tutti.script.language': 'javascript',
          'tutti.task.name': 'call',
        }),
      }),
    ]);
  });
});

describe('run: shell', () => {
  test.each([
    [
      { command: 'cat; echo "$1|$2|$#|$0"', stdin: 'in ', arguments: ['a b', '$(id); `id`'] },
      'in a b|$(id); `id`|2|sh\n',
    ],
    [{ command: 'echo "$WHO"', environment: { WHO: '"; id; "' } }, '"; id; "\n'],
    [
      { command: 'echo err >&2; exit 3', return: 'all' },
      { code: 3, stdout: '', stderr: 'err\n' },
    ],
    [{ command: 'kill -KILL $$', return: 'code' }, 137],
    [{ command: 'echo no >&2', return: 'stderr' }, 'no\n'],
    [{ command: 'exec 0<&-; echo deaf', stdin: 'x'.repeat(1_000_000) }, 'deaf\n'],
    [{ command: 'ulimit -c' }, '0\n'],
  ] as const)('%j', async (call, value) => {
    expect(output(await host.shell(call as Partial<ShellCall>))).toEqual(value);
  });

  test('sees nothing of the hub, and works in a folder of its own that is gone afterwards', async () => {
    process.env.TUTTI_CANARY = 'canary';
    const told = output(await host.shell({ command: 'env; touch made; pwd; ls -A' })) as string;
    delete process.env.TUTTI_CANARY;
    expect(told).not.toMatch(/canary|NODE_|npm_/i);
    const names = [...told.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(names.filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name as string)).sort()).toEqual([
      'HOME',
      'PATH',
      'TMPDIR',
    ]);
    const [, folder = ''] = /^(\/.*tutti-run-\w+)\nmade$/m.exec(told) ?? [];
    expect(folder).not.toBe('');
    expect(existsSync(folder)).toBe(false);
  });

  test('has no known secret in its error, also after a line break, and nothing else is cut', async () => {
    const { SECRET, SECRET_WITH_N } = ProcessHost;
    const said = `first\n${SECRET_WITH_N}\n${SECRET_WITH_N.slice(1)}\n${SECRET}`;
    const outcome = failed(await host.shell({ command: 'cat >&2; exit 3', stdin: said }));
    const stderr = 'first\n[redacted]\named-canary\n[redacted]';
    expect(outcome).toMatchObject({
      fate: 'permanent',
      error: { detail: `It ended with status 3: ${stderr}`, reply: { code: 3, stdout: '', stderr } },
    });
  });

  test('that fails tells its last words', async () => {
    const outcome = failed(await host.shell({ command: 'echo first; echo last words >&2; exit 7' }));
    expect(outcome).toMatchObject({
      fate: 'permanent',
      error: {
        title: 'The command failed',
        detail: 'It ended with status 7: last words',
        reply: { code: 7, stdout: 'first\n', stderr: 'last words\n' },
      },
    });
  });

  test('is killed at its deadline with everything that it started; a write may have happened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-spec-'));
    const file = join(folder, 'pid');
    // The child ignores hang-ups and outlives its shell, were it not for the group.
    const command = `trap '' HUP TERM; sh -c 'trap "" HUP TERM; echo $$ > "$0"; sleep 600' "${file}" & wait`;
    const outcome = failed(await host.shell({ command }, { timeoutMs: 3_000 }));
    expect(outcome).toMatchObject({ fate: 'unknown', error: { type: expect.stringContaining('/timeout') } });
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
    if (pid !== undefined) expect(alive(pid)).toBe(false);
    rmSync(folder, { recursive: true });
    const read = failed(await host.shell({ command: 'sleep 600' }, { timeoutMs: 100, effect: 'read' }));
    expect(read.fate).toBe('transient');
  });

  test('leaves nothing running in the background', async () => {
    const told = output(await host.shell({ command: 'sleep 600 & echo $!' })) as string;
    expect(alive(Number(told))).toBe(false);
  });

  test('is ended when it writes too much', async () => {
    const outcome = failed(await host.shell({ command: 'yes' }));
    expect(outcome.error.detail).toMatch(/^The limit is processOutputBytesMax/);
  });

  test('is ended with the hub', async () => {
    const ending = another({});
    const running = ending.shell({ command: 'sleep 600' });
    await ending.close();
    expect(failed(await running)).toMatchObject({ fate: 'unknown' });
  });

  test('that may have run before is not started again when it writes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-spec-'));
    const command = `touch ${folder}/ran`;
    const outcome = failed(await host.shell({ command }, { redelivered: true }));
    expect(outcome).toMatchObject({ fate: 'unknown', error: { title: 'The command may have run before' } });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
    output(await host.shell({ command }, { redelivered: true, effect: 'idempotent-write' }));
    expect(existsSync(join(folder, 'ran'))).toBe(true);
    rmSync(folder, { recursive: true });
  });

  test('is refused until the operator allows it, with the switch', async () => {
    const strict = another({ allowProcesses: false });
    expect(failed(await strict.shell({}))).toMatchObject({
      fate: 'permanent',
      error: {
        type: expect.stringContaining('/errors/configuration'),
        detail: expect.stringMatching(/--allow-processes or TUTTI_ALLOW_PROCESSES=true/),
      },
    });
  });
});
