import { afterAll, describe, expect, test } from '@jest/globals';
import type { ScriptJob, ScriptResult } from './script-job.js';
import { ScriptPool, type ScriptKilled } from './script-pool.js';

const pool = new ScriptPool();
afterAll(() => pool.close());

const LIMITS: ScriptJob['limits'] = {
  memoryBytes: 64 * 1024 * 1024,
  stackBytes: 256 * 1024,
  cpuMs: 30_000,
  outputBytes: 64 * 1024,
};

function run(
  code: string,
  {
    limits = {},
    timeoutMs = 120_000,
    ...more
  }: Partial<Omit<ScriptJob, 'limits'>> & {
    limits?: Partial<ScriptJob['limits']>;
    timeoutMs?: number;
  } = {},
): Promise<ScriptResult | ScriptKilled> {
  const job = { code, arguments: [], environment: {}, stdin: '', limits: { ...LIMITS, ...limits }, ...more };
  return pool.run(job, timeoutMs);
}

describe('a script', () => {
  test.each([
    ['console.log("hello", 1, null, undefined, true)', 'hello 1 null undefined true\n'],
    ['console.log({ a: [1, "x"] }, [1, [2]])', '{"a":[1,"x"]} [1,[2]]\n'],
    ['console.log(12n, Symbol("s"), () => 1)', '12 Symbol(s) () => 1\n'],
    ['console.log()', '\n'],
    ['const o = {}; o.o = o; console.log(o)', '[circular reference]\n'],
    ['process.stdout.write("no line")', 'no line'],
    ['process.stdout.write("a\\0b" + "\\ud800")', 'a\0b\ud800'],
    ['console.info("a"); console.debug("b")', 'a\nb\n'],
    ['x = 5; console.log(x, this === globalThis)', '5 true\n'],
    ['console.log("grün 🎺 \\u0000".length)', '9\n'],
    ['console.log(Object.groupBy([1, 2], (n) => (n > 1 ? "many" : "one")))', '{"one":[1],"many":[2]}\n'],
    ['console.log(/^[\\p{L}--[a-z]]$/v.test("é"))', 'true\n'],
    ['console.log(typeof Promise.withResolvers, "a".isWellFormed())', 'function true\n'],
    ['export const a = 1; console.log(a)', '1\n'],
    ['console.log(await Promise.resolve(7))', '7\n'],
    ['Promise.resolve(1).then((n) => console.log(n)); console.log(0)', '0\n1\n'],
  ])('%s', async (code, stdout) => {
    expect(await run(code)).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('has its arguments, environment and standard input where Node has them', async () => {
    const code = `
      const [first, second, a, b] = process.argv;
      console.log(first, second, a, b, process.argv.length);
      console.log(process.env.WHO, process.env.__proto__.nothing);
      console.log(require('fs').readFileSync(0, 'utf8') + '|' + process.stdin.read());`;
    const given = { arguments: ['x', 'y z'], environment: { WHO: 'me' }, stdin: 'in\nput' };
    expect(await run(code, given)).toMatchObject({
      code: 0,
      stdout: 'javascript script.js x y z 4\nme undefined\nin\nput|null\n',
    });
  });

  test("is the specification's own example", async () => {
    const code = `// Reading Input from STDIN
import { readFileSync } from 'node:fs';
const stdin = readFileSync(process.stdin.fd, 'utf8');
console.log('stdin > ', stdin) // Output: stdin > Hello Workflow

// Reading from argv
const [_, __, arg] = process.argv;
console.log('arg > ', arg) // Output: arg > hello

// Reading from env
const foo = process.env.foo;
console.log('env > ', foo) // Output: env > bar
`;
    const given = { arguments: ['hello'], environment: { foo: 'bar' }, stdin: 'Hello Workflow' };
    const stdout = 'stdin >  Hello Workflow\narg >  hello\nenv >  bar\n';
    expect(await run(code, given)).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('reads standard input as a stream', async () => {
    const code = 'let all = ""; for await (const part of process.stdin) all += part; console.log(all.length)';
    expect(await run(code, { stdin: 'abc' })).toMatchObject({ code: 0, stdout: '3\n' });
  });

  test('writes errors to standard error', async () => {
    const code = 'console.error("e", 1); console.warn("w"); process.stderr.write("s")';
    expect(await run(code)).toEqual({ code: 0, stdout: '', stderr: 'e 1\nw\ns' });
  });

  test.each([
    ['process.exit(3); console.log("never")', 3],
    ['console.log("x"); process.exitCode = 4', 4],
    ['process.exitCode = 5; process.exit()', 5],
    ['try { process.exit(6) } catch { console.log("caught") } finally { console.log("finally") }', 6],
    ['Promise.resolve().then(() => { process.exit(7) }); for (const i of [1]) console.log(i)', 7],
    ['process.exit(256 + 8)', 8],
    ['process.exit("what")', 0],
  ])('%s: ends with its status', async (code, status) => {
    const result = await run(code);
    expect(result).toMatchObject({ code: status, stderr: '' });
    expect(JSON.stringify(result)).not.toMatch(/never|caught|finally/);
  });

  test.each([
    ['\n  null.x', { message: expect.stringMatching(/^TypeError: /), line: 2 }],
    ['throw new RangeError("too far")', { message: 'RangeError: too far', line: 1 }],
    ['throw { code: 7 }', { message: '{"code":7}' }],
    ['throw null', { message: 'null' }],
    ['function f() {\n  throw new Error("deep")\n}\nf()', { message: 'Error: deep', line: 2 }],
    ['async function main() {\n throw new Error("later") }\nmain()', { message: 'Error: later', line: 2 }],
    ['await Promise.reject(new Error("awaited"))', { message: 'Error: awaited' }],
    ['const a = ;', { message: expect.stringMatching(/^SyntaxError: /), line: 1 }],
    ['throw { toString() { throw 1 }, toJSON() { throw 2 } }', { message: 'something that cannot be shown' }],
    ['import x from "left-pad"', { message: expect.stringContaining('no module "left-pad"') }],
    ['require("node:net")', { message: expect.stringContaining('no module "node:net"') }],
  ])('%s: fails with status 1, the message and the place', async (code, thrown) => {
    const result = await run(code);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Uncaught /), thrown });
  });

  test('that waits for what never comes ends with the status of Node', async () => {
    expect(await run('await new Promise(() => {})')).toMatchObject({ code: 13 });
  });

  test('leaves nothing to the next', async () => {
    await run(
      'globalThis.left = 1; Object.prototype.left = 2; Array.prototype.map = null; JSON.parse = null',
    );
    expect(await run('console.log(typeof left, [1].map((n) => n), ({}).left)')).toMatchObject({
      stdout: 'undefined [1] undefined\n',
    });
  });
});

describe('a script that attacks', () => {
  test.each([
    ['for (;;);'],
    ['try { for (;;); } catch { console.log("caught") } finally { console.log("finally") }'],
    ['const turn = () => Promise.resolve().then(turn); turn()'],
    ['const again = async () => { for (;;) await null }; await again()'],
    ['/^(a+)+$/.test("a".repeat(40) + "b")'],
    ['[3, 1, 2].sort(() => { for (;;); })'],
    ['throw { get name() { for (;;); }, toJSON() { for (;;); } }'],
    ['console.log({ toJSON() { for (;;); } })'],
    ['process.exit({ valueOf() { for (;;); } })'],
  ])('%s: is stopped by its processor time', async (code) => {
    const result = await run(code, { limits: { cpuMs: 200 } });
    expect(result).toEqual({ code: 1, stdout: '', stderr: '', ended: 'cpu' });
  });

  test.each([
    ['const all = []; for (;;) all.push({ x: all.length })'],
    ['const all = []; for (;;) all.push("x".repeat(1e6))'],
    ['const all = []; for (;;) all.push(new Uint8Array(1e7))'],
    ['const all = new Map(); for (let i = 0; ; i++) all.set(i, { i })'],
    ['new Array(5e7).fill(1).join("-")'],
    ['new Uint8Array(1e9)'],
    ['const all = []; for (;;) { try { all.push("y".repeat(1e6)) } catch { all.push([all]) } }'],
  ])('%s: is stopped by the limit of its memory', async (code) => {
    const result = await run(code, { limits: { memoryBytes: 32 * 1024 * 1024 } });
    expect(result).toMatchObject({ code: 1, ended: expect.stringMatching(/^(memory|crash)$/) });
  });

  test.each([
    ['for (;;) console.log("x".repeat(1000))'],
    ['for (;;) process.stderr.write("y")'],
    ['console.log("x".repeat(1e6)); console.log("after")'],
    ['try { for (;;) console.log("zzzzzzzzzzzzzzzz") } catch { }'],
  ])('%s: is stopped by the limit of its output', async (code) => {
    const result = (await run(code)) as ScriptResult;
    expect(result).toMatchObject({ code: 1, ended: 'output' });
    expect(result.stdout.length + result.stderr.length).toBeLessThanOrEqual(LIMITS.outputBytes);
    expect(result.stdout).not.toContain('after');
  });

  test.each([
    ['const f = () => f() + 1; f()'],
    ['const o = {}; let x = o; for (let i = 0; i < 1e5; i++) { x.a = {}; x = x.a } JSON.stringify(o)'],
    ['JSON.parse("[".repeat(2e5))'],
    ['eval("(".repeat(3e4) + "1" + ")".repeat(3e4))'],
    ['let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.toString()'],
    ['new RegExp("(".repeat(1e5) + ")".repeat(1e5))'],
    ['const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x'],
  ])('%s: ends itself alone', async (code) => {
    expect(await run(code)).toMatchObject({ code: 1 });
    expect(await run('console.log("next")')).toMatchObject({ code: 0, stdout: 'next\n' });
  });

  test('finds no way to the host', async () => {
    const code = `
      const found = [];
      const attempt = (name, step) => {
        try { const value = step(); if (value !== undefined) found.push(name + ': ' + String(value)); } catch {}
      };
      const make = this.constructor.constructor;
      attempt('process', () => make('return process.binding || process.mainModule || process.versions')());
      attempt('env', () => make('return Object.keys(process.env).length || undefined')());
      attempt('log', () => console.log.constructor('return process.pid')());
      attempt('exit', () => process.exit.constructor('return this.process.cwd()')());
      attempt('caller', () => (function f() { return f.caller ?? undefined })());
      for (const name of ['fetch', 'XMLHttpRequest', 'WebSocket', 'setTimeout', 'setInterval', 'Worker', 'os', 'std',
        'WebAssembly', 'Deno', 'Bun', 'Buffer', 'global', 'gc', 'print', 'scriptArgs', 'bjson', '__loadScript'])
        attempt(name, () => globalThis[name]);
      for (const name of ['fs/promises', 'node:child_process', 'net', 'node:vm', 'worker_threads', 'module'])
        attempt(name, () => require(name));
      attempt('file', () => require('fs').readFileSync('/etc/passwd'));
      attempt('fs', () => Object.keys(require('fs')).filter((key) => key !== 'readFileSync')[0]);
      let error; try { null.x } catch (e) { error = e }
      attempt('stack', () => /file:|node:|\\/.*\\/|hub\\.js/.test(error.stack) ? error.stack : undefined);
      attempt('thrown', () => error.constructor.constructor('return typeof require("fs").writeFileSync')() ===
        'function' || undefined);
      for (const name of ['fs', 'node:os', 'file:///etc/passwd', '/etc/passwd', './script-worker.ts', 'data:text/javascript,1'])
        try { const module = await import(name); if (name !== 'fs') found.push('import ' + name) } catch {}
      console.log(found);`;
    // Sloppy code for \`this\`; the await makes it a module, so it is wrapped.
    const wrapped = `(async function () { ${code} }).call(globalThis)`;
    expect(await run(wrapped, { environment: {} })).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });

  test('does not get at what the hub gave it by breaking the language first', async () => {
    const code = `
      Object.defineProperty(Object.prototype, 'then', { get() { for (;;); }, configurable: true });
      Array.prototype.map = Array.prototype.join = () => { throw new Error('broken') };
      JSON.stringify = String.prototype.trimEnd = () => { throw new Error('broken') };
      process = null; console = null; globalThis.require = null;`;
    expect(await run(code, { limits: { cpuMs: 2_000 } })).toMatchObject({ stdout: '' });
    expect(await run('console.log("next")')).toMatchObject({ code: 0, stdout: 'next\n' });
  });

  test('is killed at its deadline with its worker, and the next one runs', async () => {
    const killed = await run('for (;;);', { timeoutMs: 300 });
    expect(killed).toEqual({ killed: 'deadline', detail: 'The script did not end within 300 ms.' });
    expect(await run('console.log("next")')).toMatchObject({ code: 0, stdout: 'next\n' });
  });

  test('does not hold up others, nor the hub', async () => {
    const bad = [1, 2].map(() => run('for (;;);', { limits: { cpuMs: 700 } }));
    let turns = 0;
    const loop = setInterval(() => (turns += 1), 1);
    const good = await Promise.all([1, 2].map((n) => run(`console.log(${n})`)));
    clearInterval(loop);
    expect(good.map((result) => (result as ScriptResult).stdout)).toEqual(['1\n', '2\n']);
    expect(turns).toBeGreaterThan(0);
    for (const result of await Promise.all(bad)) expect(result).toMatchObject({ ended: 'cpu' });
  });
});

test('a pool that was closed runs nothing, and ends what runs', async () => {
  const own = new ScriptPool();
  const job = { code: 'for (;;);', arguments: [], environment: {}, stdin: '', limits: LIMITS };
  const running = own.run(job, 120_000);
  await own.close();
  expect(await running).toMatchObject({ killed: 'closed' });
  expect(await own.run(job, 1_000)).toMatchObject({ killed: 'closed' });
});
