import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'main.js');
const READY_MS_MAX = 90_000;

/** A hub in a process of its own, as a user starts it, for tests that kill it. */
export class HubProcess {
  output = '';
  private child: ChildProcess;
  api = '';
  otlp = '';
  dashboard = '';
  signIn = '';

  private constructor(
    readonly dataDir: string,
    args: readonly string[],
  ) {
    this.child = spawn(process.execPath, [MAIN, '--data-dir', dataDir, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
    });
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
  }

  /** Starts a hub on free ports; resolves with the ready line. */
  static async start(
    dataDir: string,
    args: readonly string[] = ['--no-dashboard', '--no-examples'],
  ): Promise<HubProcess> {
    const hub = HubProcess.launch(dataDir, [
      '--port',
      '0',
      '--api-port',
      '0',
      '--otlp-port',
      '0',
      '--otlp-grpc-port',
      '0',
      ...args,
    ]);
    await hub.untilReady();
    return hub;
  }

  /** Starts a hub without waiting. */
  static launch(dataDir: string, args: readonly string[]): HubProcess {
    return new HubProcess(dataDir, args);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get token(): string {
    return readFileSync(join(this.dataDir, 'admin-token'), 'utf8').trim();
  }

  async untilReady(): Promise<void> {
    const end = Date.now() + READY_MS_MAX;
    while (!/^Tutti is ready.*$/m.test(this.output)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`The hub ended before it was ready:\n${this.output}`);
      if (Date.now() > end)
        throw new Error(`The hub was not ready within ${READY_MS_MAX} ms:\n${this.output}`);
      await new Promise((done) => setTimeout(done, 20));
    }
    const line = /^Tutti is ready.*$/m.exec(this.output)?.[0] ?? '';
    this.api = / API (\S+)/.exec(line)?.[1] ?? '';
    this.otlp = / OTLP (\S+)/.exec(line)?.[1] ?? '';
    this.dashboard = / dashboard (\S+)/.exec(line)?.[1] ?? '';
    this.signIn = /sign in \(once\): (\S+)/.exec(line)?.[1] ?? '';
  }

  /** Sends a signal and waits for the end; answers the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const gone = new Promise<number | string>((done) =>
      this.child.once('exit', (code, by) => done(code ?? by ?? 'unknown')),
    );
    this.child.kill(signal);
    return gone;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  exited(): Promise<number | string> {
    if (this.child.exitCode !== null) return Promise.resolve(this.child.exitCode);
    return new Promise((done) => this.child.once('exit', (code, by) => done(code ?? by ?? 'unknown')));
  }

  /** A request to the API with the admin token; JSON in and out. */
  async call(
    method: string,
    path: string,
    options: { body?: unknown; text?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const body = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const answer = await request(this.api + path, {
      method: method as 'GET',
      ...(body === undefined ? {} : { body }),
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined
          ? {}
          : { 'content-type': options.text ? 'application/yaml' : 'application/json' }),
        ...options.headers,
      },
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      body: text === '' ? undefined : (JSON.parse(text) as Record<string, never>),
    };
  }
}

export interface Answer {
  status: number;
  // The tests look into answers of many shapes; each checks what it reads.
  body: Record<string, never> | undefined;
}

/** A folder that the database's account can reach, gone after the tests. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tutti-hub-'));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The process id of the embedded database's server. */
export function databasePidOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Ends the database that a killed hub left running. */
export async function endLeftDatabase(dataDir: string): Promise<void> {
  let pid = 0;
  try {
    pid = databasePidOf(dataDir);
  } catch {
    return;
  }
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    return;
  }
  for (let i = 0; i < 500; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}
