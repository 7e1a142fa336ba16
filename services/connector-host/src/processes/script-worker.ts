/**
 * Runs scripts inside a worker thread: JavaScript in QuickJS, which is WebAssembly and reaches nothing but
 * two functions of the hub, `write` and `exit`. Each script has an instance of its own, so that none leaves
 * anything to the next.
 *
 * Tests start this file as it is, so it takes values from packages only.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import quickJsVariant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import type { ScriptEnd, ScriptJob, ScriptResult } from './script-job.js';

/** As far as it is used; the types of Node have none. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    compile(bytes: Uint8Array): Promise<never>;
    Memory: new (pages: { initial: number; maximum: number }) => never;
  };
};
/** Its types say that it is a module of CommonJS, which it is not when it is imported. */
const variant = quickJsVariant as unknown as QuickJSSyncVariant;
const NAME = 'script.js';
const PAGE_BYTES = 65_536;
/** Memory grows in steps, so that the last one may not fit. */
const FULL = 0.75;
/** What the interpreter needs to begin with. */
const PAGES_MIN = 256;
const UNSHOWN = 'something that cannot be shown';
/** Exit status of Node for a top-level `await` that is never answered. */
const UNANSWERED = 13;
const wasm = await WebAssembly.compile(
  readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')),
);

/**
 * What a script finds, written in its own language and run inside the sandbox. `wait` never comes back: the
 * interpreter is stopped in it.
 */
const PRELUDE = `(function (write, exit, given) {
  const { argv, env, stdin } = JSON.parse(given);
  const { stringify } = JSON;
  const wait = () => { for (;;); };
  const out = (fd, text) => { if (!write(fd, stringify(text))) wait(); return true; };
  const thrown = (value) => {
    try {
      if (!(value instanceof Error)) return typeof value === 'object' ? stringify(value) : String(value);
      return String(value) + '\\n' + String(value.stack ?? '').trimEnd();
    } catch { return '${UNSHOWN}'; }
  };
  const shown = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return thrown(value);
    if (typeof value !== 'object' || value === null) return String(value);
    try { return stringify(value) ?? String(value); } catch (error) { return '[' + error.message + ']'; }
  };
  const line = (fd) => (...values) => { out(fd, values.map(shown).join(' ') + '\\n'); };
  const stream = (fd) => ({ fd, write: (text) => out(fd, String(text)) });
  let unread = stdin;
  const read = () => { const text = unread; unread = ''; return text; };
  const process = {
    argv, env, exitCode: undefined,
    exit(code = process.exitCode ?? 0) { exit(Number(code) || 0); wait(); },
    stdout: stream(1), stderr: stream(2),
    stdin: {
      fd: 0, setEncoding() { return this; }, read: () => read() || null,
      async *[Symbol.asyncIterator]() { const text = read(); if (text !== '') yield text; },
    },
  };
  const readFileSync = (file) => {
    if (file === 0 || file === '/dev/stdin') return read();
    throw new Error('A script has no file system: only standard input (0) can be read');
  };
  const fs = { readFileSync };
  const modules = { fs, 'node:fs': fs, process, 'node:process': process };
  const require = (name) => {
    if (Object.hasOwn(modules, name)) return modules[name];
    throw new Error('There is no module "' + name + '" in the sandbox: only node:fs and node:process');
  };
  const [log, error] = [line(1), line(2)];
  const console = { log, info: log, debug: log, dir: log, error, warn: error, trace: error };
  for (const [name, value] of Object.entries({ console, process, require }))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  return { thrown, exitCode: () => Number(process.exitCode ?? 0) || 0 };
})`;

/** The modules that a script may import. */
const MODULES: Readonly<Record<string, string>> = {
  fs: "const fs = require('node:fs'); export default fs; export const { readFileSync } = fs;",
  process:
    "const process = require('node:process'); export default process;" +
    'export const { argv, env, exit, stdin, stdout, stderr } = process;',
};

/** One script from its start to its end. */
class Sandbox {
  readonly #job: ScriptJob;
  readonly #runtime: QuickJSRuntime;
  readonly #memory: { buffer: ArrayBuffer };
  readonly #context: QuickJSContext;
  readonly #texts = { 1: [] as string[], 2: [] as string[] };
  readonly #cpu = process.threadCpuUsage();
  #bytes = 0;
  #exit: number | undefined;
  #ended: ScriptEnd | undefined;

  static async run(job: ScriptJob): Promise<ScriptResult> {
    const maximum = Math.ceil(job.limits.memoryBytes / PAGE_BYTES);
    const wasmMemory = new WebAssembly.Memory({ initial: Math.min(PAGES_MIN, maximum), maximum });
    // The interpreter's own limit counts no large blocks, so the memory itself has one.
    const quickJs = await newQuickJSWASMModuleFromVariant(
      newVariant(variant, { wasmModule: wasm, wasmMemory }),
    );
    return new Sandbox(job, quickJs.newRuntime(), wasmMemory).#result();
  }

  private constructor(job: ScriptJob, runtime: QuickJSRuntime, memory: { buffer: ArrayBuffer }) {
    this.#job = job;
    this.#runtime = runtime;
    this.#memory = memory;
    runtime.setMaxStackSize(job.limits.stackBytes);
    runtime.setInterruptHandler(() => this.#isOver());
    runtime.setModuleLoader((name) => {
      const source = MODULES[name.replace(/^node:/, '')];
      return source ?? { error: new Error(`There is no module "${name}" in the sandbox`) };
    });
    this.#context = runtime.newContext();
  }

  #isOver(): boolean {
    const { user, system } = process.threadCpuUsage(this.#cpu);
    if ((user + system) / 1_000 > this.#job.limits.cpuMs) this.#ended ??= 'cpu';
    return this.#ended !== undefined || this.#exit !== undefined;
  }

  #result(): ScriptResult {
    let thrown: string | undefined;
    let code = 0;
    try {
      ({ thrown, code } = this.#play());
    } catch {
      // An error of the interpreter itself, such as one stack too deep for WebAssembly.
      if (this.#exit === undefined) this.#ended ??= 'crash';
    }
    if (this.#ended !== undefined) return { ...this.#left(1), ended: this.#ended };
    if (this.#exit !== undefined) return this.#left(this.#exit);
    if (thrown === undefined) return this.#left(code);
    if (this.#isFull(thrown)) return { ...this.#left(1), ended: 'memory' };
    this.#write(2, `Uncaught ${thrown}\n`);
    return { ...this.#left(1), thrown: placeOf(thrown) };
  }

  /** Where no memory is left for an error, null is thrown in its place, or there is none left to show it. */
  #isFull(thrown: string): boolean {
    if (thrown.startsWith('InternalError: out of memory')) return true;
    const used = this.#memory.buffer.byteLength / this.#job.limits.memoryBytes;
    return used > FULL && ['', 'null', UNSHOWN].includes(thrown);
  }

  #left(code: number): ScriptResult {
    return { code: code & 0xff, stdout: this.#texts[1].join(''), stderr: this.#texts[2].join('') };
  }

  #play(): { thrown?: string; code: number } {
    const context = this.#context;
    const prelude = context.unwrapResult(context.evalCode(PRELUDE, 'hub.js'));
    const { arguments: given, environment: env, stdin } = this.#job;
    const argv = ['javascript', NAME, ...given];
    const write = context.newFunction('write', (fd, text) => {
      const done = this.#write(context.getNumber(fd) === 2 ? 2 : 1, textOf(context.getString(text)));
      return done ? context.true : context.false;
    });
    const exit = context.newFunction('exit', (code) => {
      this.#exit = context.getNumber(code);
    });
    const json = context.newString(JSON.stringify({ argv, env, stdin }));
    const made = context.callFunction(prelude, context.undefined, write, exit, json);
    const hub = context.unwrapResult(made);
    const error = this.#evaluate();
    const call = (name: string, ...values: QuickJSHandle[]) =>
      context.unwrapResult(context.callFunction(context.getProp(hub, name), context.undefined, ...values));
    if (error === UNANSWERED) {
      this.#write(2, 'A top-level await was never answered\n');
      return { code: UNANSWERED };
    }
    if (error !== undefined) return { thrown: context.getString(call('thrown', error)), code: 1 };
    return { code: context.getNumber(call('exitCode')) };
  }

  /** Runs the code and what it leaves to be done; what was thrown, if something was. */
  #evaluate(): QuickJSHandle | typeof UNANSWERED | undefined {
    const context = this.#context;
    const module = this.#isModule();
    const evaluated = context.evalCode(this.#job.code, NAME, { type: module ? 'module' : 'global' });
    if (evaluated.error) return evaluated.error;
    const jobs = this.#runtime.executePendingJobs();
    if (jobs.error) return jobs.error;
    // A script that ends with `main()` has failed when that promise has.
    const state = context.getPromiseState(evaluated.value);
    if (state.type === 'rejected') return state.error;
    return module && state.type === 'pending' ? UNANSWERED : undefined;
  }

  /** Code that is no script is a module: it imports, exports or awaits. */
  #isModule(): boolean {
    const compiled = this.#context.evalCode(this.#job.code, NAME, { compileOnly: true });
    const module = compiled.error !== undefined;
    compiled.dispose();
    return module;
  }

  #write(fd: 1 | 2, text: string): boolean {
    if (this.#ended !== undefined || this.#exit !== undefined) return false;
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes <= this.#job.limits.outputBytes) {
      this.#texts[fd].push(text);
      return true;
    }
    this.#ended = 'output';
    return false;
  }
}

/** Texts come as JSON: a text of C ends at its first zero. */
function textOf(json: string): string {
  return String(JSON.parse(json));
}

function placeOf(thrown: string): NonNullable<ScriptResult['thrown']> {
  const [message = ''] = thrown.split('\n    at ');
  const [, line, column] = /script\.js:(\d+):(\d+)/.exec(thrown) ?? [];
  return { message, ...(line !== undefined && { line: Number(line), column: Number(column) }) };
}

parentPort?.on('message', (job: ScriptJob) => {
  void Sandbox.run(job).then((result) => parentPort?.postMessage(result));
});
