import { Worker } from 'node:worker_threads';
import { LIMITS } from '../limits.js';
import type { ScriptJob, ScriptResult } from './script-job.js';

/**
 * A worker was ended with its script: at the deadline, over its processor time, by a fault of its own, or
 * because the hub ends.
 */
export interface ScriptKilled {
  killed: 'deadline' | 'cpu' | 'crash' | 'closed';
  detail: string;
}

/** The worker's file: in tests, which run from sources, Node reads the TypeScript itself. */
const FILE = new URL(`./script-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
/** How often the processor time of a script is looked at from outside. */
const WATCH_MS = 500;
/** How much longer than its limit a script may take to notice that itself. */
const CPU_GRACE_MS = 1_000;

/**
 * The worker threads that scripts run in: started when one is wanted, kept for the next for a while. How many
 * there are at once is up to the caller.
 */
export class ScriptPool {
  readonly #idle: ScriptWorker[] = [];
  readonly #all = new Set<ScriptWorker>();
  #closed = false;

  /** Never rejects. */
  async run(job: ScriptJob, timeoutMs: number): Promise<ScriptResult | ScriptKilled> {
    if (this.#closed) return { killed: 'closed', detail: 'The hub is ending.' };
    const worker = this.#idle.pop() ?? this.#start();
    const result = await worker.run(job, timeoutMs);
    if (!this.#closed && worker.usable) this.#idle.push(worker);
    else await worker.end();
    return result;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((worker) => worker.kill('closed', 'The hub ended.')));
  }

  #start(): ScriptWorker {
    const worker = new ScriptWorker((ended) => {
      this.#all.delete(ended);
      const at = this.#idle.indexOf(ended);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    this.#all.add(worker);
    return worker;
  }
}

class ScriptWorker {
  readonly #worker: Worker;
  #runs = 0;
  #alive = true;
  #settle: ((result: ScriptResult | ScriptKilled) => void) | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(onEnd: (worker: ScriptWorker) => void) {
    this.#worker = new Worker(FILE, {
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    });
    this.#worker.unref();
    this.#worker.on('message', (result: ScriptResult) => this.#settle?.(result));
    this.#worker.on('error', (error: Error) => this.#fail('crash', error.message));
    this.#worker.on('exit', () => {
      this.#alive = false;
      this.#fail('crash', 'The worker ended.');
      onEnd(this);
    });
  }

  get usable(): boolean {
    return this.#alive && this.#runs < LIMITS.scriptsPerWorkerMax;
  }

  async run(job: ScriptJob, timeoutMs: number): Promise<ScriptResult | ScriptKilled> {
    clearTimeout(this.#idle);
    this.#runs += 1;
    const deadline = setTimeout(
      () => void this.kill('deadline', `The script did not end within ${timeoutMs} ms.`),
      timeoutMs,
    );
    const watch = this.#watch(job.limits.cpuMs);
    try {
      return await new Promise((resolve) => {
        this.#settle = resolve;
        this.#worker.postMessage(job);
      });
    } finally {
      this.#settle = undefined;
      clearTimeout(deadline);
      clearInterval(watch);
      this.#idle = setTimeout(() => void this.end(), LIMITS.scriptWorkerIdleMs).unref();
    }
  }

  async end(): Promise<void> {
    clearTimeout(this.#idle);
    this.#alive = false;
    await this.#worker.terminate();
  }

  /** A single step of the interpreter can take long, and meanwhile it asks nobody whether it may go on. */
  #watch(cpuMs: number): NodeJS.Timeout {
    const spent = async () => {
      const { user, system } = await this.#worker.cpuUsage();
      return (user + system) / 1_000;
    };
    const before = spent().catch(() => 0);
    const look = async () => {
      if ((await spent()) - (await before) > cpuMs + CPU_GRACE_MS)
        await this.kill('cpu', `The script used more than ${cpuMs} ms of the processor.`);
    };
    // A worker that has just ended has no processor time; it is told of otherwise.
    return setInterval(() => void look().catch(() => undefined), WATCH_MS);
  }

  async kill(killed: ScriptKilled['killed'], detail: string): Promise<void> {
    this.#alive = false;
    this.#fail(killed, detail);
    await this.#worker.terminate();
  }

  #fail(killed: ScriptKilled['killed'], detail: string): void {
    this.#alive = false;
    this.#settle?.({ killed, detail });
  }
}
