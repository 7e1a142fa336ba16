/** What kafkajs hands over for each message of a batch. */
export interface RecordToEncode {
  offsetDelta?: number;
  timestampDelta?: number;
  key?: Buffer | string | null;
  value?: Buffer | string | null;
  headers?: Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>;
}
/** The part of kafkajs's `Encoder` that its record batches use. */
export interface EncodedRecord {
  buf: Buffer;
  buffer: Buffer;
  size(): number;
}

/**
 * One record of a batch, as Kafka's message format 2 has it. Does the work of
 * `kafkajs/src/protocol/recordBatch/record/v0` with one allocation in the place of one for every header.
 */
export function encodeRecord(record: RecordToEncode): EncodedRecord {
  const { offsetDelta = 0, timestampDelta = 0, key = null, value = null, headers = {} } = record;
  const fields: Field[] = [key, value];
  let headerCount = 0;
  for (const name in headers) {
    const one = headers[name];
    const values = Array.isArray(one) ? (one as readonly (Buffer | string)[]) : [one as Field];
    for (const value of values) fields.push(name, value);
    headerCount += values.length;
  }
  const lengths = fields.map(lengthOf);
  const numbers = [zigzag(timestampDelta), zigzag(offsetDelta)] as const;
  // One byte is for the attributes, of which none are in use.
  let size = 1 + sizeOf(numbers[0]) + sizeOf(numbers[1]) + sizeOf(zigzag(headerCount));
  for (const length of lengths) size += sizeOf(zigzag(length)) + Math.max(0, length);
  const buffer = Buffer.allocUnsafe(sizeOf(zigzag(size)) + size);
  let at = writeNumber(buffer, zigzag(size), 0);
  buffer[at] = 0;
  at = writeNumber(buffer, numbers[0], at + 1);
  at = writeNumber(buffer, numbers[1], at);
  for (let i = 0; i < fields.length; i += 1) {
    // The count of the headers stands between the value and the first of them.
    if (i === 2) at = writeNumber(buffer, zigzag(headerCount), at);
    at = writeField(buffer, { field: fields[i], length: lengths[i] as number }, at);
  }
  if (fields.length === 2) writeNumber(buffer, 0, at);
  return { buf: buffer, buffer, size: () => buffer.length };
}

type Field = Buffer | string | null | undefined;

function lengthOf(field: Field): number {
  if (field === null || field === undefined) return -1;
  return typeof field === 'string' ? Buffer.byteLength(field) : field.length;
}

function writeField(buffer: Buffer, { field, length }: { field: Field; length: number }, at: number): number {
  const start = writeNumber(buffer, zigzag(length), at);
  if (length <= 0) return start;
  if (typeof field === 'string') buffer.write(field, start);
  else (field as Buffer).copy(buffer, start);
  return start + length;
}

/** Signed to unsigned, small to small. Without bit operators, which would cut timestamps to 32 bits. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}

function sizeOf(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

function writeNumber(buffer: Buffer, value: number, at: number): number {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) buffer[at++] = (rest % 128) | 128;
  buffer[at++] = rest;
  return at;
}
