import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@tutti/testing';

const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  // Tests start many processes of the same code: they compile it once.
  NODE_COMPILE_CACHE: join(tmpdir(), `tutti-test-compile-cache-${userInfo().uid}`),
};

/** A process of the hub, as a test starts, watches and ends it. */
export class Child {
  output = '';
  private readonly process: ChildProcess;

  constructor(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.process = spawn(process.execPath, [...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ENVIRONMENT, ...environment },
    });
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
  }

  get pid(): number {
    return this.process.pid as number;
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Waits for a line of the output; fails with all of it when the process ends first. */
  async line(pattern: RegExp, withinMs: number): Promise<string> {
    let ended = false;
    const line = await eventually(() => {
      ended = !this.running;
      return pattern.exec(this.output)?.[0] ?? ended;
    }, withinMs).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}:\n${this.output}`);
    });
    if (typeof line !== 'string') throw new Error(`The process ended before it was ready:\n${this.output}`);
    return line;
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** The exit code, or the signal that ended it. */
  exited(): Promise<number | string> {
    if (!this.running) return Promise.resolve(this.process.exitCode ?? this.process.signalCode ?? 'unknown');
    return new Promise((done) => this.process.once('exit', (code, by) => done(code ?? by ?? 'unknown')));
  }

  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | string> {
    const exited = this.exited();
    if (this.running) this.process.kill(signal);
    return exited;
  }
}
