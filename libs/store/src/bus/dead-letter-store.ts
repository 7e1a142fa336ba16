import { uuidv7 } from '@tutti/contracts';
import type { Pool } from 'pg';

/** A message that could not be handled; the shape of the bus's `DeadLetter`, and whose it is. */
export interface DeadLetterRow {
  topic: string;
  partition: number;
  /** Decimal text: Kafka's offsets do not fit a number. */
  offset: string;
  key: string | null;
  headers: Record<string, string>;
  payload: Uint8Array;
  reason: string;
  detail: string;
  workspaceId?: string | undefined;
  /** The Kafka trigger that could not handle it; absent: the hub itself. */
  triggerId?: string | undefined;
}

/** PostgreSQL's text holds no NUL. */
const clean = (text: string) => text.replaceAll('\0', '\uFFFD');

/** Keeps dead letters; the same message of one reader is kept once. */
export class DeadLetterStore {
  constructor(private readonly pool: Pool) {}

  async write(letters: readonly DeadLetterRow[]): Promise<void> {
    if (letters.length === 0) return;
    await this.pool.query(
      `INSERT INTO dead_letters (id, workspace_id, trigger_id, topic, partition, record_offset, key, headers, payload, reason, detail)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::int[], $6::bigint[], $7::text[], $8::text[],
         $9::bytea[], $10::text[], $11::text[])
       ON CONFLICT (topic, partition, record_offset, trigger_id) DO NOTHING`,
      [
        letters.map(() => uuidv7()),
        letters.map(({ workspaceId }) => workspaceId ?? 'default'),
        letters.map(({ triggerId }) => triggerId ?? null),
        letters.map(({ topic }) => topic),
        letters.map(({ partition }) => partition),
        letters.map(({ offset }) => offset),
        letters.map(({ key }) => (key === null ? null : clean(key))),
        letters.map(({ headers }) => JSON.stringify(headers)),
        letters.map(({ payload }) => Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)),
        letters.map(({ reason }) => clean(reason)),
        letters.map(({ detail }) => clean(detail)),
      ],
    );
  }
}
