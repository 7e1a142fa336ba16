import { createHash } from 'node:crypto';
import type { StoredEvent } from '@tutti/store';
import type { SourceRecord } from '../intake/trigger-record.js';

const PARTITION_MASK = 0x7fffffff;
const OFFSET_MASK = (1n << 63n) - 1n;

/**
 * An event of a plugin as a record: a CloudEvent in binary mode. It has no place in a topic, so that the hash
 * of its id stands for one: the same event is the same record, for runs and dead letters alike.
 */
export function recordOfEvent(event: StoredEvent, of: { trigger: string; connection: string }): SourceRecord {
  const hash = createHash('sha256').update(event.id).digest();
  return {
    topic: of.trigger,
    partition: hash.readUInt32BE(0) & PARTITION_MASK,
    offset: (hash.readBigUInt64BE(4) & OFFSET_MASK).toString(),
    key: event.key,
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: `/connections/${of.connection}`,
      ce_type: of.trigger,
      ...(event.key === null ? {} : { ce_subject: event.key }),
      ...(event.happenedAt === null ? {} : { ce_time: event.happenedAt }),
    },
    payload: Buffer.from(event.data),
    timestamp: event.happenedAt ?? new Date().toISOString(),
    ...(event.problem === null ? {} : { problem: event.problem }),
  };
}
