import { crc32c } from '@node-rs/crc32';
import { type MeasuredRecord, measureRecord, type RecordToEncode, writeRecord } from './record-encoder.js';

/** A message as kafkajs's producer has it. */
export interface MessageToProduce extends Omit<RecordToEncode, 'offsetDelta' | 'timestampDelta'> {
  /** Milliseconds since 1970, as text. */
  timestamp?: string;
  /**
   * Messages in whose place this one stands: for each message kafkajs copies the list of those of the same
   * partition.
   */
  batch?: readonly MessageToProduce[];
}
/** What kafkajs hands over for a request to produce. */
export interface ProduceRequest {
  acks: number;
  timeout: number;
  transactionalId?: string | null;
  /** A 64-bit number as kafkajs has it; -1 where repeats are not known by number. */
  producerId?: { toString(): string };
  producerEpoch?: number;
  compression?: number;
  topicData: readonly {
    topic: string;
    partitions: readonly {
      partition: number;
      firstSequence?: number;
      messages: readonly MessageToProduce[];
    }[];
  }[];
}
/** The part of kafkajs's `Encoder` that its connections use. */
export interface EncodedRequest {
  buf: Buffer;
  buffer: Buffer;
  size(): number;
}
/** A request as kafkajs's connections send it. */
export interface KafkaRequest {
  apiKey: number;
  apiVersion: number;
  apiName: string;
  expectResponse: () => boolean;
  encode: () => Promise<EncodedRequest>;
}

/** `ofKafkajs` makes the requests that are none of the hub's: of transactions and with compression. */
export function produceRequestOf(ofKafkajs: (request: ProduceRequest) => KafkaRequest) {
  return (request: ProduceRequest): KafkaRequest => {
    const theirs = ofKafkajs(request);
    if (request.compression || request.transactionalId != null) return theirs;
    return { ...theirs, encode: () => Promise.resolve(encodeProduce(request)) };
  };
}

interface Batch {
  partition: number;
  firstSequence: number;
  records: readonly MeasuredRecord[];
  /** Milliseconds since 1970. */
  firstTimestamp: number;
  maxTimestamp: number;
  /** From its base offset on. */
  bytes: number;
}

/** What stands before the records of a batch. */
const BATCH_BYTES = 61;
/** Base offset and length, which the length does not count. */
const LENGTH_ENDS = 12;
/** Where the checksum stands in a batch, and what it is of. */
const CHECKSUM_AT = 17;
const CHECKED_FROM = 21;
const MAGIC = 2;

/**
 * A request to produce, versions 3 to 7: measured first, then written into one buffer. The encoder of kafkajs
 * writes every batch into five that grow one after the other, with a checksum in JavaScript.
 */
function encodeProduce({ acks, timeout, producerId, producerEpoch, topicData }: ProduceRequest) {
  const now = Date.now();
  const topics = topicData.map(({ topic, partitions }) => ({
    topic,
    batches: partitions.map(({ partition, firstSequence = 0, messages }) => ({
      ...batchOf(messages, now),
      partition,
      firstSequence,
    })),
  }));
  // No transaction, acks, timeout and the number of topics; for each of these its name and its batches.
  let bytes = 2 + 2 + 4 + 4;
  for (const { topic, batches } of topics) {
    bytes += 2 + Buffer.byteLength(topic) + 4;
    for (const batch of batches) bytes += 4 + 4 + batch.bytes;
  }
  const buffer = Buffer.allocUnsafe(bytes);
  let at = buffer.writeInt16BE(-1, 0);
  at = buffer.writeInt16BE(acks, at);
  at = buffer.writeInt32BE(timeout, at);
  at = buffer.writeInt32BE(topics.length, at);
  const id = BigInt(producerId?.toString() ?? -1);
  for (const { topic, batches } of topics) {
    const length = buffer.write(topic, at + 2);
    at = buffer.writeInt16BE(length, at) + length;
    at = buffer.writeInt32BE(batches.length, at);
    for (const batch of batches) {
      at = buffer.writeInt32BE(batch.partition, at);
      at = buffer.writeInt32BE(batch.bytes, at);
      at = writeBatch(batch, { id, epoch: producerEpoch ?? 0 }, buffer, at);
    }
  }
  return { buf: buffer, buffer, size: () => bytes };
}

function batchOf(given: readonly MessageToProduce[], now: number) {
  const messages = given.flatMap((message) => message.batch ?? message);
  const times = messages.map(({ timestamp }) => (timestamp ? Number(timestamp) : now));
  const firstTimestamp = times.reduce((a, b) => Math.min(a, b), Infinity);
  const maxTimestamp = times.reduce((a, b) => Math.max(a, b), -Infinity);
  let bytes = BATCH_BYTES;
  const records = messages.map((message, offsetDelta) => {
    const { key, value, headers } = message;
    const timestampDelta = (times[offsetDelta] as number) - firstTimestamp;
    const record = measureRecord({ key, value, headers, offsetDelta, timestampDelta } as RecordToEncode);
    bytes += record.bytes;
    return record;
  });
  return { records, firstTimestamp, maxTimestamp, bytes };
}

function writeBatch(
  { records, firstTimestamp, maxTimestamp, firstSequence, bytes }: Batch,
  producer: { id: bigint; epoch: number },
  buffer: Buffer,
  start: number,
): number {
  buffer.writeBigInt64BE(0n, start);
  buffer.writeInt32BE(bytes - LENGTH_ENDS, start + 8);
  // The epoch of the partition's leader is the broker's to know.
  buffer.writeInt32BE(0, start + LENGTH_ENDS);
  buffer[start + 16] = MAGIC;
  let at = buffer.writeInt16BE(0, start + CHECKED_FROM);
  at = buffer.writeInt32BE(records.length - 1, at);
  at = buffer.writeBigInt64BE(BigInt(firstTimestamp), at);
  at = buffer.writeBigInt64BE(BigInt(maxTimestamp), at);
  at = buffer.writeBigInt64BE(producer.id, at);
  at = buffer.writeInt16BE(producer.epoch, at);
  at = buffer.writeInt32BE(firstSequence, at);
  at = buffer.writeInt32BE(records.length, at);
  for (const record of records) at = writeRecord(record, buffer, at);
  buffer.writeUInt32BE(crc32c(buffer.subarray(start + CHECKED_FROM, at)) >>> 0, start + CHECKSUM_AT);
  return at;
}
