import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { StartError } from '@tutti/store';
import { request } from 'undici';
import { END_WITH_PARENT } from './end-with-parent.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const SERVER = join(ROOT, 'dashboard', '.next', 'standalone', 'dashboard', 'server.js');
const RESTART_MS_MIN = 500;
const RESTART_MS_MAX = 30_000;
const READY_MS_MAX = 60_000;

/** The dashboard's server: a process of its own, so that its memory and its faults are not the hub's. */
export class DashboardProcess {
  private readonly logger = new Logger('Dashboard');
  private child: ChildProcess | null = null;
  private stopping = false;
  private restartMs = RESTART_MS_MIN;

  constructor(private readonly at: { host: string; port: number; apiUrl: string; secret: string }) {}

  get url(): string {
    return `http://${this.at.host}:${this.at.port}`;
  }

  async start(): Promise<void> {
    if (!existsSync(SERVER))
      throw new StartError('The dashboard is not built. Run `npm run build`, or start with --no-dashboard.');
    this.launch();
    await this.untilReady();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    // Open SSE streams keep Next's server from ending by itself.
    const force = setTimeout(() => child.kill('SIGKILL'), 2_000);
    await gone;
    clearTimeout(force);
  }

  private launch(): void {
    // Only what it needs: none of the hub's environment, which may hold secrets.
    const env = {
      NODE_ENV: 'production' as const,
      PORT: String(this.at.port),
      HOSTNAME: this.at.host,
      TUTTI_API_URL: this.at.apiUrl,
      TUTTI_DASHBOARD_SECRET: this.at.secret,
      NEXT_TELEMETRY_DISABLED: '1',
      KEEP_ALIVE_TIMEOUT: '61000',
    };
    const child = spawn(process.execPath, ['--import', END_WITH_PARENT, SERVER], {
      cwd: dirname(SERVER),
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    child.stderr?.on('data', (chunk: Buffer) => this.logger.warn(chunk.toString().trimEnd()));
    child.once('exit', (code, signal) => {
      if (this.stopping) return;
      this.logger.error(
        `The dashboard ended (${signal ?? code}) and is started again in ${this.restartMs} ms.`,
      );
      setTimeout(() => {
        if (!this.stopping) this.launch();
      }, this.restartMs).unref();
      this.restartMs = Math.min(this.restartMs * 2, RESTART_MS_MAX);
    });
  }

  private async untilReady(): Promise<void> {
    const end = Date.now() + READY_MS_MAX;
    while (Date.now() < end) {
      if (this.child?.exitCode !== null && this.child?.exitCode !== undefined) break;
      try {
        const answer = await request(`${this.url}/sign-in`, { headersTimeout: 10_000 });
        await answer.body.dump();
        if (answer.statusCode < 500) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new StartError(
      `The dashboard did not answer at ${this.url}. Start with --no-dashboard to go on without it.`,
    );
  }
}
