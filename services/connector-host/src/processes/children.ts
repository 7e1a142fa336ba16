import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessResult } from '@tutti/contracts';
import { LIMITS } from '../limits.js';

/** A program with everything that it is given: the process sees nothing else of the hub. */
export interface ChildSpec {
  file: string;
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
  stdin: string;
}

/** Why a process came to no end of its own. */
export interface ChildStopped {
  stopped: 'deadline' | 'output' | 'closed' | 'unstartable';
  detail: string;
}

/** Processes that the hub starts, each in a group and a folder of its own. None outlives its call. */
export class Children {
  readonly #running = new Set<Child>();
  #closed = false;

  /** Never rejects. The folder is gone when it resolves, and so is everything in the process's group. */
  async run(specOf: (folder: string) => ChildSpec, dueMs: number): Promise<ProcessResult | ChildStopped> {
    if (this.#closed) return { stopped: 'closed', detail: 'The hub is ending.' };
    let folder: string;
    try {
      folder = await mkdtemp(join(tmpdir(), 'tutti-run-'));
    } catch (error) {
      return { stopped: 'unstartable', detail: (error as Error).message };
    }
    let child: Child | undefined;
    try {
      child = new Child(specOf(folder), folder, dueMs);
      this.#running.add(child);
      return await child.ended;
    } catch (error) {
      // What no process can be given, such as a NUL or too long an argument, is thrown.
      return { stopped: 'unstartable', detail: (error as Error).message };
    } finally {
      if (child !== undefined) this.#running.delete(child);
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running];
    for (const child of running) child.stop({ stopped: 'closed', detail: 'The hub ended.' });
    await Promise.all(running.map(({ ended }) => ended));
  }
}

class Child {
  readonly ended: Promise<ProcessResult | ChildStopped>;
  readonly #process: ChildProcess;
  readonly #deadline: NodeJS.Timeout;
  readonly #texts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  #bytes = 0;
  #stopped: ChildStopped | undefined;

  constructor(spec: ChildSpec, folder: string, dueMs: number) {
    // Detached: a group of its own, so that it can be ended with everything that it started.
    this.#process = spawn(spec.file, spec.arguments, {
      cwd: folder,
      env: spec.environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#deadline = setTimeout(
      () => this.stop({ stopped: 'deadline', detail: 'It did not end in time.' }),
      Math.max(1, dueMs - performance.now()),
    );
    this.#read('stdout');
    this.#read('stderr');
    // A process need not read what it is given.
    this.#process.stdin?.on('error', () => undefined).end(spec.stdin);
    this.ended = this.#end();
  }

  stop(why: ChildStopped): void {
    this.#stopped ??= why;
    this.#killGroup();
  }

  #read(name: 'stdout' | 'stderr'): void {
    this.#process[name]?.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes <= LIMITS.processOutputBytesMax) this.#texts[name].push(chunk);
      else this.stop({ stopped: 'output', detail: 'It wrote too much.' });
    });
  }

  #end(): Promise<ProcessResult | ChildStopped> {
    return new Promise((resolve) => {
      const settle = (result: ProcessResult | ChildStopped) => {
        clearTimeout(this.#deadline);
        resolve(this.#stopped ?? result);
      };
      this.#process.once('error', (error) => settle({ stopped: 'unstartable', detail: error.message }));
      // What it left running would hold its output open.
      this.#process.once('exit', () => this.#killGroup());
      this.#process.once('close', (code, signal) => {
        const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        settle({ code: status, stdout: this.#text('stdout'), stderr: this.#text('stderr') });
      });
    });
  }

  #text(name: 'stdout' | 'stderr'): string {
    return Buffer.concat(this.#texts[name]).toString('utf8');
  }

  #killGroup(): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left in the group.
    }
  }
}
