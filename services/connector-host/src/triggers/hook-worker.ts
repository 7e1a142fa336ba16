import { Logger } from '@nestjs/common';
import type { Bus } from '@tutti/bus';
import { type HookCall, type HookReader, TOPICS } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { LIMITS } from '../limits.js';

export interface HookWorkerParts {
  database: Pick<DataSource, 'query'>;
  reader: HookReader;
  bus: Pick<Bus, 'subscribe'>;
}

/** Reads requests to hooks for processes without plugins: takes what `RemoteHookReader` asks for. */
export class HookWorker {
  readonly #logger = new Logger(HookWorker.name);
  readonly #parts: HookWorkerParts;
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  #working: Promise<void> | null = null;
  #again = false;

  constructor(parts: HookWorkerParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.bus.subscribe(TOPICS.control, (messages) => {
      if (messages.some(({ what }) => what === 'hook')) void this.look();
    });
    this.#timer = setInterval(() => void this.look(), LIMITS.hooksPollMs).unref();
  }

  /** Looks for requests, and reads them; one look at a time. */
  look(): Promise<void> {
    this.#again = true;
    this.#working ??= this.#workOff().finally(() => {
      this.#working = null;
    });
    return this.#working;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#again = false;
    await this.#working;
  }

  async #workOff(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        const rows = await this.#take();
        if (rows.length === LIMITS.hooksAtOnceMax) this.#again = true;
        await Promise.all(rows.map((row) => this.#perform(row)));
      }
    } catch (error) {
      this.#logger.warn(`Requests to hooks wait: ${(error as Error).message}`);
    }
  }

  async #take(): Promise<{ id: string; request: string }[]> {
    const [rows] = (await this.#parts.database.query(
      `UPDATE hook_requests SET status = 'taken' WHERE id IN (
         SELECT id FROM hook_requests WHERE status = 'open' AND created_at > clock_timestamp() - interval '15 seconds'
         ORDER BY created_at LIMIT ${LIMITS.hooksAtOnceMax} FOR UPDATE SKIP LOCKED) RETURNING id, request`,
    )) as [{ id: string; request: string }[], number];
    return rows;
  }

  async #perform({ id, request }: { id: string; request: string }): Promise<void> {
    const answer = await this.#parts.reader.read(JSON.parse(request) as HookCall);
    await this.#parts.database.query(
      `UPDATE hook_requests SET status = 'ended', answer = $2, request = '' WHERE id = $1`,
      [id, JSON.stringify(answer)],
    );
  }
}
