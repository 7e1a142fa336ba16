import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, callApi, type CallOptions } from './api-caller.js';
import { Child } from './child.js';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'main.js');
const READY_MS_MAX = 90_000;
const ANY_PORTS = ['--port', '0', '--api-port', '0', '--otlp-port', '0', '--otlp-grpc-port', '0'];

/** A hub in a process of its own, as a user starts it, for tests that kill it. */
export class HubProcess extends Child {
  api = '';
  otlp = '';
  dashboard = '';
  signIn = '';

  private constructor(
    readonly dataDir: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    super([MAIN, '--data-dir', dataDir, ...args], environment);
  }

  /** Starts a hub on free ports; resolves with the ready line. */
  static async start(
    dataDir: string,
    args: readonly string[] = ['--no-dashboard', '--no-examples'],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<HubProcess> {
    const hub = new HubProcess(dataDir, [...ANY_PORTS, ...args], environment);
    await hub.untilReady();
    return hub;
  }

  /** Starts a hub without waiting. */
  static launch(dataDir: string, args: readonly string[]): HubProcess {
    return new HubProcess(dataDir, args);
  }

  get token(): string {
    return readFileSync(join(this.dataDir, 'admin-token'), 'utf8').trim();
  }

  async untilReady(): Promise<void> {
    const line = await this.line(/^Tutti is ready.*$/m, READY_MS_MAX);
    this.api = / API (\S+)/.exec(line)?.[1] ?? '';
    this.otlp = / OTLP (\S+)/.exec(line)?.[1] ?? '';
    this.dashboard = / dashboard (\S+)/.exec(line)?.[1] ?? '';
    this.signIn = /sign in \(once\): (\S+)/.exec(line)?.[1] ?? '';
  }

  /** A request to the API with the admin token; JSON in and out. */
  call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return callApi(this, [method, path], options);
  }
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
