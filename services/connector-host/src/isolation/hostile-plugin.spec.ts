import { builtinModules } from 'node:module';
import { eventually } from '@tutti/testing';
import { IsolatedHub, PROCESS_MS, PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { failed, output } from '../testing/requests.js';
import { OPEN_MODULES } from './closed-world.js';

/** A plugin that tries everything a plugin must not do; each attempt says what it got. */
const MODULE = `
import { PermanentError, definePlugin } from '@tutti/plugin-sdk';
import { EventEmitter } from 'node:events';
import { z } from 'zod';

const attempts = {
  fetch: ({ to }) => fetch(to),
  WebSocket: ({ to }) => new WebSocket(to.replace('http', 'ws')),
  BroadcastChannel: () => new BroadcastChannel('x'),
  'process.kill': () => process.kill(1, 'SIGKILL'),
  'process.binding': () => process.binding('fs'),
  'process._linkedBinding': () => process._linkedBinding('fs'),
  'process.dlopen': () => process.dlopen({}, './x.node'),
  'process.getBuiltinModule': () => process.getBuiltinModule('net'),
  'process.exit': () => process.exit(0),
  'process.abort': () => process.abort(),
  'process.chdir': () => process.chdir('/'),
  'process.loadEnvFile': () => process.loadEnvFile('/etc/environment'),
  'process.execve': () => process.execve('/bin/sh'),
  'process._getActiveHandles': () => process._getActiveHandles(),
};
const quiet = {
  environment: () => Object.keys(process.env).length || Promise.reject(new Error('nothing')),
  arguments: () => process.argv.length || Promise.reject(new Error('nothing')),
  EventSource: () => new EventSource('http://x.test'),
  Worker: () => new Worker('data:text/javascript,'),
  require: () => require('node:fs'),
  stdout: () => process.stdout.constructor,
  eval: () => eval('1 + 1'),
  function: () => new Function('return 1')(),
  'function of a function': () => (() => 1).constructor('return 1')(),
  'async function': () => Object.getPrototypeOf(async () => 1).constructor('return 1')(),
  'object prototype': () => Object.assign(Object.prototype, { polluted: 'x' }),
  'setter of all objects': () =>
    Object.defineProperty(Object.prototype, 'leak', { set() {}, get() { return this; } }),
  'array prototype': () => Object.assign(Array.prototype, { push() {} }),
  emitter: () => Object.assign(EventEmitter.prototype, { emit() {} }),
  'commonjs of its own': () => import('./inner.cjs'),
  'native addon': () => import('./addon.node'),
  'a global that is not there': () => navigator.hardwareConcurrency,
};
const tries = { ...attempts, ...quiet };

async function attempt(work) {
  try {
    return 'reached ' + String(await work());
  } catch (error) {
    return 'refused ' + error.message;
  }
}

const read = (run, input = z.object({})) => ({ summary: 'Attack.', effect: 'read', input, output: z.unknown(), run });
export default definePlugin({
  contract: 1,
  name: 'util-hostile',
  kind: 'util',
  settings: z.object({ baseUrl: z.url() }),
  capabilities: {
    'util.names': read(() => ({ recorded: Object.keys(attempts), quiet: Object.keys(quiet) })),
    'util.attempt': read(({ input }) => attempt(() => tries[input.name](input)), z.object({ name: z.string(), to: z.string() })),
    'util.import': read(({ input }) => attempt(() => import(input.module)), z.object({ module: z.string() })),
    'util.fine': read(() => 'fine'),
    'util.pollute': read(() => JSON.parse('{"a":{"__proto__":{"polluted":"x"},"\\\\u005f_proto__":{"polluted":"x"}},"constructor":1}')),
    'util.spin': read(() => { for (;;); }),
    'util.block': read(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)),
    'util.buffers': read(() => {
      const all = [];
      for (;;) all.push(Buffer.alloc(50_000_000, 1));
    }),
    'util.heap': read(() => {
      const all = [];
      for (;;) all.push({ a: all.length });
    }),
    'util.shout': read(({ log }) => {
      for (let i = 0; i < 50_000; i++) { log.info('shout ' + i); console.log('shout'); }
      return 'done';
    }),
    'util.stay': read(() => new Promise(() => undefined)),
    'util.deep': read(({ input }) => {
      let deep = [];
      for (let i = 0; i < 200_000; i++) deep = [deep];
      if (input.how === 'output') return deep;
      throw new PermanentError('deep', { reply: deep });
    }, z.object({ how: z.string() })),
    'util.large': read(() => 'x'.repeat(40_000_000)),
    'util.stray': read(() => {
      Promise.reject(new Error('nobody waits for this'));
      return 'done';
    }),
    'util.throw': read(() => new Promise(() => setTimeout(() => { throw new Error('out of the blue'); }, 1))),
  },
});`;

const hub = IsolatedHub.use('util-hostile', MODULE, {
  files: { 'inner.cjs': 'module.exports = require("node:fs");', 'addon.node': 'not a library' },
});
const lines = () => hub.host.lines.join('\n');
const counted = (name: string) => hub.host.counters.read()[name] ?? 0;
const said = async (capability: string, input: unknown = {}) =>
  output(await hub.call(capability, input)) as string;
/** The process may be away for a moment after what was done to it. */
const isFine = () =>
  eventually(async () => {
    const outcome = await hub.call('util.fine');
    return outcome.status === 'succeeded' && outcome.output === 'fine';
  }, PROCESS_MS);

it(
  'reaches nothing through globals, and each attempt is recorded',
  async () => {
    const { recorded, quiet } = output(await hub.call('util.names')) as {
      recorded: string[];
      quiet: string[];
    };
    const to = hub.stub.origin;
    for (const name of quiet)
      expect([name, await said('util.attempt', { name, to })]).toEqual([name, refused]);
    for (const name of recorded) {
      const before = counted('plugins.refused');
      expect([name, await said('util.attempt', { name, to })]).toEqual([name, refused]);
      expect(lines()).toContain(`Plugin "util-hostile" tried what is closed to it: ${name}`);
      expect([name, counted('plugins.refused')]).toEqual([name, before + 1]);
    }
    expect(hub.stub.seen).toEqual([]);
    await isFine();
  },
  PROCESS_TEST_MS,
);
const refused = expect.stringMatching(/^refused /);

it('imports no module of Node that reaches outside, under any name', async () => {
  const closed = [...builtinModules, 'sqlite', 'test', 'sea', 'test/reporters']
    .map((name) => name.replace(/^node:/, ''))
    .filter((name) => !OPEN_MODULES.has(name));
  expect(closed).toEqual(
    expect.arrayContaining([
      'net',
      'fs',
      'child_process',
      'worker_threads',
      'module',
      'inspector',
      'vm',
      'sqlite',
    ]),
  );
  for (const module of closed.flatMap((name) => [`node:${name}`, name])) {
    expect([module, await said('util.import', { module })]).toEqual([module, refused]);
  }
  expect(lines()).toContain('tried what is closed to it: import of "node:net"');
});

it('imports nothing from outside its folder', async () => {
  const other = await hub.folder.add('util-other', 'export default 1;');
  const modules = [other.module, '../util-other/index.mjs', '/etc/passwd', 'file:///proc/self/environ'];
  for (const module of [
    ...modules,
    'data:text/javascript,1',
    'https://x.test/m.js',
    '@tutti/contracts',
    'undici',
  ]) {
    expect([module, await said('util.import', { module })]).toEqual([module, refused]);
  }
});

it('changes no prototype in the host through a message', async () => {
  expect(output(await hub.call('util.pollute'))).toEqual({ a: {}, constructor: 1 });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it.each(['output', 'error'])('sends no %s that is too deep for the host', async (how) => {
  expect(failed(await hub.call('util.deep', { how }))).toBeDefined();
  await isFine();
});

it.each(['util.spin', 'util.block', 'util.stay'])(
  'is ended when %s does not heed the deadline',
  async (name) => {
    await isFine();
    const before = counted('plugins.ended');
    expect(failed(await hub.call(name, {}, { timeoutMs: 1_000 }))).toMatchObject({
      error: { reason: 'timeout' },
    });
    await eventually(() => counted('plugins.ended') > before, PROCESS_MS);
    expect(lines()).toContain('The process of plugin "util-hostile" 2.1.0 ended');
    await isFine();
  },
);

it.each(['util.buffers', 'util.heap'])(
  'uses up no memory but its own with %s',
  async (name) => {
    const outcome = failed(await hub.call(name));
    expect(['transient', 'defect']).toContain(outcome.fate);
    await isFine();
  },
  PROCESS_TEST_MS,
);

it(
  'ends with an error that nobody catches, and is started again',
  async () => {
    expect(failed(await hub.call('util.throw'))).toMatchObject({
      fate: 'transient',
      error: { reason: 'unavailable' },
    });
    expect(lines()).toContain('out of the blue');
    await isFine();
    expect(await said('util.stray')).toBe('done');
    await eventually(() => lines().includes('nobody waits for this'), PROCESS_MS);
  },
  PROCESS_TEST_MS,
);

it(
  'floods neither log nor host',
  async () => {
    expect(await said('util.shout')).toBe('done');
    expect(hub.host.lines.filter((line) => line.includes('shout')).length).toBeLessThan(5_000);
    expect(failed(await hub.call('util.large'))).toMatchObject({
      error: { detail: expect.stringContaining('at most 33554432 bytes') },
    });
    await isFine();
  },
  PROCESS_TEST_MS,
);
