import type { Bus } from '@tutti/bus';
import type { HookCall, HookReader } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { workOffAsked } from '../asked-work.js';
import { LIMITS } from '../limits.js';

export interface HookWorkerParts {
  database: Pick<DataSource, 'query'>;
  reader: HookReader;
  bus: Pick<Bus, 'subscribe'>;
}

/** Reads requests to hooks for processes without plugins: takes what `RemoteHookReader` asks for. */
export class HookWorker {
  readonly #parts: HookWorkerParts;
  /** Ends the work. */
  readonly close: () => Promise<void>;

  constructor(parts: HookWorkerParts) {
    this.#parts = parts;
    this.close = workOffAsked({
      bus: parts.bus,
      bell: 'hook',
      take: () => this.#take(),
      perform: (row) => this.#perform(row),
      atOnceMax: LIMITS.hooksAtOnceMax,
      pollMs: LIMITS.hooksPollMs,
      name: HookWorker.name,
      failed: 'Requests to hooks wait',
      works: 'Requests to hooks are read again',
    });
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
