import { Logger } from '@nestjs/common';
import { type DatabaseConnection, type EmbeddedPostgres, startEmbeddedPostgres } from '@tutti/store';

const WATCH_MS = 250;

/**
 * The hub's database: its own embedded server, watched and started again when it dies, or one that the user
 * runs.
 */
export class HubDatabase {
  private readonly logger = new Logger('Database');
  private server: EmbeddedPostgres | null = null;
  private watch: NodeJS.Timeout | null = null;
  private stopping = false;

  constructor(private readonly at: { url: string } | { dataDir: string }) {}

  async start(): Promise<DatabaseConnection> {
    if ('url' in this.at) return { url: this.at.url };
    this.server = await startEmbeddedPostgres({ dataDir: this.at.dataDir });
    this.watchServer();
    return this.server.connection;
  }

  /** Ends the server; with `atOnce` without waiting for connections, as after a kill. */
  async stop(atOnce = false): Promise<void> {
    this.stopping = true;
    if (this.watch) clearTimeout(this.watch);
    if (!this.server) return;
    if (atOnce) process.kill(this.server.pid, 'SIGQUIT');
    else await this.server.stop();
  }

  private watchServer(): void {
    this.watch = setTimeout(() => void this.check(), WATCH_MS).unref();
  }

  private async check(): Promise<void> {
    if (this.stopping || !this.server || 'url' in this.at) return;
    if (!isAlive(this.server.pid)) {
      this.logger.error('The database ended unexpectedly and is started again. Runs go on where they were.');
      try {
        this.server = await startEmbeddedPostgres({ dataDir: this.at.dataDir });
      } catch (error) {
        this.logger.error(`The database could not be started: ${(error as Error).message}`);
      }
    }
    this.watchServer();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
