import type { Pool } from 'pg';
import { dayOfId } from '../partitions.js';
import { dayPartitions, dropPartition, partitionsToDrop } from '../telemetry/span-retention.js';

/** One day more than the topics keep their messages. */
const PAYLOAD_DAYS_MAX = 8;

/** Keeps what is too large for the transport; ids are UUIDv7, whose day names the partition. */
export class PayloadStore {
  constructor(private readonly pool: Pool) {}

  async put(payloads: readonly { id: string; content: Uint8Array }[]): Promise<void> {
    if (payloads.length === 0) return;
    await this.pool.query(
      `INSERT INTO bus_payloads (day, id, content) SELECT * FROM unnest($1::date[], $2::uuid[], $3::bytea[])
       ON CONFLICT DO NOTHING`,
      [
        payloads.map(({ id }) => dayOfId(id)),
        payloads.map(({ id }) => id),
        payloads.map(({ content }) => Buffer.from(content.buffer, content.byteOffset, content.byteLength)),
      ],
    );
  }

  /** Payloads that are gone are missing in the answer. */
  async get(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.pool.query<{ id: string; content: Buffer }>(
      `SELECT p.id, p.content FROM unnest($1::date[], $2::uuid[]) AS a(day, id)
       JOIN bus_payloads p ON p.id = a.id AND p.day = a.day`,
      [ids.map(dayOfId), ids],
    );
    return new Map(rows.map(({ id, content }) => [id, content]));
  }

  /** Drops the days that no message can refer to any more; answers the names of the dropped partitions. */
  async applyRetention(nowMs = Date.now()): Promise<string[]> {
    const drops = partitionsToDrop(
      await dayPartitions(this.pool, 'bus_payloads'),
      { daysMax: PAYLOAD_DAYS_MAX, bytesMax: Number.POSITIVE_INFINITY },
      nowMs,
    );
    for (const name of drops) await dropPartition(this.pool, name);
    return drops;
  }
}
