import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { untilAlive } from './probe.mjs';

const run = promisify(execFile);
const logging = fileURLToPath(new URL('log4j2.properties', import.meta.url));
const stopMsMax = 15_000;

/** How Java is called for Kafka: `archive` holds its classes ready to use, which halves the time to start. */
export function javaArguments({ jars, heapMb = 256, archive }) {
  return [
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...(archive && existsSync(archive)
      ? ['-Xshare:auto', '-Xlog:disable', `-XX:SharedArchiveFile=${archive}`]
      : []),
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    jars.join(':'),
  ];
}

/** Formats a broker's folder with Kafka's own tool. */
export async function formatStorage({ java, jars, archive, config, clusterId, scram = [] }) {
  const users = scram.flatMap(({ username, password }) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${username},password=${password}]`,
  ]);
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config, ...users];
  await run(java.path, [...javaArguments({ jars, archive }), ...tool]);
}

/**
 * Ends the broker when this process is gone, however it ended: the shell reads from a pipe that only this
 * process holds open.
 */
function guard(pid) {
  const script = 'trap "" INT TERM HUP; read _; kill -9 "$1" 2>/dev/null';
  return spawn('sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
}

/** One broker process; its port and data stay over `kill`, `stop` and `start`. */
export class Broker {
  #child = null;
  #ended = Promise.resolve();
  #setup;

  /** `setup`: node, config, logFile, java, jars, heapMb, archive, flags (more of Java's). */
  constructor(setup) {
    this.#setup = setup;
    this.id = setup.node.id;
    this.port = setup.node.port;
  }

  /** Of its process; null while it does not run. */
  get pid() {
    return this.#child?.pid ?? null;
  }

  /** Starts it, and resolves once it answers and knows these brokers (by default only itself) as alive. */
  async start(alive = [this.id]) {
    if (this.#child) throw new Error(`Broker ${this.id} runs already.`);
    const { java, config, flags = [], node } = this.#setup;
    const log = openSync(this.#setup.logFile, 'a');
    const saidBefore = fstatSync(log).size;
    const args = [...flags, ...javaArguments(this.#setup), 'kafka.Kafka', config];
    // A group of its own: a Ctrl-C is for this process, which then decides how its brokers end.
    const child = spawn(java.path, args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const gone = this.#watch(child);
    const given = new AbortController();
    try {
      const ready = async () => {
        await untilAlive(node.internal, alive, given);
        await this.#untilStarted(saidBefore, given);
      };
      await Promise.race([ready(), gone]);
    } catch (error) {
      await this.kill('SIGKILL');
      throw error;
    } finally {
      given.abort();
    }
  }

  /** Remembers the process until it ends; the promise fails when it does, with what it said last. */
  #watch(child) {
    this.#child = child;
    const watcher = child.pid === undefined ? null : guard(child.pid);
    watcher?.stdin.on('error', () => undefined);
    const ending = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
    });
    this.#ended = ending.then(() => {
      watcher?.kill('SIGKILL');
      this.#child = null;
    });
    const gone = ending.then((how) => {
      throw new Error(`Kafka broker ${this.id} did not start: ${how}. It said:\n${this.#lastWords()}`);
    });
    // After the start an end is no error here: the test that kills it wants it.
    gone.catch(() => undefined);
    return gone;
  }

  /**
   * Waits until the broker itself says that it has started. It may answer on one port and not have opened the
   * next one yet, and only it knows whether that worked: another process may have that port.
   */
  async #untilStarted(saidBefore, { signal }) {
    while (!this.#said().subarray(saidBefore).includes('Kafka Server started')) {
      await delay(20, undefined, { signal });
    }
  }

  #said() {
    return readFileSync(this.#setup.logFile);
  }

  #lastWords() {
    return this.#said().toString('utf8').trimEnd().split('\n').slice(-40).join('\n');
  }

  /** Sends a signal; after SIGKILL and SIGTERM it resolves once the process is gone. */
  async kill(signal = 'SIGKILL') {
    this.#child?.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await this.#ended;
  }

  /** Shuts it down in order: it hands its partitions over and closes its files. */
  async stop() {
    const timer = setTimeout(() => void this.#child?.kill('SIGKILL'), stopMsMax);
    // A process that was halted (SIGSTOP) would not hear that it is to end.
    this.#child?.kill('SIGCONT');
    await this.kill('SIGTERM');
    clearTimeout(timer);
  }
}
