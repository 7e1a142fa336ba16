import type { Bus } from '@tutti/bus';
import { type HookAnswer, type HookCall, type HookReader, TOPICS, uuidv7 } from '@tutti/contracts';
import type { DataSource } from 'typeorm';

const ANSWER_MS_MAX = 15_000;
const POLL_MS = 50;

export interface RemoteHookReaderParts {
  database: Pick<DataSource, 'query'>;
  bus: Pick<Bus, 'publish'>;
  /** How long a host may take. */
  answerMsMax?: number;
}

/** Has a connector host read requests to hooks from a process without plugins, told through the database. */
export class RemoteHookReader implements HookReader {
  readonly #parts: RemoteHookReaderParts;

  constructor(parts: RemoteHookReaderParts) {
    this.#parts = parts;
  }

  async read(call: HookCall): Promise<HookAnswer> {
    const id = uuidv7();
    await this.#parts.database.query(
      `WITH old AS (DELETE FROM hook_requests WHERE created_at < clock_timestamp() - interval '1 minute')
       INSERT INTO hook_requests (id, trigger_id, request) VALUES ($1, $2, $3)`,
      [id, call.triggerId, JSON.stringify(call)],
    );
    const changed = { kind: 'definitions.changed', workspaceId: 'default', what: 'hook' } as const;
    // Hosts look by themselves: while the bus is away, nobody waits for it here.
    this.#parts.bus.publish(TOPICS.control, [changed]).catch(() => undefined);
    const endMs = performance.now() + (this.#parts.answerMsMax ?? ANSWER_MS_MAX);
    while (performance.now() < endMs) {
      const answer = await this.#answer(id);
      if (answer !== null) return answer;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await this.#parts.database.query('DELETE FROM hook_requests WHERE id = $1', [id]);
    return {
      kind: 'refused',
      because: 'unavailable',
      detail: 'No connector host answered. Send it again later.',
    };
  }

  async #answer(id: string): Promise<HookAnswer | null> {
    // The request is not kept for longer than it takes: it holds what the other system sent.
    const [rows] = (await this.#parts.database.query(
      `DELETE FROM hook_requests WHERE id = $1 AND status = 'ended' RETURNING answer`,
      [id],
    )) as [{ answer: string }[], number];
    const [row] = rows;
    return row === undefined ? null : (JSON.parse(row.answer) as HookAnswer);
  }
}
