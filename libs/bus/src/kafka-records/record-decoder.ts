/** What kafkajs knows of the batch in which a record came. */
export interface BatchOfRecord {
  firstOffset?: string;
  firstTimestamp?: string;
  maxTimestamp?: string;
  magicByte?: number;
  isControlBatch?: boolean;
  /** 1: the broker's time of appending, which all records of the batch share. */
  timestampType?: number;
}

const LOG_APPEND_TIME = 1;

/**
 * One record of a batch. Does the work of `kafkajs/src/protocol/recordBatch/record/v0/decoder`, which copies
 * all earlier headers of a record for each further one.
 */
export function decodeRecord(
  { buffer, offset = 0 }: { buffer: Buffer; offset?: number },
  batchContext: BatchOfRecord = {},
) {
  const { firstOffset, firstTimestamp, magicByte, maxTimestamp } = batchContext;
  const reader = { buffer, at: offset };
  const attributes = buffer.readInt8(reader.at++);
  const timestampDelta = readNumber(reader);
  const ofBatch = batchContext.timestampType === LOG_APPEND_TIME && maxTimestamp;
  return new DecodedRecord(reader, {
    magicByte,
    attributes,
    timestamp: ofBatch ? maxTimestamp : plus(firstTimestamp, timestampDelta),
    offset: plus(firstOffset, readNumber(reader)),
    key: readBytes(reader),
    value: readBytes(reader),
    isControlRecord: batchContext.isControlBatch ?? false,
    batchContext,
  });
}

interface RecordFields {
  magicByte: number | undefined;
  attributes: number;
  timestamp: string;
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  isControlRecord: boolean;
  batchContext: BatchOfRecord;
}

/**
 * A record whose headers are read when they are asked for: most records of a feed are for others, and what
 * names them can be seen in `rawHeaders`.
 */
export class DecodedRecord {
  readonly magicByte;
  readonly attributes;
  readonly timestamp;
  readonly offset;
  readonly key;
  readonly value;
  readonly isControlRecord;
  readonly batchContext;
  /** The headers as they came, count first. */
  readonly rawHeaders: Buffer;
  private read: Headers | null = null;

  constructor({ buffer, at }: Reader, fields: RecordFields) {
    this.magicByte = fields.magicByte;
    this.attributes = fields.attributes;
    this.timestamp = fields.timestamp;
    this.offset = fields.offset;
    this.key = fields.key;
    this.value = fields.value;
    this.isControlRecord = fields.isControlRecord;
    this.batchContext = fields.batchContext;
    this.rawHeaders = buffer.subarray(at);
  }

  get headers(): Headers {
    this.read ??= readHeaders({ buffer: this.rawHeaders, at: 0 });
    return this.read;
  }
}

interface Reader {
  buffer: Buffer;
  at: number;
}
type Headers = Record<string, Buffer | null | (Buffer | null)[]>;

function readHeaders(reader: Reader): Headers {
  // Without a prototype: a header may have any name.
  const headers = Object.create(null) as Headers;
  for (let left = readNumber(reader); left > 0; left -= 1) {
    const length = readNumber(reader);
    const name = reader.buffer.toString('utf8', reader.at, (reader.at += length));
    const value = readBytes(reader);
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else headers[name] = Array.isArray(known) ? [...known, value] : [known, value];
  }
  return headers;
}

function readBytes(reader: Reader): Buffer | null {
  const length = readNumber(reader);
  return length < 0 ? null : reader.buffer.subarray(reader.at, (reader.at += length));
}

/** A signed number of variable length. Without bit operators, which would cut timestamps to 32 bits. */
function readNumber(reader: Reader): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = reader.buffer[reader.at++];
    if (byte === undefined) throw new RangeError('The record ends in the middle of a number.');
    value += (byte & 127) * factor;
    if (byte < 128) break;
  }
  return value % 2 === 0 ? value / 2 : (value + 1) / -2;
}

/** Offsets and timestamps are decimal text, since they have 64 bits; none in use is beyond 53. */
function plus(first = '0', delta: number): string {
  const sum = Number(first) + delta;
  return Number.isSafeInteger(sum) ? String(sum) : String(BigInt(first) + BigInt(delta));
}
