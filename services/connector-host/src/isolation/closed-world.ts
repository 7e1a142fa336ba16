import { EventEmitter } from 'node:events';
import { registerHooks, type LoadFnOutput, type ResolveFnOutput } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Closes the process of a plugin: what modules it may import and which globals it finds. It runs in that
 * process, before any code of the plugin, and takes nothing from other files.
 *
 * It is one guard of several. A kernel that denies the network and Node's permission model stand behind it,
 * since no list inside one realm of JavaScript is complete for ever.
 */

/** Modules of Node that reach nothing outside: neither files, network and processes, nor the host's pipe. */
export const OPEN_MODULES: ReadonlySet<string> = new Set([
  'assert',
  'assert/strict',
  'buffer',
  'events',
  'path',
  'path/posix',
  'punycode',
  'querystring',
  'string_decoder',
  'timers',
  'timers/promises',
  'url',
  'util',
  'util/types',
]);

/** Globals of Node and the web that stay; those of the language stay too. */
const OPEN_GLOBALS = `AbortController AbortSignal Blob Buffer ByteLengthQueuingStrategy CompressionStream
  CountQueuingStrategy Crypto CryptoKey CustomEvent DecompressionStream DOMException Event EventTarget File
  MessageChannel MessageEvent MessagePort Performance ReadableByteStreamController ReadableStream
  ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController
  ReadableStreamDefaultReader SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream
  TransformStream TransformStreamDefaultController URL URLPattern URLSearchParams WebAssembly WritableStream
  WritableStreamDefaultController WritableStreamDefaultWriter atob btoa clearImmediate clearInterval
  clearTimeout crypto performance queueMicrotask setImmediate setInterval setTimeout structuredClone
  console global process`.split(/\s+/);

/** Called often enough by code that means no harm, so that they say what to do instead. */
const CLOSED_GLOBALS: Readonly<Record<string, string>> = {
  fetch: 'use the http port of the context',
  WebSocket: 'use the http port of the context',
  EventSource: 'use the http port of the context',
  XMLHttpRequest: 'use the http port of the context',
  Worker: 'a plugin has no threads',
  BroadcastChannel: 'a plugin has no threads',
};
const CLOSED_OF_PROCESS = `abort binding chdir dlopen exit execve getBuiltinModule kill loadEnvFile openStdin
  reallyExit _kill _linkedBinding _debugProcess _getActiveHandles _getActiveRequests`.split(/\s+/);

export interface World {
  /** URLs of folders: the host's own code, which is trusted. */
  trusted: readonly string[];
  /** URL of the folder of the plugin, ends with `/`. */
  folder: string;
  /** URL of a module from which the SDK and zod are found. */
  host: string;
  refused: (what: string) => void;
}

/** From now on code of the plugin imports the SDK, zod, its own files and harmless modules of Node only. */
export function closeModules(world: World): void {
  const isTrusted = (url: string | undefined) =>
    url === undefined || world.trusted.some((folder) => url.startsWith(folder));
  registerHooks({
    resolve(specifier, context, next) {
      if (isTrusted(context.parentURL)) return next(sourceOf(specifier, context.parentURL), context);
      return resolveForPlugin(world, specifier, () =>
        next(specifier, isShared(specifier) ? { ...context, parentURL: world.host } : context),
      );
    },
    load(url, context, next) {
      const loaded = next(url, context);
      return isTrusted(url) ? loaded : checkedFormat(url, loaded);
    },
  });
}

/** In tests the host's own code is TypeScript, whose imports name what it is compiled to. */
function sourceOf(specifier: string, parent: string | undefined): string {
  return parent?.endsWith('.ts') === true && specifier.startsWith('.')
    ? specifier.replace(/\.js$/, '.ts')
    : specifier;
}

/** Given by the host, so that host and plugin speak of the same errors and schemas. */
function isShared(specifier: string): boolean {
  return /^(zod|@tutti\/plugin-sdk)(\/|$)/.test(specifier);
}

function resolveForPlugin(world: World, specifier: string, resolve: () => ResolveFnOutput): ResolveFnOutput {
  const refuse = (why: string): never => {
    world.refused(`import of "${specifier}"`);
    throw new Error(`A plugin cannot import "${specifier}": ${why}.`);
  };
  const found = resolve();
  if (isShared(specifier)) return found;
  if (found.url.startsWith('node:')) {
    return OPEN_MODULES.has(found.url.slice('node:'.length))
      ? found
      : refuse('it has the SDK, zod, its own files and harmless modules of Node');
  }
  return found.url.startsWith(world.folder) ? found : refuse('it is no file of its package');
}

function checkedFormat(url: string, loaded: LoadFnOutput): LoadFnOutput {
  if (url.startsWith('node:') || loaded.format === 'module' || loaded.format === 'json') return loaded;
  throw new Error(
    `${fileURLToPath(url)} is no ES module: bundle the plugin as ES modules ("type": "module" in package.json).`,
  );
}

/** What the plugin finds in the place of the console. */
export type Say = (level: 'debug' | 'info' | 'warn' | 'error', values: unknown[]) => void;

/** From now on the globals are those of the language and a few harmless ones. */
export function closeGlobals(refused: (what: string) => void, say: Say): void {
  const closed = (name: string, remedy: string) =>
    function () {
      refused(name);
      throw new Error(`${name} is closed to plugins: ${remedy}.`);
    };
  const open = new Set(OPEN_GLOBALS);
  const language = new Set(namesOfLanguage());
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (open.has(name) || language.has(name)) continue;
    const remedy = CLOSED_GLOBALS[name];
    put(name, remedy === undefined ? undefined : closed(name, remedy));
  }
  put(
    'process',
    smallProcess((name) => closed(`process.${name}`, 'a plugin works with its context only')),
  );
  put('console', smallConsole(say));
  // The pipe to the host is made of these: whoever could change them could reach it.
  Object.freeze(EventEmitter);
  Object.freeze(EventEmitter.prototype);
}

/** A new realm would tell, but making one needs a module that is closed. */
function namesOfLanguage(): string[] {
  return `Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date
    Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError
    globalThis JSON Math Intl ArrayBuffer Atomics Uint8Array Int8Array Uint16Array Int16Array Uint32Array
    Int32Array Float16Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView
    Map BigInt Set Iterator WeakMap WeakSet WeakRef Proxy Reflect FinalizationRegistry decodeURI
    decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN SharedArrayBuffer
    SuppressedError DisposableStack AsyncDisposableStack`.split(/\s+/);
}

function put(name: string, value: unknown): void {
  if (value === undefined) Reflect.deleteProperty(globalThis, name);
  else
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

/** What libraries ask of `process`, without anything that reaches outside. */
function smallProcess(closed: (name: string) => () => never): object {
  const { version, versions, arch, platform, hrtime } = process;
  const cwd = process.cwd();
  return Object.freeze({
    ...Object.fromEntries(CLOSED_OF_PROCESS.map((name) => [name, closed(name)])),
    env: Object.freeze({}),
    argv: Object.freeze([]),
    execArgv: Object.freeze([]),
    version,
    versions,
    arch,
    platform,
    nextTick: process.nextTick.bind(process),
    hrtime,
    cwd: () => cwd,
    emitWarning: () => undefined,
    on: () => undefined,
    once: () => undefined,
    off: () => undefined,
  });
}

function smallConsole(say: Say): object {
  const at =
    (level: Parameters<Say>[0]) =>
    (...values: unknown[]) => {
      say(level, values);
    };
  const [debug, info, warn, error] = [at('debug'), at('info'), at('warn'), at('error')];
  return Object.freeze({ debug, info, warn, error, log: info, trace: debug, dir: info });
}
