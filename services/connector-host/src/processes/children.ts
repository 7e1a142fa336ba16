import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessResult } from '@tutti/contracts';
import { LIMITS } from '../limits.js';
import { ProcessGroup, type ProgramSpec } from './process-group.js';

/** A program, and what it reads from its standard input. */
export interface ChildSpec extends ProgramSpec {
  stdin: string;
}

/** Why a process came to no end of its own. */
export interface ChildStopped {
  stopped: 'deadline' | 'output' | 'closed' | 'unstartable';
  detail: string;
}

/** Processes that the hub starts, each in a group of its own. None outlives its call, or the hub. */
export class Children {
  readonly #running = new Set<Child>();
  readonly #open = new Set<ProcessGroup>();
  #closed = false;

  /**
   * Runs a program to its end, in a folder of its own. Never rejects. The folder is gone when it resolves,
   * and so is everything in the process's group.
   */
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

  /**
   * Starts a program that the caller speaks with and ends. Null when the hub ends; throws for what no process
   * can be given.
   */
  open(spec: ProgramSpec): ProcessGroup | null {
    if (this.#closed) return null;
    const group = new ProcessGroup(spec);
    this.#open.add(group);
    for (const end of ['close', 'error']) group.process.once(end, () => this.#open.delete(group));
    return group;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const group of this.#open) group.kill();
    const running = [...this.#running];
    for (const child of running) child.stop({ stopped: 'closed', detail: 'The hub ended.' });
    await Promise.all(running.map(({ ended }) => ended));
  }
}

class Child {
  readonly ended: Promise<ProcessResult | ChildStopped>;
  readonly #group: ProcessGroup;
  readonly #deadline: NodeJS.Timeout;
  readonly #texts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  #bytes = 0;
  #stopped: ChildStopped | undefined;

  constructor(spec: ChildSpec, folder: string, dueMs: number) {
    this.#group = new ProcessGroup(spec, folder);
    this.#deadline = setTimeout(
      () => this.stop({ stopped: 'deadline', detail: 'It did not end in time.' }),
      Math.max(1, dueMs - performance.now()),
    );
    this.#read('stdout');
    this.#read('stderr');
    this.#group.process.stdin?.end(spec.stdin);
    this.ended = this.#end();
  }

  stop(why: ChildStopped): void {
    this.#stopped ??= why;
    this.#group.kill();
  }

  #read(name: 'stdout' | 'stderr'): void {
    this.#group.process[name]?.on('data', (chunk: Buffer) => {
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
      const { process: started } = this.#group;
      started.once('error', (error) => settle({ stopped: 'unstartable', detail: error.message }));
      started.once('close', (code, signal) => {
        const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        settle({ code: status, stdout: this.#text('stdout'), stderr: this.#text('stderr') });
      });
    });
  }

  #text(name: 'stdout' | 'stderr'): string {
    return Buffer.concat(this.#texts[name]).toString('utf8');
  }
}
