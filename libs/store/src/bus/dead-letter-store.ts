import { type DeadLetter, uuidv7 } from '@tutti/contracts';
import type { Pool, PoolClient } from 'pg';

/** A dead letter, and whose it is. */
export interface DeadLetterRow extends DeadLetter {
  /** Absent: the workspace of the run that the key names; without one the default workspace. */
  workspaceId?: string | undefined;
  /** The Kafka trigger that could not handle it; absent: the hub itself. */
  triggerId?: string | undefined;
}

/** PostgreSQL's text holds no NUL. */
const clean = (text: string) => text.replaceAll('\0', '\uFFFD');

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The key of the hub's own messages names their run; what another system's key says means nothing here. */
function runOf({ key, triggerId }: DeadLetterRow): string | null {
  return triggerId === undefined && key !== null && UUID.test(key) ? key : null;
}

/** Keeps dead letters; the same message of one reader is kept once. */
export class DeadLetterStore {
  constructor(private readonly pool: Pool) {}

  /** With a client it happens in the caller's transaction. */
  async write(letters: readonly DeadLetterRow[], client: Pool | PoolClient = this.pool): Promise<void> {
    if (letters.length === 0) return;
    await client.query(
      `INSERT INTO dead_letters (id, workspace_id, trigger_id, topic, partition, record_offset, key, headers, payload, reason, detail)
       SELECT i.id, coalesce(i.workspace_id, r.workspace_id, 'default'), i.trigger_id, i.topic, i.partition, i.record_offset, i.key,
         i.headers, i.payload, i.reason, i.detail
       FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::int[], $6::bigint[], $7::text[], $8::text[],
         $9::bytea[], $10::text[], $11::text[], $12::uuid[])
         AS i(id, workspace_id, trigger_id, topic, partition, record_offset, key, headers, payload, reason, detail, run_id)
       LEFT JOIN runs r ON r.id = i.run_id
       ON CONFLICT (topic, partition, record_offset, trigger_id) DO NOTHING`,
      [
        letters.map(() => uuidv7()),
        letters.map(({ workspaceId }) => workspaceId ?? null),
        letters.map(({ triggerId }) => triggerId ?? null),
        letters.map(({ topic }) => topic),
        letters.map(({ partition }) => partition),
        letters.map(({ offset }) => offset),
        letters.map(({ key }) => (key === null ? null : clean(key))),
        letters.map(({ headers }) => JSON.stringify(headers)),
        letters.map(({ payload }) => Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)),
        letters.map(({ reason }) => clean(reason)),
        letters.map(({ detail }) => clean(detail)),
        letters.map(runOf),
      ],
    );
  }
}
