import { Logger } from '@nestjs/common';
import type { Bus } from '@tutti/bus';
import { type HookCall, type HookReader, TOPICS } from '@tutti/contracts';
import { SweepLoop } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { LIMITS } from '../limits.js';

export interface HookWorkerParts {
  database: Pick<DataSource, 'query'>;
  reader: HookReader;
  bus: Pick<Bus, 'subscribe'>;
}

/** Reads requests to hooks for processes without plugins: takes what `RemoteHookReader` asks for. */
export class HookWorker {
  readonly #parts: HookWorkerParts;
  readonly #unsubscribe: () => void;
  readonly #loop: SweepLoop;

  constructor(parts: HookWorkerParts) {
    this.#parts = parts;
    this.#loop = new SweepLoop({
      sweep: () => this.#workOff(),
      logger: new Logger(HookWorker.name),
      failed: 'Requests to hooks wait',
      works: 'Requests to hooks are read again',
    });
    this.#unsubscribe = parts.bus.subscribe(TOPICS.control, (messages) => {
      if (messages.some(({ what }) => what === 'hook')) this.#loop.look();
    });
    this.#loop.start();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#loop.stop();
  }

  async #workOff(): Promise<number> {
    const rows = await this.#take();
    await Promise.all(rows.map((row) => this.#perform(row)));
    return rows.length === LIMITS.hooksAtOnceMax ? 0 : LIMITS.hooksPollMs;
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
